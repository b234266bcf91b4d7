//! Candles as a picture and as a table. The picture is drawn by TradingView's Lightweight Charts, which is
//! fetched when the first chart is opened; everything else here is ours and works without it.

#[cfg(any(feature = "hydrate", test))]
mod arrays;
mod candles;
mod canvas;
mod columns;
#[cfg(feature = "hydrate")]
mod fetch;
mod legend;
#[cfg(feature = "hydrate")]
mod library;
mod pages;
mod table;

pub use candles::{Candles, Wanted};
pub use canvas::{ChartCanvas, Gesture, Span};
pub use legend::Legend;
pub use table::CandleTable;
