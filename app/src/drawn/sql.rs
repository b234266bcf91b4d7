//! What came of a person's SQL, as the page shows it.

use serde::{Deserialize, Serialize};

use super::analysis::Plot;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SqlOutcome {
    Answer(Box<SqlDrawn>),
    /// It reads much: this is how much, and somebody has to allow it.
    Asks(String),
    /// Why not.
    Refused(String),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SqlDrawn {
    /// Names, and whether all values below are numbers.
    pub columns: Vec<(String, bool)>,
    /// As a file has them.
    pub rows: Vec<Vec<String>>,
    /// `104 rows in 0.02 s · no candle is read`.
    pub told: String,
    /// That there are more rows, and why they are not here.
    pub more: Option<String>,
    /// How deep, and what.
    pub plan: Vec<(u32, String)>,
    /// The first column across, the numbers up; those of other magnitudes in charts of their own.
    pub plots: Vec<Plot>,
}
