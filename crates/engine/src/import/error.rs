//! Why a file cannot be brought in.

use market::{ChartInterval, Interval};
use store::{ForeignError, SourceKind};

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("{path} is not there, or cannot be read")]
    Missing { path: String },
    #[error("no file in {path} ends in .db, .sqlite, .parquet, .csv, .csv.gz or .zip")]
    Nothing { path: String },
    #[error("at most {max} files are brought in at once")]
    TooMany { max: usize },
    #[error(
        "{name} ends in none of .db, .sqlite, .sqlite3, .parquet, .csv, .csv.gz and .zip: rename it to what it is"
    )]
    UnknownFormat { name: String },
    #[error("{name} is packed, and only .csv.gz and .zip are read so: unpack it, and bring in what it held")]
    Packed { name: String },
    #[error("{name} is a workbook, and workbooks are not read: save it as CSV, and bring that in")]
    Workbook { name: String },
    #[error("{name} has no .csv in it, and nothing else is read out of a zip")]
    NoCsvInZip { name: String },
    #[error(
        "{name} holds the candles of an underlying itself, and only those of contracts are brought in: \
         `expirytrack collect` asks the broker for them beside the contracts"
    )]
    OfUnderlying { name: String },
    #[error(
        "{name} has candles, and nothing says of which contract: add a column expired_instrument_key with its key \
         or a column trading_symbol, or put the key into its name, as in NIFTY_FUT_NSE_FO-64103-28-08-2025_1minute.csv"
    )]
    NoKey { name: String },
    #[error(
        "{name} is of another program: none of its tables has the columns of candles \
         (expired_instrument_key, timestamp, open, high, low, close, volume). It has {found}"
    )]
    NoCandles { name: String, found: String },
    #[error("{name} holds data of {found}, and here belong data of {wanted}: the two never mix")]
    OtherSource { name: String, found: SourceKind, wanted: SourceKind },
    #[error(
        "{name} says \"{word}\" where the name of a contract's file says its interval, which is none that is kept \
         ({}): name it by its interval, or bring in minutes", Interval::ALL.map(Interval::as_str).join(", ")
    )]
    UnknownInterval { name: String, word: String },
    #[error("{name} holds candles of {interval}: {}", not_kept(*interval))]
    NotKept { name: String, interval: ChartInterval },
    #[error("{name} could not be read: {reason}")]
    Broken { name: String, reason: String },
    #[error("there is no import {id}: the list of imports has their numbers")]
    Unknown { id: i64 },
    #[error("an import is under way: wait until it has ended, or stop it")]
    UnderWay,
    #[error(
        "{path} is no whole path: a server brings in what lies on its own machine, so write it from the root on"
    )]
    NotWhole { path: String },
    #[error(transparent)]
    Database(#[from] ForeignError),
}

/// Of an interval that charts have and no series is collected in.
pub(super) fn not_kept(interval: ChartInterval) -> String {
    let what = match interval.minutes() {
        Some(MINUTES_OF_HOUR) => "an hour".to_owned(),
        _ => interval.to_string(),
    };
    format!("{what} is made of minutes and not kept: import the minutes")
}

const MINUTES_OF_HOUR: u16 = 60;
