//! A training set: what was written, and by which rules.

use market::{Day, InstrumentKey};
use serde::{Deserialize, Serialize};

/// What lies beside the files as `dataset.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetDocument {
    pub program: String,
    /// `upstox`, `simulated` or `other`.
    pub source: String,
    pub underlying: InstrumentKey,
    /// Each of a minute's rows, in their order.
    pub slots: Vec<String>,
    /// Over how many minutes the label looks ahead; none without one.
    pub label_minutes: Option<u16>,
    /// The rate of interest a year in forwards and volatilities, as a fraction.
    pub rate: f64,
    /// What each column holds.
    pub columns: Vec<DatasetColumn>,
    /// Which rows there are, and what of the future is in them.
    pub rules: Vec<String>,
    /// Whether the days of `farther` are in the files; else they are left out.
    pub has_farther: bool,
    /// Days whose nearest listed expiry has no minute of them here.
    pub farther: Vec<FartherDay>,
    /// The earlier days.
    pub train: DatasetPart,
    /// The later days.
    pub test: DatasetPart,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetColumn {
    pub name: String,
    pub words: String,
}

/// A day of which only a farther expiry than the nearest has minutes here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FartherDay {
    pub day: Day,
    /// The nearest one that is listed: collected, it brings the day.
    pub nearest: Day,
    /// The nearest one that has minutes of the day.
    pub stored: Day,
}

/// A file, with the days that it is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetPart {
    pub file: String,
    pub first: Day,
    pub last: Day,
    pub days: u32,
    pub rows: u64,
    pub bytes: u64,
    pub sha256: String,
}
