//! What a partition says of itself: one JSON document, written last. It is the only thing that says which files belong to
//! the partition, and what they hold.

use std::collections::BTreeMap;

use export::Sha256;
use market::{Day, InstrumentKey};
use protocol::LakeTable;
use serde::{Deserialize, Serialize};

use crate::error::{LakeError, Result};
use crate::layout::{Partition, Span, stored_path};

/// The layout of lakes of this version.
pub const LAYOUT: u32 = 1;
/// A manifest that is longer is none of ours.
pub(crate) const MANIFEST_BYTES_MAX: u64 = 8 * 1024 * 1024;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub layout: u32,
    /// The program that wrote it, with its version.
    pub program: String,
    /// Whose data it is: `upstox`, `simulated`, `other`.
    pub source: String,
    pub owner: Owner,
    pub exchange: String,
    /// The name that stands in the path: the symbol, with the ISIN where another key has that symbol.
    pub underlying: String,
    pub instrument_key: InstrumentKey,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry: Option<Day>,
    /// `2025-08`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<String>,
    /// 1, and one more with each restatement.
    pub version: u32,
    /// Moments are written in RFC 3339.
    pub published_at: String,
    /// Candles.
    pub rows: u64,
    pub contracts: u64,
    pub first_time: Option<String>,
    pub last_time: Option<String>,
    /// Of all files.
    pub bytes: u64,
    /// Over the candles in order, whatever they are encoded in.
    pub row_sha256: Sha256,
    pub files: Vec<DataFile>,
    pub coverage: Coverage,
    /// Rows of the broker's that could not be true, and stand in no file.
    pub quarantined_rows: u64,
    /// Rows that a later answer changed, before this was published.
    pub revised_rows: u64,
    /// How the volatility was reckoned, where it was wished for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volatility: Option<VolatilityRule>,
    /// Oldest first. Where a manifest was lost they begin with the one that says so.
    #[serde(default)]
    pub restatements: Vec<Restatement>,
}

/// Who publishes a partition, and alone may restate it: a data directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    pub id: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFile {
    pub table: LakeTable,
    /// Within the lake.
    pub path: String,
    pub rows: u64,
    pub bytes: u64,
    pub sha256: Sha256,
    pub row_sha256: Sha256,
}

/// What was known of the days before the expiry when it was published.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    pub first_day: Option<Day>,
    pub last_day: Option<Day>,
    /// Days of contracts by what is known of each: `traded`, `no_trade`, `never_traded` and so on.
    pub days: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VolatilityRule {
    /// A year, in percent.
    pub rate: f64,
    pub rule: String,
}

/// A later publication with other rows. What was there before lies under `superseded` still.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restatement {
    /// Of the manifest that it made.
    pub version: u32,
    pub at: String,
    pub why: String,
    /// `None`: what was there before could not be read any more.
    pub changed: Option<Changed>,
    /// What it replaced.
    pub rows_before: u64,
    pub contracts_before: u64,
    pub row_sha256_before: Sha256,
    /// Where the replaced files lie, and the manifest that told of them.
    pub superseded: Vec<String>,
}

/// Rows, by key and time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    pub added: u64,
    pub removed: u64,
    /// Other prices, volume or open interest.
    pub changed: u64,
    /// Contracts with any such row.
    pub contracts: u64,
}

/// What every document of a lake says, whatever else is in it.
#[derive(Deserialize)]
struct Laid {
    layout: u32,
}

/// Asked before anything else of a document is read: what a newer version wrote may have another form.
pub(crate) fn check_layout(bytes: &[u8], place: &str) -> Result<()> {
    match serde_json::from_slice(bytes) {
        Ok(Laid { layout }) if layout > LAYOUT => {
            Err(LakeError::Newer { place: place.to_owned(), found: layout })
        }
        _ => Ok(()),
    }
}

/// A manifest as it was read, with the hash of its bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadManifest {
    pub manifest: Manifest,
    pub sha256: Sha256,
}

impl Manifest {
    pub fn partition(&self) -> Option<Partition> {
        let span = match (self.expiry, &self.month) {
            (Some(expiry), None) => Span::Expiry(expiry),
            (None, Some(month)) => Span::Month(month.parse().ok()?),
            _ => return None,
        };
        Some(Partition { exchange: self.exchange.clone(), underlying: self.underlying.clone(), span })
    }

    pub fn file(&self, table: LakeTable) -> Option<&DataFile> {
        self.files.iter().find(|file| file.table == table)
    }

    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes =
            serde_json::to_vec_pretty(self).map_err(|error| LakeError::unreadable("a manifest", error))?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Of the manifest that lies at a path. What it says of itself must be what the path says, and no file may lie outside
    /// of where a partition's files lie.
    pub(crate) fn read(bytes: &[u8], path: &str, partition: &Partition) -> Result<ReadManifest> {
        let unreadable = |why: String| LakeError::unreadable(path, why);
        check_layout(bytes, path)?;
        let manifest: Self = serde_json::from_slice(bytes).map_err(|error| unreadable(error.to_string()))?;
        if manifest.partition().as_ref() != Some(partition) {
            return Err(unreadable(format!("it tells of another partition than {partition}")));
        }
        for file in &manifest.files {
            if stored_path(&file.path)? != partition.data_path(file.table) {
                return Err(unreadable(format!("{} is no place of its {}", file.path, file.table)));
            }
        }
        Ok(ReadManifest { manifest, sha256: Sha256::of_bytes(bytes) })
    }
}
