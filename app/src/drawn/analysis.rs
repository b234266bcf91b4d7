//! Charts of the analysis page, as they are shown: shapes, labels and rows of words for what stands at a minute, values
//! for what goes with the time.

use serde::{Deserialize, Serialize};

/// A chart that is no matter of time alone: by strike, by expiry, by day. Its ground is 1000 by 400; places are told in
/// hundredths of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plot {
    /// As the address of its file has it: `gamma-exposure`.
    pub name: String,
    pub title: String,
    /// How it is made, with what it states of signs.
    pub rule: String,
    /// Where its file is.
    pub csv: String,
    pub keys: Vec<Key>,
    pub shapes: Vec<Shape>,
    /// Dashed lines from top to bottom, with their words.
    pub marks: Vec<Tick>,
    pub across: Vec<Tick>,
    pub up: Vec<Tick>,
    /// Where each row stands, from left to right.
    pub places: Vec<f64>,
    /// Of the table; the first is what a row is of.
    pub headings: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// What it is without, and why.
    pub missing: Vec<String>,
    /// All of it in a sentence, for who cannot see it.
    pub words: String,
}

/// What a colour or a dash means. Tones are `calls`, `puts`, `first` to `sixth`, and those of the style sheet for heat.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Key {
    pub tone: String,
    pub name: String,
}

/// Of one tone, as SVG writes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// `bar`, `line`, `dots` or `cell`.
    pub form: String,
    pub tone: String,
    pub path: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tick {
    pub at: f64,
    pub words: String,
}

/// Charts over one time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TimeCharts {
    /// Epoch seconds of each point, rising.
    pub time: Vec<i64>,
    pub charts: Vec<TimeChart>,
    /// `28 Aug 2025, in 1 minute`: what is shown.
    pub span: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TimeChart {
    pub name: String,
    pub title: String,
    pub rule: String,
    /// Where its file is; none where a chart before it has the same file.
    pub csv: String,
    pub lines: Vec<TimeLine>,
    /// Points without values, run by run.
    pub gaps: Vec<GapLine>,
    pub missing: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TimeLine {
    pub name: String,
    pub tone: String,
    /// `rupees`, `strike`, `fraction`, `ratio`, `units`, `days` or `greek`.
    pub unit: String,
    pub values: Vec<Option<f64>>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GapLine {
    /// `28 Aug 2025, 09:15 to 09:19 · 5 points`.
    pub when: String,
    pub reason: String,
}
