//! Reading candles. The hot path of charts and files: it goes through rusqlite on a blocking thread, which
//! reads five times the rows a second that sqlx does. Other long reads use the same connections.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use market::{Candle, EpochSeconds, Interval, Paise, Prices};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use crate::error::{Result, StoreError};
use crate::{SeriesId, SeriesOwner, Store};

/// Idle connections that are kept for the next reader.
const IDLE_MAX: usize = 4;

pub(crate) struct CandleReaders {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl CandleReaders {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, idle: Mutex::new(Vec::new()) }
    }

    pub(crate) fn close(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn with<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connect(&self.path)?,
        };
        let answer = read(&connection)?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(connection);
        }
        Ok(answer)
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    Ok(connection)
}

impl Store {
    /// The series of a contract or an underlying in an interval, where one was ever collected.
    pub async fn series(&self, owner: SeriesOwner, interval: Interval) -> Result<Option<SeriesId>> {
        self.read(move |connection| {
            let found = connection
                .prepare_cached(
                    "SELECT id FROM series WHERE contract_id IS ? AND underlying_id IS ? AND interval = ?",
                )?
                .query_row(params![owner.contract(), owner.underlying(), interval.as_str()], |row| {
                    row.get(0).map(SeriesId)
                })
                .optional();
            Ok(found?)
        })
        .await
    }

    /// Candles with `from <= start < to`, oldest first.
    pub async fn candles(
        &self,
        series: SeriesId,
        from: EpochSeconds,
        to: EpochSeconds,
    ) -> Result<Vec<Candle>> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT ts, open, high, low, close, volume, open_interest FROM candle
                 WHERE series_id = ? AND ts >= ? AND ts < ? ORDER BY ts",
            )?;
            let candles = statement.query_map(params![series.0, from.0, to.0], candle_of_row)?;
            Ok(candles.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// Reads on a blocking thread.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let store = self.clone();
        let answer = tokio::task::spawn_blocking(move || store.candle_readers().with(read));
        answer.await.map_err(|_| StoreError::Interrupted)?
    }
}

fn candle_of_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Candle> {
    Ok(Candle {
        start: EpochSeconds(row.get(0)?),
        prices: Prices {
            open: Paise(row.get(1)?),
            high: Paise(row.get(2)?),
            low: Paise(row.get(3)?),
            close: Paise(row.get(4)?),
        },
        volume: row.get(5)?,
        open_interest: row.get(6)?,
    })
}
