//! Bringing files in at a server, and what became of them.

use std::collections::BTreeMap;

use market::EpochSeconds;
use serde::{Deserialize, Serialize};

/// Refused rows of a file that are kept, the first ones; all are counted.
pub const IMPORT_REFUSALS_MAX: usize = 1_000;

/// What is to be brought in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ImportOrder {
    /// A file or a folder of the server's machine, from the root of its disk on.
    pub path: String,
    /// Reads and judges everything, and keeps nothing.
    #[serde(default)]
    pub dry_run: bool,
}

/// What a server brings in, and how the last import ended since its start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportWork {
    pub under_way: Option<ImportProgress>,
    pub last: Option<ImportEnd>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportProgress {
    pub path: String,
    pub began_at: EpochSeconds,
    /// The file that is read now; empty before the first.
    pub file: String,
    /// Its rows so far.
    pub rows: u64,
    pub is_stopping: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportEnd {
    pub path: String,
    pub at: EpochSeconds,
    /// `null`: it did not come to its end.
    pub report: Option<ImportReport>,
    /// Why it did not; what had come in by then stays, and the same files again go on from there.
    pub problem: Option<String>,
}

/// A file that was brought in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportLine {
    pub id: i64,
    pub at: EpochSeconds,
    pub name: String,
    pub rows: u64,
    pub inserted: u64,
    pub refused: u64,
    /// Rows that an answer of the broker's changed or did not have, since.
    pub overruled: u64,
    /// Days of contracts that no answer has taken the place of yet.
    pub days: u64,
}

/// A row of a file that could not be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportRefusalLine {
    /// As it was read, its beginning at least.
    pub raw: String,
    pub reason: String,
}

/// Of one or several files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportReport {
    pub files: Vec<ImportedFile>,
    /// Files of the folder that nobody looked into: their names end as none that can be brought in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<String>,
    /// It was only counted, and nothing was kept.
    pub is_dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportedFile {
    pub name: String,
    /// Why nothing of it could be taken, as a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Rows of candles that were read.
    pub rows: u64,
    pub inserted: u64,
    /// Stored here already, and the same.
    pub same: u64,
    /// Of days that the broker answered: its answer stays.
    pub differ_from_fetched: u64,
    /// An earlier import said otherwise: it stays.
    pub differ_from_imported: u64,
    /// Contracts with a row.
    pub contracts: u64,
    /// Rows that could not be taken, by the reason.
    pub refused: BTreeMap<String, u64>,
    /// What else is to be known of it, of which no row was lost.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

impl ImportedFile {
    pub fn refused(&self) -> u64 {
        self.refused.values().sum()
    }
}
