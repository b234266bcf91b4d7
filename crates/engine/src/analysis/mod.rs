//! What is asked of an expiry as a whole: by strike at two moments, the smile and its surface, the term structure, and
//! what is told over time. `analytics` has the rules; here the days are chosen, read one after the other and let go.
//! Never asks the broker; a cell without a value has its reason.

mod by_strike;
mod kinds;
mod over_time;
mod service;
mod surface;
mod term;
mod tracks;
mod wish;

pub use service::AnalysisService;
pub use wish::AnalysisWish;

use protocol::AnalysisCell;

fn number(value: impl Into<Option<f64>>) -> Option<AnalysisCell> {
    value.into().map(AnalysisCell::Number)
}

fn units(count: i64) -> Option<AnalysisCell> {
    number(count as f64)
}

fn text(words: impl Into<String>) -> Option<AnalysisCell> {
    Some(AnalysisCell::Text(words.into()))
}
