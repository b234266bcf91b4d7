//! What can go wrong with the database, in words that say what to do.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(
        "the data directory {path} cannot be used: check that it exists, is a directory and can be written"
    )]
    Directory { path: PathBuf, source: std::io::Error },
    #[error("there is no database at {path}: collect something first, or name another --data-dir")]
    Missing { path: PathBuf },
    #[error("{path} is not a database of ExpiryTrack: choose another --data-dir")]
    Foreign { path: PathBuf },
    #[error(
        "{path} was written by a newer version of ExpiryTrack: install that version, or choose another --data-dir"
    )]
    Newer { path: PathBuf },
    #[error(
        "{path} holds data of {found}, and this run would bring data of {wanted}: choose another --data-dir, so that the two never mix"
    )]
    OtherSource { path: PathBuf, found: String, wanted: String },
    #[error("the data directory {path} is in use by process {pid}{address}: stop it, or choose another --data-dir", address = address.as_ref().map(|a| format!(" at {a}")).unwrap_or_default())]
    Owned { path: PathBuf, pid: u32, address: Option<String> },
    #[error("SQLite {found} is too old: versions before 3.51.3 can corrupt the database")]
    OldSqlite { found: String },
    #[error(
        "the disk is full or cannot be written: free some space on it. What was stored is safe, and a job goes on where it stopped"
    )]
    DiskFull(#[source] sqlx::Error),
    #[error("the database could not be read or written")]
    Database(#[source] sqlx::Error),
    #[error("the database could not be brought to this version")]
    Migration(#[source] sqlx::migrate::MigrateError),
    #[error("candles could not be read")]
    Candles(#[from] rusqlite::Error),
    #[error("the database holds a value that this version does not understand: {0}")]
    Unreadable(String),
    #[error("a reading task ended before its answer")]
    Interrupted,
}

/// SQLite's primary codes for a write that the disk refused: SQLITE_FULL and SQLITE_IOERR.
const REFUSED_WRITES: [i32; 2] = [13, 10];

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(|error| error.code());
        let primary = code.and_then(|code| code.parse::<i32>().ok()).map(|code| code & 0xff);
        if primary.is_some_and(|code| REFUSED_WRITES.contains(&code)) {
            Self::DiskFull(error)
        } else {
            Self::Database(error)
        }
    }
}

impl StoreError {
    pub(crate) fn unreadable(what: impl std::fmt::Display) -> Self {
        Self::Unreadable(what.to_string())
    }
}

pub(crate) type Result<T, E = StoreError> = std::result::Result<T, E>;
