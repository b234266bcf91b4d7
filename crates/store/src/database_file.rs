//! A file with a database in it, looked at as it is: it is not brought forward, and nothing is written to it.
//! Whatever is asked here blocks; it can be given up by whoever waits for it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use protocol::DatabaseContents;
use rusqlite::{Connection, ErrorCode, OpenFlags, Row};

use crate::columns::count;
use crate::connections::connect;
use crate::copy_error::CopyError;
use crate::database_key::DatabaseKey;
use crate::error::{Result as StoreResult, StoreError};
use crate::open::{APPLICATION_ID, PAGE_SIZE, SOURCE, SourceKind};
use crate::queries::one_row;
use crate::settings::read_setting;
use crate::upgrade::newest_schema;
use crate::verify::{dangling_rows, integrity_faults};

/// Steps of SQLite's machine between two looks at whether anybody still waits.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;

pub(crate) struct DatabaseFile {
    path: PathBuf,
    connection: Connection,
    is_encrypted: bool,
}

impl DatabaseFile {
    /// Refuses what is no database of ours. One of a newer version can be opened, and little be asked of it.
    pub(crate) fn open(
        path: &Path,
        key: Option<&DatabaseKey>,
        given_up: Option<&Arc<AtomicBool>>,
    ) -> Result<Self, CopyError> {
        let metadata = std::fs::metadata(path).map_err(|source| CopyError::unreadable(path, source))?;
        let foreign = || CopyError::Foreign { path: path.to_owned() };
        if !metadata.is_file() {
            return Err(foreign());
        }
        let opened = || -> StoreResult<(Connection, i64)> {
            let connection = connect(path, key, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            let application = one_row(&connection, "PRAGMA application_id", [], |row| Ok(row.get(0)?))?;
            Ok((connection, application))
        };
        let (connection, application) = opened().map_err(|error| match error.sqlite_code() {
            // What a key does not open cannot be told from what is no database.
            Some(ErrorCode::NotADatabase) if key.is_some() => {
                StoreError::OtherKey { path: path.to_owned() }.into()
            }
            Some(ErrorCode::NotADatabase) => foreign(),
            Some(ErrorCode::DatabaseCorrupt) => CopyError::damaged(path, &error),
            _ => error.into(),
        })?;
        if application != APPLICATION_ID {
            return Err(foreign());
        }
        if let Some(given_up) = given_up.cloned() {
            connection
                .progress_handler(STEPS_BETWEEN_LOOKS, Some(move || given_up.load(Ordering::Relaxed)))?;
        }
        Ok(Self { path: path.to_owned(), connection, is_encrypted: key.is_some() })
    }

    /// Refuses one whose layout this version does not know, and one whose creation was cut short.
    pub(crate) fn of_known_schema(self) -> Result<Self, CopyError> {
        match self.schema_version()? {
            0 => Err(CopyError::Foreign { path: self.path }),
            schema if schema > newest_schema() => Err(CopyError::Newer { path: self.path }),
            _ => Ok(self),
        }
    }

    /// A file that is damaged says so wherever the damage is met.
    pub(crate) fn ask<T>(
        &self,
        question: impl FnOnce(&Connection) -> StoreResult<T>,
    ) -> Result<T, CopyError> {
        question(&self.connection).map_err(|error| self.damaged_or(error))
    }

    pub(crate) fn damaged_or(&self, error: StoreError) -> CopyError {
        match error.sqlite_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                CopyError::damaged(&self.path, &error)
            }
            _ => error.into(),
        }
    }

    /// The number of its last migration; 0 before its first.
    pub(crate) fn schema_version(&self) -> Result<i64, CopyError> {
        self.ask(|connection| {
            let is_laid_out = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations')";
            if !one_row(connection, is_laid_out, [], |row| Ok(row.get::<_, bool>(0)?))? {
                return Ok(0);
            }
            let sql = "SELECT coalesce(max(version), 0) FROM _sqlx_migrations";
            one_row(connection, sql, [], |row| Ok(row.get(0)?))
        })
    }

    /// Whose data it holds; `None`: nobody's yet.
    pub(crate) fn source(&self) -> Result<Option<SourceKind>, CopyError> {
        self.ask(|connection| {
            read_setting(connection, SOURCE)?.map(|word| SourceKind::parse(&word)).transpose()
        })
    }

    /// Refuses a file with a fault in it.
    pub(crate) fn check(&self) -> Result<(), CopyError> {
        let mut faults = self.ask(integrity_faults)?;
        faults.extend(self.ask(dangling_rows)?);
        match faults.into_iter().next() {
            Some(fault) => Err(CopyError::Damaged { path: self.path.clone(), fault }),
            None => Ok(()),
        }
    }

    /// Bytes that a copy takes about: the pages that hold something, of the log too.
    pub(crate) fn bytes_in_use(&self) -> Result<u64, CopyError> {
        let sql = "SELECT (page_count - freelist_count) * page_size
                   FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()";
        self.ask(|connection| one_row(connection, sql, [], |row| Ok(count(row, 0)?)))
    }

    /// Every row is counted. All these tables are there since the first layout, and none but that of candles loses a row.
    pub(crate) fn contents(&self) -> Result<DatabaseContents, CopyError> {
        let sql = "SELECT (SELECT count(*) FROM underlying), (SELECT count(*) FROM expiry),
                          (SELECT count(*) FROM contract), (SELECT count(*) FROM candle),
                          (SELECT count(*) FROM fetch_audit), (SELECT count(*) FROM job)";
        let of_row = |row: &Row<'_>| {
            Ok(DatabaseContents {
                underlyings: count(row, 0)?,
                expiries: count(row, 1)?,
                contracts: count(row, 2)?,
                candles: count(row, 3)?,
                requests: count(row, 4)?,
                jobs: count(row, 5)?,
            })
        };
        self.ask(|connection| one_row(connection, sql, [], of_row))
    }

    /// Writes everything into another file, an empty one, as it is at this moment: one transaction reads it, and
    /// whoever writes meanwhile is not held up. Pages that were freed, with what was deleted in them, stay behind.
    pub(crate) fn write_into(&self, target: &str) -> StoreResult<()> {
        if self.is_encrypted {
            // SQLCipher gives the new file the key of this one, and pages of its own size.
            let pages = format!("PRAGMA cipher_default_page_size = {PAGE_SIZE}");
            self.connection.execute_batch(&pages)?;
        }
        self.connection.execute("VACUUM INTO ?", [target])?;
        Ok(())
    }
}
