//! What the page is told by the server that sent it: where the built files are, and which market it shows.
//!
//! Both halves must know these before the first picture, so they travel in the HTML itself and not in a
//! request. This file refuses to guess a file name: every name comes from the manifest that the build wrote.

use serde::Deserialize;

/// The names of the built files, root-relative, as `cargo xtask build` wrote them into `manifest.json`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct SiteManifest {
    /// The compiled user interface, `/pkg/….wasm`.
    pub wasm: String,
    /// The ES module that loads it.
    pub script: String,
    /// The style sheet.
    pub style: String,
    /// The candle chart library, an ES module that a page imports when it first draws a chart.
    pub chart: String,
}

/// Which market the pages show. It can change while a page is open, when the engine is swapped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Market {
    /// The broker's own data.
    #[default]
    Upstox,
    /// The built-in simulated market: every page says so.
    Simulated,
}

impl Market {
    /// The word that the document carries in `data-market`.
    pub fn word(self) -> &'static str {
        match self {
            Market::Upstox => "upstox",
            Market::Simulated => "simulated",
        }
    }

    /// The market of the page that is being rendered: from the server's context.
    #[cfg(feature = "ssr")]
    pub fn of_page() -> Market {
        leptos::prelude::use_context().unwrap_or_default()
    }

    /// The market of the page that is being hydrated: from the document, as the server wrote it.
    #[cfg(not(feature = "ssr"))]
    pub fn of_page() -> Market {
        match document_attribute("data-market").as_deref() {
            Some("simulated") => Market::Simulated,
            _ => Market::Upstox,
        }
    }
}

/// The address of the chart library, for `import()` in an effect. `None` while rendering on the server.
pub fn chart_library() -> Option<String> {
    document_attribute("data-chart")
}

#[cfg(feature = "hydrate")]
fn document_attribute(name: &str) -> Option<String> {
    leptos::prelude::document().document_element()?.get_attribute(name)
}

#[cfg(not(feature = "hydrate"))]
fn document_attribute(_name: &str) -> Option<String> {
    None
}
