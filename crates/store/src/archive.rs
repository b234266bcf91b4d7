//! What the lake is for the store: files that hold the candles of series which were moved out of the database, read a row
//! group at a time. How a file is laid out and where it lies is not known here; that what comes out of it is what went
//! in is.

use std::fmt;
use std::ops::RangeInclusive;

use market::{Candle, Interval, Prices};
use ring::digest::{Context, SHA256};

/// A file of the lake, as it was when candles were removed because of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ArchivedFile {
    /// A folder, or s3://BUCKET/PREFIX.
    pub place: String,
    /// Within it.
    pub path: String,
    pub bytes: u64,
    pub sha256: [u8; 32],
}

/// The candles of a contract that a row group holds, oldest first.
#[derive(Clone, Debug, PartialEq)]
pub struct ArchivedCandles {
    pub expired_key: String,
    pub interval: Interval,
    pub candles: Vec<Candle>,
}

/// From one to another.
pub type RowGroups = RangeInclusive<u32>;

/// Reads files of the lake. Both are asked on a thread that may block.
pub trait Archive: Send + Sync {
    /// The row groups of a file that hold candles of a contract; nothing where there are none. It may read all keys of
    /// the file, and is asked when the contract is moved and never again.
    fn groups_of(&self, file: &ArchivedFile, expired_key: &str) -> Result<Option<RowGroups>, ArchiveError>;

    /// All that a row group holds.
    fn read_group(&self, file: &ArchivedFile, group: u32) -> Result<Vec<ArchivedCandles>, ArchiveError>;

    /// Of the whole file, as it lies there now.
    fn sha256(&self, file: &ArchivedFile) -> Result<[u8; 32], ArchiveError>;
}

/// Why candles of the lake cannot be had. A file is named with its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    #[error("the candles lie in the lake, at {file}, and nothing here reads a lake")]
    NoLake { file: String },
    #[error(
        "{}, and the candles of its expiry lie there alone: put it back, or say with `expirytrack lake move` where the lake lies now",
        self.of_file()
    )]
    Missing { file: String },
    #[error("{}, and the candles of its expiry lie there alone: put that file back", self.of_file())]
    Changed { file: String, what: String },
    #[error("{}, and the candles of its expiry lie there alone", self.of_file())]
    Unreadable { file: String, why: String },
    #[error("{}, and the candles of its expiry lie there alone: try again", self.of_file())]
    Unreachable { file: String, why: String },
}

impl ArchiveError {
    /// What is so of the file, whoever else has its candles.
    pub fn of_file(&self) -> String {
        match self {
            Self::NoLake { .. } => self.to_string(),
            Self::Missing { file } => format!("{file} is missing"),
            Self::Changed { file, what } => format!("{file} is not the file that was published ({what})"),
            Self::Unreadable { file, why } => format!("{file} cannot be read ({why})"),
            Self::Unreachable { file, why } => format!("{file} cannot be reached just now ({why})"),
        }
    }
}

/// Where nobody said where the lake is.
pub(crate) struct NoLake;

impl Archive for NoLake {
    fn groups_of(&self, file: &ArchivedFile, _: &str) -> Result<Option<RowGroups>, ArchiveError> {
        Err(ArchiveError::NoLake { file: file.to_string() })
    }

    fn read_group(&self, file: &ArchivedFile, _: u32) -> Result<Vec<ArchivedCandles>, ArchiveError> {
        Err(ArchiveError::NoLake { file: file.to_string() })
    }

    fn sha256(&self, file: &ArchivedFile) -> Result<[u8; 32], ArchiveError> {
        Err(ArchiveError::NoLake { file: file.to_string() })
    }
}

impl ArchivedFile {
    pub fn missing(&self) -> ArchiveError {
        ArchiveError::Missing { file: self.to_string() }
    }

    pub fn changed(&self, what: impl Into<String>) -> ArchiveError {
        ArchiveError::Changed { file: self.to_string(), what: what.into() }
    }

    pub fn unreadable(&self, why: impl Into<String>) -> ArchiveError {
        ArchiveError::Unreadable { file: self.to_string(), why: why.into() }
    }

    pub fn unreachable(&self, why: impl Into<String>) -> ArchiveError {
        ArchiveError::Unreachable { file: self.to_string(), why: why.into() }
    }
}

impl fmt::Display for ArchivedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.place, self.path)
    }
}

/// Of candles in their order, however they are stored.
pub(crate) fn rows_sha256<'a>(candles: impl IntoIterator<Item = &'a Candle>) -> [u8; 32] {
    let mut all = Context::new(&SHA256);
    for candle in candles {
        let Candle { start, prices: Prices { open, high, low, close }, volume, open_interest } = candle;
        let mut row = [0; 56];
        let numbers = [start.0, open.0, high.0, low.0, close.0, *volume, *open_interest];
        for (bytes, number) in row.chunks_exact_mut(8).zip(numbers) {
            bytes.copy_from_slice(&number.to_le_bytes());
        }
        all.update(&row);
    }
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(all.finish().as_ref());
    sha256
}
