//! What can go wrong with the database, in words that say what to do.

use std::error::Error;
use std::path::PathBuf;

use libsqlite3_sys::{
    SQLITE_BUSY, SQLITE_FULL, SQLITE_IOERR, SQLITE_IOERR_CORRUPTFS, SQLITE_IOERR_DATA, SQLITE_IOERR_READ,
    SQLITE_IOERR_SHORT_READ,
};
use protocol::DISK_FULL;
use sqlx::migrate::MigrateError;

use crate::archive::ArchiveError;
use crate::copy_error::CopyError;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(
        "the data directory {path} cannot be used: check that it exists, is a directory and can be written"
    )]
    Directory { path: PathBuf, source: std::io::Error },
    #[error(
        "there is no database at {path}: collect something first, or say where it is: --data-dir DIR, or --simulated for the simulated market's"
    )]
    Missing { path: PathBuf },
    #[error("{path} is not a database of ExpiryTrack: choose another --data-dir")]
    Foreign { path: PathBuf },
    #[error(
        "{path} is encrypted, or no database at all: only a build with encryption opens it (`cargo xtask build --encrypted`)"
    )]
    Encrypted { path: PathBuf },
    #[error(
        "{path} is not encrypted, and this build opens encrypted databases only: `expirytrack encrypt` encrypts it"
    )]
    NotEncrypted { path: PathBuf },
    #[error("{path} is encrypted already")]
    EncryptedAlready { path: PathBuf },
    #[error("{path} is not encrypted")]
    PlainAlready { path: PathBuf },
    #[error("this build cannot encrypt: `cargo xtask build --encrypted` makes one that can")]
    NoEncryption,
    #[error("the copy is not equal to the database ({what}); the database was left as it is")]
    CopyDiffers { what: String },
    #[error(
        "the disk has too little room for a copy of the database: {needed} MB are needed, {free} MB are free"
    )]
    NoRoom { needed: u64, free: u64 },
    #[error(
        "{path} was encrypted with another key, or is no database at all: give its key file or passphrase"
    )]
    OtherKey { path: PathBuf },
    #[error(
        "{path} was written by a newer version of ExpiryTrack: install that version, or choose another --data-dir"
    )]
    Newer { path: PathBuf },
    #[error(
        "{path} holds data of {found}, and this run would bring data of {wanted}: choose another --data-dir, or for the simulated market --simulated: the two never mix"
    )]
    OtherSource { path: PathBuf, found: String, wanted: String },
    #[error("the data directory {path} is in use by process {pid}{address}: stop it, or choose another --data-dir", address = address.as_ref().map(|a| format!(" at {a}")).unwrap_or_default())]
    Owned { path: PathBuf, pid: u32, address: Option<String> },
    #[error("SQLite {found} is too old: versions before 3.51.3 can corrupt the database")]
    OldSqlite { found: String },
    /// What SQLite calls it says nothing more, so it is no source.
    #[error("{DISK_FULL}. What was stored is safe, and a job goes on where it stopped")]
    DiskFull(DriverError),
    #[error(
        "the disk could not be read: check it. A copy of the data directory made now may save what it holds"
    )]
    DiskUnreadable(#[source] DriverError),
    #[error(
        "another program holds the database: close it, or let it end, and try again. What was stored is safe"
    )]
    Busy(#[source] DriverError),
    #[error("the database could not be read or written")]
    Database(#[source] DriverError),
    #[error("the database could not be brought to this version")]
    Migration(#[source] MigrateError),
    #[error(
        "the database is of an older version, and no copy of it could be made before it is brought to this one: {0}. \
         To go on without a copy set EXPIRYTRACK_UPGRADE_WITHOUT_BACKUP=1"
    )]
    UpgradeCopy(#[source] Box<CopyError>),
    #[error(
        "the database of version {from} could not be brought to version {to}; it is as it was{copy}",
        copy = copy.as_ref().map(|path| format!(", and a copy of it is at {}", path.display())).unwrap_or_default()
    )]
    Upgrade { from: i64, to: i64, copy: Option<PathBuf>, source: Box<StoreError> },
    #[error("the database holds a value that this version does not understand: {0}")]
    Unreadable(String),
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error(
        "the candles of {expiry} lie in the lake, and nothing of it can be changed: bring them back first (unarchive)"
    )]
    Archived { expiry: String },
    #[error(
        "{file} has not the candles that are stored of {expired_key}, and nothing was removed because of it: publish the expiry again"
    )]
    LakeDiffers { file: String, expired_key: String },
    #[error("this server reads only: what it serves is a copy, in which nothing can be changed")]
    Frozen,
    #[error("candles were moved into the lake meanwhile: ask again")]
    ArchivedMeanwhile,
    #[error("a task of the database ended before its answer")]
    Interrupted,
}

/// Faults of the disk that are no refused write.
const FAILED_READS: [i32; 4] =
    [SQLITE_IOERR_READ, SQLITE_IOERR_SHORT_READ, SQLITE_IOERR_DATA, SQLITE_IOERR_CORRUPTFS];

/// What either way to SQLite says of an error.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    #[error(transparent)]
    Sqlx(#[from] sqlx::Error),
    #[error(transparent)]
    Rusqlite(#[from] rusqlite::Error),
}

impl DriverError {
    /// SQLite's extended code, where the error is SQLite's.
    fn code(&self) -> Option<i32> {
        match self {
            Self::Sqlx(error) => sqlx_code(error),
            Self::Rusqlite(error) => Some(error.sqlite_error()?.extended_code),
        }
    }
}

fn sqlx_code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

/// Whether the disk or another program is to blame.
fn is_outer_fault(error: &sqlx::Error) -> bool {
    sqlx_code(error).and_then(outer_fault).is_some()
}

/// What to call an error for which the disk or another program is to blame; `None` for every other.
fn outer_fault(code: i32) -> Option<fn(DriverError) -> StoreError> {
    // The lowest byte says what failed, the whole how.
    match code & 0xff {
        SQLITE_IOERR if FAILED_READS.contains(&code) => Some(StoreError::DiskUnreadable),
        SQLITE_IOERR | SQLITE_FULL => Some(StoreError::DiskFull),
        SQLITE_BUSY => Some(StoreError::Busy),
        _ => None,
    }
}

impl From<DriverError> for StoreError {
    fn from(error: DriverError) -> Self {
        error.code().and_then(outer_fault).unwrap_or(Self::Database)(error)
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        DriverError::from(error).into()
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        DriverError::from(error).into()
    }
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)
                if is_outer_fault(&error) =>
            {
                error.into()
            }
            other => Self::Migration(other),
        }
    }
}

/// A message with everything that caused it, for a log or a terminal.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

impl StoreError {
    /// Whether another place, key or build would do: nothing is wrong with what is stored, nor with the disk.
    pub fn is_about_what_was_given(&self) -> bool {
        match self {
            Self::Directory { .. }
            | Self::Missing { .. }
            | Self::Foreign { .. }
            | Self::Encrypted { .. }
            | Self::NotEncrypted { .. }
            | Self::EncryptedAlready { .. }
            | Self::PlainAlready { .. }
            | Self::NoEncryption
            | Self::NoRoom { .. }
            | Self::OtherKey { .. }
            | Self::Newer { .. }
            | Self::OtherSource { .. } => true,
            Self::CopyDiffers { .. }
            | Self::Owned { .. }
            | Self::OldSqlite { .. }
            | Self::DiskFull(_)
            | Self::DiskUnreadable(_)
            | Self::Busy(_)
            | Self::Database(_)
            | Self::Migration(_)
            | Self::UpgradeCopy(_)
            | Self::Upgrade { .. }
            | Self::Unreadable(_)
            | Self::Archive(_)
            | Self::Archived { .. }
            | Self::LakeDiffers { .. }
            | Self::Frozen
            | Self::ArchivedMeanwhile
            | Self::Interrupted => false,
        }
    }

    pub(crate) fn chain(&self) -> String {
        chain(self)
    }

    /// What SQLite calls the error, where rusqlite brought it.
    pub(crate) fn sqlite_code(&self) -> Option<rusqlite::ErrorCode> {
        match self {
            Self::DiskFull(DriverError::Rusqlite(error))
            | Self::DiskUnreadable(DriverError::Rusqlite(error))
            | Self::Busy(DriverError::Rusqlite(error))
            | Self::Database(DriverError::Rusqlite(error)) => error.sqlite_error_code(),
            _ => None,
        }
    }

    pub(crate) fn unreadable(what: impl std::fmt::Display) -> Self {
        Self::Unreadable(what.to_string())
    }
}

pub(crate) type Result<T, E = StoreError> = std::result::Result<T, E>;
