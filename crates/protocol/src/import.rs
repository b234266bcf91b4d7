//! What became of files that were brought in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Of one or several files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportReport {
    pub files: Vec<ImportedFile>,
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
}

impl ImportedFile {
    pub fn refused(&self) -> u64 {
        self.refused.values().sum()
    }
}
