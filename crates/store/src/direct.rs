//! Connections of rusqlite, used on blocking threads: for what is hot. They read five times the rows a second
//! that sqlx does, and a whole answer is kept without one change of threads in between.
//!
//! There is still one writer at a time: whoever writes here holds the turn of the writer of sqlx.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use tokio::task::JoinError;

use crate::Store;
use crate::error::{Result, StoreError};
use crate::open::BUSY_TIMEOUT;

/// Idle connections that are kept for the next reader.
const IDLE_READERS_MAX: usize = 4;
/// More than there are statements on this way.
const PREPARED_STATEMENTS_MAX: usize = 64;

pub(crate) struct DirectConnections {
    path: PathBuf,
    idle_readers: Mutex<Vec<Connection>>,
    /// Opened by the first write.
    idle_writer: Mutex<Option<Connection>>,
}

impl DirectConnections {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, idle_readers: Mutex::default(), idle_writer: Mutex::default() }
    }

    pub(crate) fn close(&self) {
        self.idle_readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        *self.idle_writer.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let idle = self.idle_readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connect_reader(&self.path)?,
        };
        let answer = read(&connection)?;
        let mut idle = self.idle_readers.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_READERS_MAX {
            idle.push(connection);
        }
        Ok(answer)
    }

    /// A connection that met an error is not used again: it may have lost its transaction with it.
    fn write<T>(&self, write: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        let idle = self.idle_writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut connection = match idle {
            Some(connection) => connection,
            None => connect_writer(&self.path)?,
        };
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let answer = write(&transaction)?;
        transaction.commit()?;
        *self.idle_writer.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection);
        Ok(answer)
    }
}

fn connect_reader(path: &Path) -> rusqlite::Result<Connection> {
    connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

/// As the writer of sqlx is opened, which has made the file and what stands in it for good.
fn connect_writer(path: &Path) -> rusqlite::Result<Connection> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.execute_batch(
        "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA synchronous = NORMAL;
         PRAGMA cache_size = -32000;",
    )?;
    Ok(connection)
}

fn connect(path: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS_MAX);
    Ok(connection)
}

impl Store {
    /// Reads on a blocking thread.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let store = self.clone();
        let answer = tokio::task::spawn_blocking(move || store.direct().read(read));
        answer.await.map_err(interrupted)?
    }

    /// Writes in one transaction on a blocking thread. It ends as a whole even where nobody waits for it any
    /// more, and the next writer waits for that.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = self.writer().await?;
        let store = self.clone();
        let answer = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            store.direct().write(write)
        });
        answer.await.map_err(interrupted)?
    }
}

/// A panic goes on in whoever waits, where it is told in its own words; else the runtime ends.
fn interrupted(error: JoinError) -> StoreError {
    match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_) => StoreError::Interrupted,
    }
}
