//! The pages of the database file: how many hold nothing, and giving those back to the disk.

use rusqlite::Connection;

use crate::Store;
use crate::columns::{count, parse_column};
use crate::error::Result;
use crate::expiries::underlying_of_row;
use crate::queries::{one_row, rows};
use crate::{ExpiryId, UnderlyingId};
use market::{Day, Underlying};

/// Pages of the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PageCounts {
    pub page_bytes: u64,
    pub pages: u64,
    /// Those that hold nothing any more, and that the next rows would take.
    pub free: u64,
}

/// An underlying with its candles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CandlesOf {
    pub id: UnderlyingId,
    pub underlying: Underlying,
    /// Of its contracts, here.
    pub contracts: u64,
    /// Its own.
    pub own: u64,
    /// Of its contracts, in the lake alone.
    pub archived: u64,
}

/// An expiry with its candles of all intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CandlesOfExpiry {
    pub id: ExpiryId,
    pub date: Day,
    /// Here.
    pub candles: u64,
    /// In the lake alone.
    pub archived: u64,
}

impl PageCounts {
    pub fn free_bytes(self) -> u64 {
        self.free * self.page_bytes
    }

    pub fn bytes_in_use(self) -> u64 {
        self.pages.saturating_sub(self.free) * self.page_bytes
    }
}

impl Store {
    pub async fn page_counts(&self) -> Result<PageCounts> {
        self.read(page_counts).await
    }

    /// Gives so many free pages back to the disk, at the end of the file. How many are still free.
    pub async fn give_back_pages(&self, most: u32) -> Result<u64> {
        self.with_writer(move |connection| {
            {
                let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({most})"))?;
                let mut rows = statement.query([])?;
                // A page a row.
                while rows.next()?.is_some() {}
            }
            Ok(page_counts(connection)?.free)
        })
        .await
    }

    /// Folds the whole write-ahead log into the file, which is cut to its length then. Whether it could be: whoever
    /// reads what was before keeps it, and then it is done by itself later.
    pub async fn fold_log(&self) -> Result<bool> {
        self.with_writer(|connection| {
            one_row(connection, "PRAGMA wal_checkpoint(TRUNCATE)", [], |row| Ok(row.get::<_, i64>(0)? == 0))
        })
        .await
    }

    /// Every underlying with candles, those of most first. Of totals alone: no candle is looked at.
    pub async fn candles_by_underlying(&self) -> Result<Vec<CandlesOf>> {
        self.read(|connection| {
            rows(
                connection,
                "SELECT * FROM (
                     SELECT u.id, u.key, u.symbol, u.name, u.kind,
                            (SELECT coalesce(sum(t.candles), 0) FROM expiry e
                             JOIN expiry_series t ON t.expiry_id = e.id WHERE e.underlying_id = u.id) AS contracts,
                            (SELECT coalesce(sum(x.candles), 0) FROM expiry e
                             JOIN archived_expiry x ON x.expiry_id = e.id WHERE e.underlying_id = u.id) AS archived,
                            (SELECT coalesce(sum(s.candles), 0) FROM series s WHERE s.underlying_id = u.id) AS own
                     FROM underlying u)
                 WHERE contracts + own > 0 ORDER BY contracts - archived + own DESC, id",
                [],
                |row| {
                    let (id, underlying) = underlying_of_row(row)?;
                    let (contracts, archived) = (count(row, "contracts")?, count(row, "archived")?);
                    let (contracts, own) = (contracts.saturating_sub(archived), count(row, "own")?);
                    Ok(CandlesOf { id, underlying, contracts, own, archived })
                },
            )
        })
        .await
    }

    /// The expiries of an underlying with candles of all intervals, newest first. Of totals alone.
    pub async fn candles_by_expiry(&self, underlying: UnderlyingId) -> Result<Vec<CandlesOfExpiry>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT e.id, e.date, sum(t.candles),
                        coalesce((SELECT x.candles FROM archived_expiry x WHERE x.expiry_id = e.id), 0)
                 FROM expiry e JOIN expiry_series t ON t.expiry_id = e.id WHERE e.underlying_id = ? GROUP BY e.id HAVING sum(t.candles) > 0 ORDER BY e.date DESC",
                [underlying.0],
                |row| {
                    let (id, date, archived) = (ExpiryId(row.get(0)?), parse_column(row, 1)?, count(row, 3)?);
                    Ok(CandlesOfExpiry { id, date, candles: count(row, 2)?.saturating_sub(archived), archived })
                },
            )
        })
        .await
    }
}

fn page_counts(connection: &Connection) -> Result<PageCounts> {
    one_row(
        connection,
        "SELECT page_size, page_count, freelist_count
         FROM pragma_page_size(), pragma_page_count(), pragma_freelist_count()",
        [],
        |row| Ok(PageCounts { page_bytes: count(row, 0)?, pages: count(row, 1)?, free: count(row, 2)? }),
    )
}
