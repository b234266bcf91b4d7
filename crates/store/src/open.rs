//! Opening the one file: creation, pragmas, migrations, and whose data it holds.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{Connection, Row, SqlStr, SqliteConnection};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::direct::DirectConnections;
use crate::error::{Result, StoreError, is_outer_fault};
use crate::lock::OwnerLock;

/// "EXTR" in the header of the file, so that `file` and we can tell it from any other database.
const APPLICATION_ID: i64 = 0x4558_5452;
const PAGE_SIZE: u32 = 8192;
/// The first SQLite without the WAL fault of 3.7.0 to 3.51.2.
const SQLITE_VERSION_MIN: i32 = 3_051_003;
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const READERS_MAX: u32 = 4;

pub(crate) const DATABASE_FILE: &str = "expirytrack.db";

const MIGRATIONS: [(i64, &str, &str); 9] = [
    (1, "first", include_str!("migrations/0001_first.sql")),
    (2, "months and retries", include_str!("migrations/0002_months_and_retries.sql")),
    (3, "schedules and notices", include_str!("migrations/0003_schedules_and_notices.sql")),
    (4, "watching", include_str!("migrations/0004_watching.sql")),
    (5, "evidence", include_str!("migrations/0005_evidence.sql")),
    (6, "shares and former names", include_str!("migrations/0006_shares_and_former_names.sql")),
    (7, "asked runs", include_str!("migrations/0007_asked_runs.sql")),
    (8, "answered days", include_str!("migrations/0008_answered_days.sql")),
    (9, "totals", include_str!("migrations/0009_totals.sql")),
];

/// Whose data a database holds. It opens again under the same kind only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    Simulated,
    Upstox,
    /// Another address that speaks like Upstox.
    Other,
}

impl SourceKind {
    const ALL: [Self; 3] = [Self::Simulated, Self::Upstox, Self::Other];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Simulated => "simulated",
            Self::Upstox => "upstox",
            Self::Other => "other",
        }
    }
}

/// For people.
impl fmt::Display for SourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Simulated => "the simulated market",
            Self::Upstox => "Upstox",
            Self::Other => "another address than Upstox",
        })
    }
}

/// A handle to the database; clones share it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    /// `None` when opened for reading beside the owner.
    writer: Option<Arc<Mutex<SqliteConnection>>>,
    readers: SqlitePool,
    direct: DirectConnections,
}

impl Store {
    /// Opens the database of `data_dir` for writing, creating it where it is missing. The caller holds the
    /// directory's [`OwnerLock`](crate::OwnerLock).
    pub async fn open(data_dir: &Path, source: SourceKind) -> Result<Self> {
        check_sqlite_version()?;
        let path = data_dir.join(DATABASE_FILE);
        let mut writer = SqliteConnection::connect_with(&writer_options(&path)).await?;
        claim_if_empty(&mut writer, &path).await?;
        check_application(&mut writer, &path).await?;
        migrate(&mut writer, &path).await?;
        check_source(&mut writer, &path, source).await?;
        Self::assemble(path, Some(writer)).await
    }

    /// Opens an existing database for reading, beside whoever owns it.
    pub async fn open_for_reading(data_dir: &Path) -> Result<Self> {
        check_sqlite_version()?;
        let path = data_dir.join(DATABASE_FILE);
        if !path.exists() {
            return Err(StoreError::Missing { path });
        }
        let mut connection = SqliteConnection::connect_with(&connect_options(&path).read_only(true)).await?;
        check_application(&mut connection, &path).await?;
        let is_older = check_version(&mut connection, &path).await?;
        connection.close().await?;
        if is_older {
            bring_forward(data_dir, &path).await?;
        }
        Self::assemble(path, None).await
    }

    async fn assemble(path: PathBuf, writer: Option<SqliteConnection>) -> Result<Self> {
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS_MAX)
            // There is no network that could have lost a connection to a file.
            .test_before_acquire(false)
            .connect_with(connect_options(&path).read_only(true))
            .await?;
        let direct = DirectConnections::new(path.clone());
        let writer = writer.map(|writer| Arc::new(Mutex::new(writer)));
        Ok(Self { inner: Arc::new(Inner { path, writer, readers, direct }) })
    }

    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    pub(crate) fn readers(&self) -> &SqlitePool {
        &self.inner.readers
    }

    pub(crate) fn direct(&self) -> &DirectConnections {
        &self.inner.direct
    }

    /// The connection that writes, and with it the turn to write; waiting callers are served in order.
    pub(crate) async fn writer(&self) -> Result<OwnedMutexGuard<SqliteConnection>> {
        let Some(writer) = &self.inner.writer else {
            return Err(StoreError::unreadable("a write was tried on a database opened for reading"));
        };
        let mut writer = writer.clone().lock_owned().await;
        // A full disk makes SQLite end a transaction by itself; sqlx still believes in it and would refuse
        // every later one.
        if writer.is_in_transaction() && (writer.ping().await.is_err() || writer.is_in_transaction()) {
            *writer = SqliteConnection::connect_with(&writer_options(&self.inner.path)).await?;
        }
        Ok(writer)
    }

    /// The number of the last migration.
    pub async fn schema_version(&self) -> Result<i64> {
        let row = sqlx::query("SELECT max(version) FROM _sqlx_migrations").fetch_one(self.readers()).await?;
        Ok(row.try_get(0)?)
    }

    /// Bytes of the database and its write-ahead log.
    pub fn bytes_on_disk(&self) -> u64 {
        let wal = self.inner.path.with_extension("db-wal");
        [self.inner.path.as_path(), &wal]
            .into_iter()
            .filter_map(|path| std::fs::metadata(path).ok())
            .map(|metadata| metadata.len())
            .sum()
    }

    /// Closes every connection, so that the write-ahead log is folded into the file.
    pub async fn close(&self) -> Result<()> {
        self.inner.direct.close();
        self.inner.readers.close().await;
        if let Some(writer) = &self.inner.writer {
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut *writer.lock().await).await?;
        }
        Ok(())
    }
}

/// What writer and readers share.
fn connect_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .pragma("trusted_schema", "OFF")
        .pragma("cache_size", "-32000")
}

/// What is written into the file at its creation comes first.
fn writer_options(path: &Path) -> SqliteConnectOptions {
    connect_options(path)
        .create_if_missing(true)
        .page_size(PAGE_SIZE)
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .optimize_on_close(true, None)
}

/// Of the SQLite that is built in.
pub fn sqlite_version() -> &'static str {
    libsqlite3_sys::SQLITE_VERSION.to_str().unwrap_or_default()
}

fn check_sqlite_version() -> Result<()> {
    if libsqlite3_sys::SQLITE_VERSION_NUMBER >= SQLITE_VERSION_MIN {
        Ok(())
    } else {
        let found = String::from_utf8_lossy(libsqlite3_sys::SQLITE_VERSION.to_bytes()).into_owned();
        Err(StoreError::OldSqlite { found })
    }
}

/// Marks an empty database of nobody's as ours: it is new, or its creation was cut short.
async fn claim_if_empty(connection: &mut SqliteConnection, path: &Path) -> Result<()> {
    let sql =
        "SELECT count(*) = 0 AND (SELECT application_id FROM pragma_application_id) = 0 FROM sqlite_schema";
    // A file that is no database at all fails here for the first time.
    let row = sqlx::query(sql).fetch_one(&mut *connection).await;
    let row = row.map_err(|error| foreign_if_no_database(error, path))?;
    if row.try_get::<bool, _>(0)? {
        sqlx::query("PRAGMA application_id = 1163416658").execute(connection).await?;
    }
    Ok(())
}

async fn check_application(connection: &mut SqliteConnection, path: &Path) -> Result<()> {
    let row = sqlx::query("PRAGMA application_id").fetch_one(connection).await;
    let row = row.map_err(|error| foreign_if_no_database(error, path))?;
    let is_ours = row.try_get::<i64, _>(0)? == APPLICATION_ID;
    if is_ours { Ok(()) } else { Err(StoreError::Foreign { path: path.to_owned() }) }
}

/// A disk that fails says nothing about whose the file is.
fn foreign_if_no_database(error: sqlx::Error, path: &Path) -> StoreError {
    if is_outer_fault(&error) { error.into() } else { StoreError::Foreign { path: path.to_owned() } }
}

async fn migrate(connection: &mut SqliteConnection, path: &Path) -> Result<()> {
    let migrations = MIGRATIONS.map(|(version, description, sql)| {
        Migration::new(
            version,
            Cow::Borrowed(description),
            MigrationType::Simple,
            SqlStr::from_static(sql),
            false,
        )
    });
    Migrator::with_migrations(migrations.to_vec()).run(connection).await.map_err(|error| match error {
        MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => {
            StoreError::Newer { path: path.to_owned() }
        }
        other => other.into(),
    })
}

/// A database of an older version is brought to this one by whoever opens it first, a reader too, unless another
/// program has it.
async fn bring_forward(data_dir: &Path, path: &Path) -> Result<()> {
    let _owner = OwnerLock::take(data_dir)?;
    let mut writer = SqliteConnection::connect_with(&writer_options(path)).await?;
    migrate(&mut writer, path).await?;
    Ok(writer.close().await?)
}

/// Refuses what is too new, and says whether it is older than this version.
async fn check_version(connection: &mut SqliteConnection, path: &Path) -> Result<bool> {
    let row = sqlx::query("SELECT max(version) FROM _sqlx_migrations").fetch_one(connection).await?;
    let found: i64 = row.try_get(0)?;
    let newest = MIGRATIONS[MIGRATIONS.len() - 1].0;
    if found > newest {
        return Err(StoreError::Newer { path: path.to_owned() });
    }
    Ok(found < newest)
}

async fn check_source(connection: &mut SqliteConnection, path: &Path, source: SourceKind) -> Result<()> {
    sqlx::query("INSERT INTO setting (name, value) VALUES ('source', ?) ON CONFLICT DO NOTHING")
        .bind(source.as_str())
        .execute(&mut *connection)
        .await?;
    let row =
        sqlx::query("SELECT value FROM setting WHERE name = 'source'").fetch_one(&mut *connection).await?;
    let found: String = row.try_get(0)?;
    if found == source.as_str() {
        return Ok(());
    }
    let found = SourceKind::ALL
        .into_iter()
        .find(|kind| kind.as_str() == found)
        .map_or(found, |kind| kind.to_string());
    Err(StoreError::OtherSource { path: path.to_owned(), found, wanted: source.to_string() })
}
