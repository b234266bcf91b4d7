//! What the document tells the page: where the built files are, and which market it shows.
//!
//! Both sides know the names of these attributes; the names of files come from the manifest that the build wrote.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The attributes of `<html>`.
pub const MARKET: &str = "data-market";
pub const CHART_LIBRARY: &str = "data-chart";
/// What the frame around the page shows at first, as JSON.
pub const OPENING: &str = "data-opening";

/// The element that holds the answers which the document brings along.
pub const FIRST_ANSWERS: &str = "first-answers";
/// The element that holds the frame until the page is drawn.
pub const BOOT: &str = "boot";

/// A cell of the map of coverage, and the height of its head, in pixels: the server draws the one, the page puts its cursor
/// over it.
pub const MAP_CELL: usize = 12;
pub const MAP_HEAD: usize = 32;

/// The names of the built files, root-relative, as `cargo xtask build` wrote them into `manifest.json`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct SiteManifest {
    /// The compiled user interface, `/pkg/….wasm`.
    pub wasm: String,
    /// The ES modules that load it: the one to start with, then those that it imports.
    pub scripts: Vec<String>,
    /// What is loaded for the pages of each part beside it; nothing in a quick build, which is one module.
    pub parts: BTreeMap<String, Vec<String>>,
    /// The style sheet.
    pub style: String,
    /// The candle chart library, an ES module that a page imports when it first draws a chart.
    pub chart: String,
}

/// What the band above all pages says, of the simulated market and of a server that reads only; the document and the page draw it alike, so that nothing moves between
/// them.
pub mod band {
    use market::Day;

    use crate::format;

    pub const NAME: &str = "Simulated market";
    /// Where there is room.
    pub const PRICES: &str = " · no price on these pages was ever traded";

    /// Of a server that reads only, before what it reads.
    pub const READS: &str = "Read only";

    pub fn of(what: &str) -> String {
        format!(" · {what}, as it was when this server started")
    }

    /// The market lives on a day of its own.
    pub fn day(simulated_day: Option<Day>) -> String {
        simulated_day.map(|day| format!(" · its day is {}", format::day(day))).unwrap_or_default()
    }
}
