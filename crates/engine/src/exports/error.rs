//! Why an export cannot be, in sentences for whoever ordered it.

use std::path::PathBuf;

use analytics::series::SeriesError;
use export::{ExportError, UnknownField, UnknownFormat, UnknownPreset};
use protocol::{EXPORT_CONTRACTS_MAX, EXPORTS_MAX};

use crate::file_error::FileError;

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
    #[error(
        "an underlying's own candles have none of these columns: name one that they have, such as time or close, or leave \
         the underlying's candles out"
    )]
    NoOwnColumn,
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
        "{} holds something else than this export ({found}): name a folder that is empty or not there. Where an export of an \
         earlier version was cut off there, remove the folder and export again", folder.display()
    )]
    TargetTaken { folder: PathBuf, found: String },
    #[error("{} is a file: name a folder that is empty or not there", .0.display())]
    TargetIsFile(PathBuf),
    #[error(transparent)]
    File(#[from] FileError),
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
