//! Why a query is not answered, in sentences that name the place.

use protocol::SqlReads;
use rusqlite::{Connection, ErrorCode};

use super::allowed::Guard;
use super::bounds::{MEMORY_BYTES_MAX, SqlStop, StopReason, VALUE_BYTES_MAX};
use crate::error::StoreError;

/// Where in a text: lines and characters are counted from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SqlPlace {
    pub line: usize,
    pub column: usize,
}

impl SqlPlace {
    /// Of the error that this connection met last, where SQLite says it.
    #[expect(unsafe_code, reason = "no safe form of this question is compiled in; it changes nothing")]
    pub(super) fn of_last_error(connection: &Connection, sql: &str) -> Option<Self> {
        // SAFETY: the handle is of an open connection, which nobody else uses meanwhile.
        let offset = unsafe { libsqlite3_sys::sqlite3_error_offset(connection.handle()) };
        Some(Self::of(sql, usize::try_from(offset).ok()?))
    }

    fn of(sql: &str, offset: usize) -> Self {
        let before = sql.get(..offset).unwrap_or(sql);
        let line = before.rsplit('\n').next().unwrap_or_default();
        Self { line: before.matches('\n').count() + 1, column: line.chars().count() + 1 }
    }
}

/// What a query would read, and why it is that much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MuchRead {
    pub reads: SqlReads,
    pub why: WhyMuch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyMuch {
    /// Candles of everything are gone through.
    NoKey,
    /// Those of all contracts of an expiry are.
    WholeExpiry,
    /// SQLite makes the candles of both the database and the lake before it looks at the conditions.
    MadeOfLake,
}

#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    #[error("there is no query: write a SELECT")]
    Empty,
    #[error("a query has at most {max} characters")]
    TooLong { max: usize },
    #[error("two statements stand here: one SELECT is run at a time. Remove what follows the semicolon")]
    TwoStatements,
    #[error("a query has no parameters (?, :name, @name, $name) here: write the values themselves")]
    Parameter,
    /// The whole sentence.
    #[error("{0}")]
    NotAllowed(String),
    #[error("line {}, column {}: {message}", place.line, place.column)]
    AtPlace { place: SqlPlace, message: String },
    #[error("{0}")]
    Refused(String),
    #[error("it was stopped after {seconds} s, as long as it may take: ask for less, or allow more seconds")]
    TimeUp { seconds: u32 },
    #[error("it was stopped")]
    Stopped,
    #[error(
        "it needs more than {megabytes} MB of memory: sort, group or join fewer rows",
        megabytes = MEMORY_BYTES_MAX / 1024 / 1024
    )]
    Memory,
    #[error("{}", asks(.0))]
    ReadsMuch(MuchRead),
    /// The whole sentence.
    #[error("{0}")]
    Bounds(String),
    #[error("{max} queries run already: wait until one has ended, or stop it")]
    Busy { max: usize },
    #[error("no query of that name runs")]
    NotRunning,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for SqlError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

fn asks(MuchRead { reads, why }: &MuchRead) -> String {
    let candles = reads.candles.unwrap_or_default();
    let megabytes = reads.bytes.unwrap_or_default() / 1_000_000;
    let because = match why {
        WhyMuch::NoKey => {
            "nothing in it finds them by a key: a condition on expired_instrument_key, trading_symbol or, of an underlying, \
             instrument_key, and one on epoch, does"
        }
        WhyMuch::WholeExpiry => {
            "it goes through the contracts of an expiry: a condition on expired_instrument_key or trading_symbol, or two on \
             epoch (from and until), makes it less"
        }
        WhyMuch::MadeOfLake => {
            "expiries lie in the lake, and what sums or groups candles finds them there only by a condition of its own on \
             expired_instrument_key or trading_symbol: write one, or take the rows first (WITH taken AS MATERIALIZED \
             (SELECT …)) and reckon with them"
        }
    };
    format!(
        "it would read up to {candles} candles ({megabytes} MB), because {because}. It runs all the same where you allow it"
    )
}

/// What SQLite says of a query, where it is about the query.
pub(super) fn told(
    error: rusqlite::Error,
    place: Option<SqlPlace>,
    guard: &Guard,
    stop: &SqlStop,
) -> SqlError {
    if let Some(sentence) = guard.refusal() {
        return SqlError::NotAllowed(sentence);
    }
    let code = error.sqlite_error_code();
    if code == Some(ErrorCode::OperationInterrupted) {
        return match stop.reason() {
            Some(StopReason::TimeUp { seconds }) => SqlError::TimeUp { seconds },
            Some(StopReason::Memory) => SqlError::Memory,
            Some(StopReason::Told) | None => SqlError::Stopped,
        };
    }
    match (error, code) {
        (rusqlite::Error::MultipleStatement, _) => SqlError::TwoStatements,
        (_, Some(ErrorCode::OutOfMemory)) => SqlError::Memory,
        (_, Some(ErrorCode::TooBig)) => SqlError::Refused(format!(
            "a value is longer than {} kB, which is the most that one may have",
            VALUE_BYTES_MAX / 1000
        )),
        (rusqlite::Error::SqliteFailure(_, Some(message)), Some(ErrorCode::Unknown)) => match place {
            Some(place) => SqlError::AtPlace { place, message },
            None => SqlError::Refused(message),
        },
        (error, _) => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_counted_in_lines_and_characters() {
        for (offset, line, column) in [(0, 1, 1), (6, 1, 7), (7, 2, 1), (12, 2, 3), (13, 2, 4), (99, 2, 5)] {
            assert_eq!(SqlPlace::of("SELECT\n€é x", offset), SqlPlace { line, column });
        }
    }
}
