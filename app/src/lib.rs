//! The user interface. A path says where a file runs:
//!
//! - `browser/` in the browser alone: pages, what surrounds them, charts, the live socket. Compiled for WASM, and
//!   natively for its tests only.
//! - `server/` in the server alone: the document, what it brings along, what is drawn for pages.
//! - `rpc/` on both sides: what pages ask. The browser has the question, the server its body.
//! - beside them what both sides share: words, addresses, and the list of pages. Pure; nothing here holds a secret.

// A view's type holds the types of all views in it.
#![recursion_limit = "256"]

pub mod address;
pub mod browse_address;
#[cfg(any(feature = "csr", test))]
mod browser;
pub mod candles_wanted;
pub mod chart_view;
pub mod destinations;
pub mod drawn;
pub mod drawn_strategy;
mod first_answers;
pub mod format;
pub mod icon_shape;
pub mod interval_words;
mod page_list;
pub mod rpc;
#[cfg(feature = "ssr")]
pub mod server;
pub mod site;
pub mod strategy_address;

#[cfg(any(feature = "csr", test))]
pub use browser::start;
