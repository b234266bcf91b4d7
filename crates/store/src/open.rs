//! Opening the one file: creation, pragmas, migrations, and whose data it holds. It is sqlx that does it, with a
//! connection that is closed again; whatever is asked of an open database goes through `connections`.

use std::cmp::Ordering;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode};
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection};

use crate::archiving::holds_archived;
use crate::connections::Connections;
use crate::copy::{Copied, Demands, copy_database};
use crate::copy_error::CopyError;
use crate::database_key::DatabaseKey;
use crate::error::{Result, StoreError};
use crate::lock::OwnerLock;
use crate::private_file::open_file;
use crate::queries::one_row;
use crate::settings::{put_setting, read_setting};
use crate::upgrade::{UpgradeCopy, Upgraded, has_table, newest_schema, upgrade, version};

/// "EXTR" in the header of the file, so that `file` and we can tell it from any other database.
pub(crate) const APPLICATION_ID: i64 = 0x4558_5452;
pub(crate) const PAGE_SIZE: u32 = 8192;
/// The first SQLite without the WAL fault of 3.7.0 to 3.51.2. SQLCipher's is older; there the fault cannot be met,
/// because no two connections of ours write or checkpoint: docs/decisions/0011.
const SQLITE_VERSION_MIN: i32 = if cfg!(feature = "encrypted") { 3_050_004 } else { 3_051_003 };
/// How a file of plain SQLite begins.
const PLAIN_HEADER: &[u8; 16] = b"SQLite format 3\0";
/// What every connection is told, whichever library opens it.
pub(crate) const PRAGMAS: [(&str, &str); 4] =
    [("foreign_keys", "ON"), ("trusted_schema", "OFF"), ("cache_size", "-32000"), ("synchronous", "NORMAL")];
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// The setting that says whose data it is.
pub(crate) const SOURCE: &str = "source";

/// The name of the database in its data directory.
pub const DATABASE_FILE: &str = "expirytrack.db";

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

    /// `None` of a word that is not ours.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    pub(crate) fn parse(word: &str) -> Result<Self> {
        Self::of_word(word).ok_or_else(|| StoreError::unreadable(format!("the source {word}")))
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

/// A data directory, with the key of its database where that is encrypted.
#[derive(Clone, Debug)]
pub struct Place {
    pub data_dir: PathBuf,
    pub key: Option<DatabaseKey>,
}

impl From<&Path> for Place {
    fn from(data_dir: &Path) -> Self {
        Self { data_dir: data_dir.to_owned(), key: None }
    }
}

/// A handle to the database; clones share it.
#[derive(Clone)]
pub struct Store {
    connections: Arc<Connections>,
    upgraded: Option<Upgraded>,
}

impl Store {
    /// Opens the database of `data_dir` for writing, creating it where it is missing. The caller holds the
    /// directory's [`OwnerLock`](crate::OwnerLock).
    pub async fn open(place: impl Into<Place>, source: SourceKind) -> Result<Self> {
        Self::open_upgrading(place, source, UpgradeCopy::Made).await
    }

    /// The same, with a word on the copy that is made before an upgrade.
    pub async fn open_upgrading(
        place: impl Into<Place>,
        source: SourceKind,
        copy: UpgradeCopy,
    ) -> Result<Self> {
        check_sqlite_version()?;
        let Place { data_dir, key } = place.into();
        let path = data_dir.join(DATABASE_FILE);
        check_encryption(&path, key.as_ref())?;
        let looked = refuse_unchanged(&path, key.as_ref(), source).await?;
        let options = options_to_create(&path, key.as_ref());
        let connected = SqliteConnection::connect_with(&options).await;
        let mut connection = connected.map_err(|error| other_key(error, key.as_ref(), &path))?;
        if let Some(looked) = looked {
            looked.close().await?;
        }
        let upgraded = match make_ready(&mut connection, &path, key.as_ref(), copy).await {
            Ok(upgraded) => upgraded,
            Err(error) => {
                // One that is only dropped may outlive the process, and leave its log beside what was refused.
                let _ = connection.close().await;
                return Err(error);
            }
        };
        let store = Self::assemble(path, key, true, upgraded);
        store.take_source(source).await?;
        let is_archived = store.read(holds_archived).await?;
        store.connections().set_archived(is_archived);
        // Not before another one is open: the last one to close folds the whole write-ahead log into the file.
        connection.close().await?;
        Ok(store)
    }

    /// Opens an existing database for reading, beside whoever owns it.
    pub async fn open_for_reading(place: impl Into<Place>) -> Result<Self> {
        Self::open_reading(place.into(), UpgradeCopy::Made).await
    }

    /// Brings a database to this version without a copy of what it was, as somebody without the room for one
    /// asks for.
    pub async fn upgrade_without_copy(place: impl Into<Place>) -> Result<Option<Upgraded>> {
        Ok(Self::open_reading(place.into(), UpgradeCopy::LeftOut).await?.upgraded)
    }

    async fn open_reading(place: Place, copy: UpgradeCopy) -> Result<Self> {
        check_sqlite_version()?;
        let Place { data_dir, key } = place;
        let path = data_dir.join(DATABASE_FILE);
        if !path.exists() {
            return Err(StoreError::Missing { path });
        }
        check_encryption(&path, key.as_ref())?;
        let options = options(&path, key.as_ref()).read_only(true);
        let connected = SqliteConnection::connect_with(&options).await;
        let mut connection = connected.map_err(|error| other_key(error, key.as_ref(), &path))?;
        check_application(&mut connection, &path, key.as_ref()).await?;
        let schema = version(&mut connection).await?;
        connection.close().await?;
        let mut store = Self::assemble(path, key.clone(), false, None);
        match schema.cmp(&newest_schema()) {
            Ordering::Less => {
                store.upgraded = bring_forward(&data_dir, store.path(), key.as_ref(), copy).await?;
            }
            Ordering::Equal => {}
            Ordering::Greater => return Err(StoreError::Newer { path: store.path().to_owned() }),
        }
        Ok(store)
    }

    fn assemble(
        path: PathBuf,
        key: Option<DatabaseKey>,
        may_write: bool,
        upgraded: Option<Upgraded>,
    ) -> Self {
        Self { connections: Arc::new(Connections::new(path, key, may_write)), upgraded }
    }

    /// From which version it was brought to this one when it was opened; `None`: it was of this one, or new.
    pub fn upgraded(&self) -> Option<&Upgraded> {
        self.upgraded.as_ref()
    }

    /// Copies the database into one file, beside whoever writes into it: see [`copy_database`].
    pub async fn copy_to(&self, target: &Path) -> Result<Copied, CopyError> {
        copy_database(self.path(), self.connections().key(), target, Demands::default()).await
    }

    pub fn path(&self) -> &Path {
        self.connections.path()
    }

    pub(crate) fn connections(&self) -> &Connections {
        &self.connections
    }

    /// Whose data it holds.
    pub async fn source(&self) -> Result<SourceKind> {
        SourceKind::parse(&self.setting(SOURCE).await?.unwrap_or_default())
    }

    /// The number of the last migration.
    pub async fn schema_version(&self) -> Result<i64> {
        self.read(|connection| {
            one_row(connection, "SELECT max(version) FROM _sqlx_migrations", [], |row| Ok(row.get(0)?))
        })
        .await
    }

    /// Bytes of the database and its write-ahead log.
    pub fn bytes_on_disk(&self) -> u64 {
        bytes_on_disk(self.path())
    }

    /// Bytes of the database, and of its write-ahead log.
    pub fn file_bytes(&self) -> (u64, u64) {
        file_bytes(self.path())
    }

    /// A database that nobody's data was put into yet takes this source's from now on.
    async fn take_source(&self, source: SourceKind) -> Result<()> {
        self.write(move |transaction| match read_setting(transaction, SOURCE)? {
            Some(_) => Ok(()),
            None => put_setting(transaction, SOURCE, source.as_str()),
        })
        .await
    }
}

fn options(path: &Path, key: Option<&DatabaseKey>) -> SqliteConnectOptions {
    let mut options = SqliteConnectOptions::new().filename(path).busy_timeout(BUSY_TIMEOUT);
    if let Some(key) = key {
        // Statements are logged where somebody asks for it, and the key is in one of them.
        options = options.disable_statement_logging();
        options = options.pragma("key", key.literal().to_string());
        options = options.pragma("cipher_page_size", PAGE_SIZE.to_string());
    }
    PRAGMAS.into_iter().fold(options, |options, (name, value)| options.pragma(name, value))
}

/// What is written into the file at its creation comes first.
fn options_to_create(path: &Path, key: Option<&DatabaseKey>) -> SqliteConnectOptions {
    options(path, key)
        .create_if_missing(true)
        .page_size(PAGE_SIZE)
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .journal_mode(SqliteJournalMode::Wal)
}

/// How a file of SQLite's begins, where it says whose it is, and where the list of its tables begins.
const SQLITE_MAGIC: &[u8] = b"SQLite format 3\0";
const APPLICATION_ID_AT: std::ops::Range<usize> = 68..72;
const FIRST_PAGE: std::ops::Range<usize> = 100..105;
/// A first page without a table: a leaf, no free block, no cell.
const NO_TABLES: [u8; 5] = [0x0d, 0, 0, 0, 0];

/// Refuses a directory with the database of another program, before anything is written into it. What cannot be told
/// from the file's first bytes is told when it is opened.
pub(crate) fn refuse_foreign(data_dir: &Path) -> Result<()> {
    let path = data_dir.join(DATABASE_FILE);
    // One whose creation was cut off may have its name in the log alone.
    let has_log =
        std::fs::metadata(data_dir.join(format!("{DATABASE_FILE}-wal"))).is_ok_and(|log| log.len() > 0);
    let mut head = [0; FIRST_PAGE.end];
    let is_read = open_file(&path).and_then(|mut file| file.read_exact(&mut head)).is_ok();
    let has_magic = head.starts_with(SQLITE_MAGIC);
    // One that is encrypted begins with anything, and has whole pages.
    let could_be_encrypted = file_bytes(&path).0.is_multiple_of(PAGE_SIZE.into());
    let is_ours = head.get(APPLICATION_ID_AT) == Some(&(APPLICATION_ID as i32).to_be_bytes()[..]);
    let is_nobodys = head.get(APPLICATION_ID_AT) == Some(&[0; 4]) && head.get(FIRST_PAGE) == Some(&NO_TABLES);
    let is_foreign = if has_magic { !is_ours && !is_nobodys } else { !could_be_encrypted };
    if is_read && is_foreign && !has_log { Err(StoreError::Foreign { path }) } else { Ok(()) }
}

/// Refuses a directory with a database that this build does not open, before anything is written into it.
pub fn refuse_unopenable(data_dir: &Path) -> Result<()> {
    refuse_foreign(data_dir)?;
    let path = data_dir.join(DATABASE_FILE);
    match is_encrypted(&path) {
        Some(true) if !CAN_ENCRYPT => Err(StoreError::Encrypted { path }),
        Some(false) if CAN_ENCRYPT => Err(StoreError::NotEncrypted { path }),
        _ => Ok(()),
    }
}

/// Bytes of the database of a directory, and of its write-ahead log.
pub fn database_bytes(data_dir: &Path) -> Result<u64> {
    let path = data_dir.join(DATABASE_FILE);
    if !path.exists() {
        return Err(StoreError::Missing { path });
    }
    Ok(bytes_on_disk(&path))
}

fn bytes_on_disk(path: &Path) -> u64 {
    let (database, log) = file_bytes(path);
    database + log
}

fn file_bytes(path: &Path) -> (u64, u64) {
    let length = |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    (length(path), length(&path.with_extension("db-wal")))
}

/// Whether this build reads and writes encrypted databases, and no others.
pub const CAN_ENCRYPT: bool = cfg!(feature = "encrypted");

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

/// Brings a database to this version.
async fn make_ready(
    connection: &mut SqliteConnection,
    path: &Path,
    key: Option<&DatabaseKey>,
    copy: UpgradeCopy,
) -> Result<Option<Upgraded>> {
    claim_if_empty(connection, path, key).await?;
    check_application(connection, path, key).await?;
    upgrade(connection, path, key, copy).await
}

/// Refuses a database of a newer version or of another source before anything is written into it, or beside it. It is
/// opened as one that is there: whoever only reads leaves a log behind, and what a new one is given is written. The
/// connection is closed when another one is open, as the last one folds the whole log.
async fn refuse_unchanged(
    path: &Path,
    key: Option<&DatabaseKey>,
    source: SourceKind,
) -> Result<Option<SqliteConnection>> {
    if !path.exists() {
        return Ok(None);
    }
    // What cannot be opened or read is told by whoever opens it next.
    let Ok(mut connection) = SqliteConnection::connect_with(&options(path, key)).await else {
        return Ok(None);
    };
    match check_what_it_is(&mut connection, path, source).await {
        Err(refused @ (StoreError::Newer { .. } | StoreError::OtherSource { .. })) => {
            let _ = connection.close().await;
            Err(refused)
        }
        _ => Ok(Some(connection)),
    }
}

async fn check_what_it_is(connection: &mut SqliteConnection, path: &Path, source: SourceKind) -> Result<()> {
    if version(connection).await? > newest_schema() {
        return Err(StoreError::Newer { path: path.to_owned() });
    }
    check_source(connection, path, source).await
}

async fn check_source(connection: &mut SqliteConnection, path: &Path, source: SourceKind) -> Result<()> {
    // One without a table is new.
    if !has_table(connection, "setting").await? {
        return Ok(());
    }
    let asked = sqlx::query("SELECT value FROM setting WHERE name = ?").bind(SOURCE);
    let found = asked.fetch_optional(connection).await?;
    let found = found.map(|row| row.try_get::<String, _>(0)).transpose()?;
    match found {
        Some(found) if found != source.as_str() => {
            let known = SourceKind::of_word(&found);
            Err(StoreError::OtherSource {
                path: path.to_owned(),
                found: known.map_or(found, |kind| kind.to_string()),
                wanted: source.to_string(),
            })
        }
        _ => Ok(()),
    }
}

/// Marks an empty database of nobody's as ours: it is new, or its creation was cut short.
async fn claim_if_empty(
    connection: &mut SqliteConnection,
    path: &Path,
    key: Option<&DatabaseKey>,
) -> Result<()> {
    let sql =
        "SELECT count(*) = 0 AND (SELECT application_id FROM pragma_application_id) = 0 FROM sqlite_schema";
    // A file that is no database at all fails here for the first time.
    let row = sqlx::query(sql).fetch_one(&mut *connection).await;
    let row = row.map_err(|error| foreign_if_no_database(error, path, key))?;
    if row.try_get::<bool, _>(0)? {
        sqlx::query("PRAGMA application_id = 1163416658").execute(connection).await?;
    }
    Ok(())
}

async fn check_application(
    connection: &mut SqliteConnection,
    path: &Path,
    key: Option<&DatabaseKey>,
) -> Result<()> {
    let row = sqlx::query("PRAGMA application_id").fetch_one(connection).await;
    let row = row.map_err(|error| foreign_if_no_database(error, path, key))?;
    let is_ours = row.try_get::<i64, _>(0)? == APPLICATION_ID;
    if is_ours { Ok(()) } else { Err(StoreError::Foreign { path: path.to_owned() }) }
}

/// A disk that fails says nothing about whose the file is.
fn foreign_if_no_database(error: sqlx::Error, path: &Path, key: Option<&DatabaseKey>) -> StoreError {
    match other_key(error, key, path) {
        StoreError::Database(_) => StoreError::Foreign { path: path.to_owned() },
        other => other,
    }
}

/// What a key does not open cannot be told from what is no database.
fn other_key(error: sqlx::Error, key: Option<&DatabaseKey>, path: &Path) -> StoreError {
    match StoreError::from(error) {
        StoreError::Database(_) if key.is_some() => StoreError::OtherKey { path: path.to_owned() },
        other => other,
    }
}

/// Whether a file is of the kind that will be opened. It is opened for that, which nobody may do with a file that this
/// process has open as a database: closing it would take its locks away. One that is new, or was cut short at its creation, is of both.
pub(crate) fn check_encryption(path: &Path, key: Option<&DatabaseKey>) -> Result<()> {
    let path = path.to_owned();
    match (is_encrypted(&path), key) {
        (Some(true), None) => Err(StoreError::Encrypted { path }),
        (Some(false), Some(_)) => Err(StoreError::NotEncrypted { path }),
        _ => Ok(()),
    }
}

/// An encrypted file looks like noise, in whole pages. Nothing where there is no file yet, or none that can be read or
/// could be one of ours: what opens it will say so.
pub(crate) fn is_encrypted(path: &Path) -> Option<bool> {
    let mut header = [0; PLAIN_HEADER.len()];
    let mut file = open_file(path).ok()?;
    file.read_exact(&mut header).ok()?;
    let is_of_whole_pages = file.metadata().ok()?.len().is_multiple_of(PAGE_SIZE.into());
    if header == *PLAIN_HEADER { Some(false) } else { is_of_whole_pages.then_some(true) }
}

/// A database of an older version is brought to this one by whoever opens it first, a reader too, unless another
/// program has it.
async fn bring_forward(
    data_dir: &Path,
    path: &Path,
    key: Option<&DatabaseKey>,
    copy: UpgradeCopy,
) -> Result<Option<Upgraded>> {
    let _owner = OwnerLock::take(data_dir)?;
    let mut connection = SqliteConnection::connect_with(&options_to_create(path, key)).await?;
    let upgraded = upgrade(&mut connection, path, key, copy).await?;
    connection.close().await?;
    Ok(upgraded)
}
