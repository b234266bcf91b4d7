//! Why an export cannot be, in sentences for whoever ordered it.

use std::io;
use std::path::PathBuf;

use analytics::series::SeriesError;
use export::{ExportError, UnknownField, UnknownFormat, UnknownPreset};
use protocol::{EXPORT_CONTRACTS_MAX, EXPORTS_MAX};

#[derive(Debug, thiserror::Error)]
pub enum ExportRefusal {
    #[error(transparent)]
    Format(#[from] UnknownFormat),
    #[error(transparent)]
    Field(#[from] UnknownField),
    #[error(transparent)]
    Preset(#[from] UnknownPreset),
    /// What the formats refuse of an order.
    #[error(transparent)]
    Table(#[from] ExportError),
    #[error("name an underlying, or contracts by their keys")]
    Nothing,
    #[error("name an underlying or contracts, not both: the keys say whose contracts they are")]
    Both,
    #[error(
        "at most {EXPORT_CONTRACTS_MAX} contracts are named one by one, and these are {0}: name their expiries"
    )]
    TooManyContracts(usize),
    #[error("name expiries, or the first and the last one, not both")]
    ExpiriesTwice,
    #[error("{0} is no strike: write rupees above zero, and the lower one first")]
    Strikes(f64),
    #[error("column \"{0}\" is named twice")]
    ColumnTwice(String),
    #[error(
        "a preset has its own columns and format: leave out columns, symbols, format and times, or the preset"
    )]
    PresetAndMore,
    #[error("volatility needs contracts, and these are an underlying's own candles")]
    VolatilityOfUnderlying,
    #[error("\"{0}\" is neither a day nor a minute of a chain: write 2025-08-01 or 2025-08-01T10:30")]
    ChainAt(String),
    #[error("a chain is of one expiry: name an underlying and one expiry")]
    ChainOfOne,
    #[error(
        "a chain has columns and minutes of its own: leave out kinds, strikes, series, days, interval, columns, symbols, preset, volatility and the underlying's candles"
    )]
    ChainAndMore,
    /// What cannot be read of a made series.
    #[error(transparent)]
    Series(#[from] SeriesError),
    #[error("a series is made of an underlying: name it, and no contracts")]
    SeriesOfUnderlying,
    #[error(
        "a series has columns of its own: leave out kinds, strikes, chain, columns, symbols, preset, split, volatility and the underlying's candles"
    )]
    SeriesAndMore,
    #[error("there is nothing to export: {0}")]
    NothingStored(String),
    #[error(
        "{} holds something else than this export: name a folder that is empty or not there", .0.display()
    )]
    TargetTaken(PathBuf),
    #[error("{} cannot be written: {source}", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
    #[error(
        "the disk is full, or takes no file of this length: {} could not be written. Files that were whole stay, and nothing half is left",
        .0.display()
    )]
    DiskFull(PathBuf),
    #[error("{} could not be written: {source}", path.display())]
    Writing { path: PathBuf, source: ExportError },
    #[error("{EXPORTS_MAX} exports are kept at once: remove one first")]
    TooMany,
    #[error("there is no export {0}")]
    Unknown(i64),
    #[error("export {0} has no file \"{1}\"")]
    NoFile(i64, String),
    #[error("export {0} is under way: cancel it first")]
    UnderWay(i64),
    #[error("export {0} has ended already")]
    Ended(i64),
    #[error("another export is being written into {}: wait until it has ended, or name another folder", .0.display())]
    TargetInUse(PathBuf),
}

impl ExportRefusal {
    /// Writing to `path` went wrong.
    pub(super) fn writing(path: PathBuf, source: ExportError) -> Self {
        match source.io_kind() {
            Some(kind) if is_full(kind) => Self::DiskFull(path),
            _ => Self::Writing { path, source },
        }
    }

    pub(super) fn io(path: PathBuf, source: io::Error) -> Self {
        if is_full(source.kind()) { Self::DiskFull(path) } else { Self::Unwritable { path, source } }
    }
}

/// Whether what was written found no room.
pub fn is_full(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
}
