//! The connections of rusqlite, through which every query goes, on blocking threads: some that read side by side,
//! and one that writes.
//!
//! What reads or writes asks for no second connection meanwhile: it would hold one thread and wait for another.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use tokio::sync::OwnedMutexGuard;
use tokio::task::JoinError;
use zeroize::Zeroizing;

use crate::Store;
use crate::archive::{Archive, NoLake};
use crate::archive_cache::ArchiveCache;
use crate::archive_table::{Trouble, join_archive, join_views};
use crate::archiving::holds_archived;
use crate::database_key::DatabaseKey;
use crate::error::{Result, StoreError};
use crate::open::{BUSY_TIMEOUT, PAGE_SIZE, PRAGMAS, SOURCE};
use crate::settings::read_setting;

/// Idle connections that are kept for the next reader.
const IDLE_READERS_MAX: usize = 4;
/// Pages that a reader keeps, in KiB: those above the leaves of every index. What is below is read once and then lies
/// with the system, and an export that goes through all of it would fill any cache to its brim, in every reader.
const READER_CACHE_KB: i64 = 8_000;
/// More than there are statements in the store.
const PREPARED_STATEMENTS_MAX: usize = 256;

pub(crate) struct Connections {
    path: PathBuf,
    key: Option<DatabaseKey>,
    idle_readers: std::sync::Mutex<Vec<Reader>>,
    /// `None` when opened for reading beside the owner.
    writer: Option<Arc<tokio::sync::Mutex<Writer>>>,
    /// Where candles lie that are not in the file.
    archive: OnceLock<Arc<ArchiveCache>>,
    /// Whether there are any, as far as the owner knows.
    holds_archived: AtomicBool,
    /// Nothing is written any more.
    is_frozen: AtomicBool,
}

/// A connection that reads, and what it has met in the lake where it looks into it.
struct Reader {
    connection: Connection,
    lake: Option<Trouble>,
}

/// The connection that writes; whoever holds it has the turn to write. The first write opens it, and the one after
/// a write that failed.
type Writer = Option<Connection>;

impl Connections {
    pub(crate) fn new(path: PathBuf, key: Option<DatabaseKey>, may_write: bool) -> Self {
        let writer = may_write.then(Arc::default);
        Self {
            path,
            key,
            idle_readers: std::sync::Mutex::default(),
            writer,
            archive: OnceLock::new(),
            holds_archived: AtomicBool::new(false),
            is_frozen: AtomicBool::new(false),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Of an encrypted database.
    pub(crate) fn key(&self) -> Option<&DatabaseKey> {
        self.key.as_ref()
    }

    /// What is archived is read through it from now on.
    pub(crate) fn set_archive(&self, archive: Box<dyn Archive>) {
        // The first one stays: whoever opens a database says once where its lake is.
        let _ = self.archive.set(Arc::new(ArchiveCache::new(archive)));
    }

    pub(crate) fn archive(&self) -> Arc<ArchiveCache> {
        self.archive.get().cloned().unwrap_or_else(|| Arc::new(ArchiveCache::new(Box::new(NoLake))))
    }

    /// Whether there are candles in the lake. The owner says so before the first leaves the file.
    pub(crate) fn set_archived(&self, is_archived: bool) {
        self.holds_archived.store(is_archived, Ordering::SeqCst);
    }

    /// The owner knows it without a look into the file, which beside it may change at any moment.
    fn is_archived(&self, connection: &Connection) -> Result<bool> {
        match self.writer {
            Some(_) => Ok(self.holds_archived.load(Ordering::SeqCst)),
            None => holds_archived(connection),
        }
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let idle = self.idle_readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut reader = match idle {
            Some(reader) => reader,
            None => self.reader()?,
        };
        if self.is_archived(&reader.connection)? && reader.lake.is_none() {
            // What was prepared on it would go on reading the file alone.
            reader = self.reader()?;
            reader.lake = Some(join_archive(&reader.connection, self.archive())?);
        }
        let answer = reader.ask(read)?;
        // Some of what it looked for may have gone while it looked. The owner says so before anything goes, so the file has the
        // last word: candles leave it in the transaction that notes it, and this look sees all that any statement of the
        // answer saw. While nothing is noted, nothing was gone.
        let may_lack = reader.lake.is_none() && self.is_archived(&reader.connection)?;
        if may_lack && holds_archived(&reader.connection)? {
            return Err(StoreError::ArchivedMeanwhile);
        }
        let mut idle = self.idle_readers.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_READERS_MAX {
            idle.push(reader);
        }
        Ok(answer)
    }

    /// A connection of its own for somebody's own SQL, with what is in the lake in the documented views too.
    pub(crate) fn for_sql(&self) -> Result<(Connection, Trouble)> {
        let Reader { connection, .. } = self.reader()?;
        if !self.is_archived(&connection)? {
            return Ok((connection, Trouble::default()));
        }
        let trouble = join_archive(&connection, self.archive())?;
        join_views(&connection)?;
        Ok((connection, trouble))
    }

    fn reader(&self) -> Result<Reader> {
        let connection = connect(&self.path, self.key.as_ref(), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.pragma_update(None, "cache_size", -READER_CACHE_KB)?;
        Ok(Reader { connection, lake: None })
    }

    /// A connection that met an error is not used again: it may have lost its transaction with it.
    fn with_writer<T>(
        &self,
        writer: &mut Writer,
        work: impl FnOnce(&mut Connection) -> Result<T>,
    ) -> Result<T> {
        let mut connection = match writer.take() {
            Some(connection) => connection,
            None => connect(&self.path, self.key.as_ref(), OpenFlags::SQLITE_OPEN_READ_WRITE)?,
        };
        let answer = work(&mut connection)?;
        *writer = Some(connection);
        Ok(answer)
    }

    /// Waiting callers are served in order.
    async fn turn_to_write(&self) -> Result<OwnedMutexGuard<Writer>> {
        match &self.writer {
            Some(_) if self.is_frozen.load(Ordering::Relaxed) => Err(StoreError::Frozen),
            Some(writer) => Ok(writer.clone().lock_owned().await),
            None => Err(StoreError::unreadable("a write was tried on a database opened for reading")),
        }
    }
}

impl Reader {
    /// What went wrong in the lake is the answer, whatever was made of it.
    fn ask<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let answer = read(&self.connection);
        match self.lake.as_ref().and_then(Trouble::take) {
            Some(trouble) => Err(trouble.into()),
            None => answer,
        }
    }
}

pub(crate) fn connect(
    path: &Path,
    key: Option<&DatabaseKey>,
    access: OpenFlags,
) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    if let Some(key) = key {
        let first = format!("PRAGMA key = {}; PRAGMA cipher_page_size = {PAGE_SIZE}", *key.literal());
        connection.execute_batch(&Zeroizing::new(first))?;
    }
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS_MAX);
    for (name, value) in PRAGMAS {
        connection.pragma_update(None, name, value)?;
    }
    Ok(connection)
}

fn transact<T>(connection: &mut Connection, write: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let answer = write(&transaction)?;
    transaction.commit()?;
    Ok(answer)
}

impl Store {
    /// Reads on a blocking thread.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let store = self.clone();
        let answer = tokio::task::spawn_blocking(move || store.connections().read(read));
        answer.await.map_err(interrupted)?
    }

    /// Work of another sort that blocks.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        tokio::task::spawn_blocking(work).await.map_err(interrupted)
    }

    /// From now on every write is refused.
    pub fn freeze(&self) {
        self.connections().is_frozen.store(true, Ordering::Relaxed);
    }

    pub fn is_frozen(&self) -> bool {
        self.connections().is_frozen.load(Ordering::Relaxed)
    }

    /// For what changes something beside the database.
    pub fn refuse_frozen(&self) -> Result<()> {
        if self.is_frozen() { Err(StoreError::Frozen) } else { Ok(()) }
    }

    /// Says how files of the lake are read: once, before anything is asked.
    pub fn set_archive(&self, archive: Box<dyn Archive>) {
        self.connections().set_archive(archive);
    }

    /// Whether the file can be read just now. It is opened anew: an open connection may answer from memory for long
    /// after its file is gone.
    pub async fn is_answered(&self) -> Result<()> {
        let store = self.clone();
        let answer = tokio::task::spawn_blocking(move || {
            let Connections { path, key, .. } = store.connections();
            let connection = connect(path, key.as_ref(), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            read_setting(&connection, SOURCE).map(drop)
        });
        answer.await.map_err(interrupted)?
    }

    /// Writes in one transaction on a blocking thread. It ends as a whole even where nobody waits for it any
    /// more, and the next writer waits for that.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.with_writer(|connection| transact(connection, write)).await
    }

    /// The same, for what must outlast a loss of power: it is on the disk when this returns.
    pub(crate) async fn write_to_disk<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.with_writer(|connection| {
            connection.pragma_update(None, "synchronous", "FULL")?;
            let answer = transact(connection, write)?;
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            Ok(answer)
        })
        .await
    }

    pub(crate) async fn with_writer<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let mut turn = self.connections().turn_to_write().await?;
        let store = self.clone();
        let answer = tokio::task::spawn_blocking(move || store.connections().with_writer(&mut turn, work));
        answer.await.map_err(interrupted)?
    }

    /// Closes every idle connection, so that the write-ahead log is folded into the file.
    pub async fn close(&self) -> Result<()> {
        self.connections().idle_readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        if self.connections().writer.is_some() {
            self.with_writer(|connection| Ok(connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?))
                .await?;
            *self.connections().turn_to_write().await? = None;
        }
        Ok(())
    }
}

/// A panic goes on in whoever waits, where it is told in its own words; else the runtime ends.
fn interrupted(error: JoinError) -> StoreError {
    match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_) => StoreError::Interrupted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceKind;

    /// A step towards the lake that removes nothing, because a job wants the expiry or the lake has other rows, and one that
    /// does.
    #[tokio::test]
    async fn a_read_is_refused_only_where_candles_left_meanwhile() {
        let data = tempfile::TempDir::new().unwrap();
        let store = Store::open(data.path(), SourceKind::Other).await.unwrap();
        let connections = store.connections();
        let begun = connections.read(|_| {
            connections.set_archived(true);
            Ok(7)
        });
        assert_eq!(begun.unwrap(), 7);
        connections.set_archived(false);
        let writer = Connection::open(store.path()).unwrap();
        writer.pragma_update(None, "foreign_keys", "OFF").unwrap();
        let moved = connections.read(|_| {
            connections.set_archived(true);
            writer.execute(
                "INSERT INTO archived_expiry VALUES (1, '/lake', 'candles/x.parquet', 9, x'00', 1, 2)",
                [],
            )?;
            Ok(7)
        });
        assert!(matches!(moved, Err(StoreError::ArchivedMeanwhile)), "{moved:?}");
    }
}
