//! Moving the candles of an expiry into the lake and back. In the lake they are published already: what is moved is where
//! they are read from. Days, coverage, revisions and refused rows stay here, so nobody can tell but by where it lies.
//!
//! A step is one transaction of whole series, and after each the database is whole: a series is here or in the lake.
//! Whoever is cut off begins anew and finds what is left. Nothing is removed before the lake has been read and says the
//! same, row for row.

use market::{Day, EpochSeconds, Interval};
use rusqlite::{Connection, Row, params};

use crate::archive::{ArchiveError, ArchivedFile, rows_sha256};
use crate::archive_cache::ArchivedSeries;
use crate::candle_rows::insert_candles;
use crate::candles::candle_of_row;
use crate::columns::{count, expired_key, moment, parse_column};
use crate::error::{Result, StoreError};
use crate::price_scale::PriceScale;
use crate::pruning::{Prunable, WantedBy, wanted_by};
use crate::queries::{change, first_row, one_row, rows};
use crate::{ExpiryId, SeriesId, Store, UnderlyingId};

/// Candles of one step, but at least a series: it holds the writer for some hundredths of a second.
const CANDLES_MAX: u64 = 20_000;
const SERIES_MAX: u32 = 200;

/// An expiry whose candles lie in the lake, all or some of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivedExpiry {
    pub id: ExpiryId,
    pub underlying: UnderlyingId,
    pub date: Day,
    pub file: ArchivedFile,
    /// When the first candle was removed.
    pub at: EpochSeconds,
    /// In the lake alone.
    pub candles: u64,
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArchiveStep {
    Moved {
        candles: u64,
    },
    /// Nothing is left.
    Done,
    /// Nothing was removed: a job wants it.
    Wanted(WantedBy),
}

/// A series of an expiry with its rows here or there.
struct Movable {
    id: SeriesId,
    expired_key: String,
    interval: Interval,
    candles: u64,
}

impl Movable {
    fn of_row(row: &Row<'_>) -> Result<Self> {
        let expired_key = expired_key(row)?.to_string();
        let (interval, candles) = (parse_column(row, "interval")?, count(row, "candles")?);
        Ok(Self { id: SeriesId(row.get("id")?), expired_key, interval, candles })
    }
}

const MOVABLE: &str = "SELECT s.id, s.interval, s.candles, c.segment, c.exchange_token, c.key_date
     FROM contract c JOIN series s ON s.contract_id = c.id
     LEFT JOIN archived_series a ON a.series_id = s.id";

impl Store {
    /// The archived expiries, those of one underlying or all, newest first.
    pub async fn archived(&self, underlying: Option<UnderlyingId>) -> Result<Vec<ArchivedExpiry>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT e.id, e.underlying_id, e.date, x.place, x.path, x.bytes, x.sha256, x.at, x.candles
                 FROM archived_expiry x JOIN expiry e ON e.id = x.expiry_id
                 WHERE ?1 IS NULL OR e.underlying_id = ?1 ORDER BY e.date DESC, e.id",
                [underlying.map(|id| id.0)],
                archived_of_row,
            )
        })
        .await
    }

    pub async fn archived_expiry(&self, expiry: ExpiryId) -> Result<Option<ArchivedExpiry>> {
        self.read(move |connection| {
            first_row(
                connection,
                "SELECT e.id, e.underlying_id, e.date, x.place, x.path, x.bytes, x.sha256, x.at, x.candles
                 FROM archived_expiry x JOIN expiry e ON e.id = x.expiry_id WHERE x.expiry_id = ?",
                [expiry.0],
                archived_of_row,
            )
        })
        .await
    }

    /// Reads the whole of a file of the lake, and refuses one that is not what was published.
    pub async fn check_lake_file(&self, file: &ArchivedFile) -> Result<()> {
        let (cache, file) = (self.connections().archive(), file.clone());
        Ok(self.blocking(move || cache.check(&file)).await??)
    }

    /// Whether an expiry's candles lie in the lake, all or some of them.
    pub async fn is_archived(&self, expiry: ExpiryId) -> Result<bool> {
        Ok(self.archived_expiry(expiry).await?.is_some())
    }

    /// Candles of an expiry that are stored here.
    pub async fn candles_here(&self, expiry: ExpiryId) -> Result<u64> {
        self.read(move |connection| {
            let sql = format!(
                "SELECT coalesce(sum(candles), 0) FROM ({MOVABLE} WHERE c.expiry_id = ?1 AND a.series_id IS NULL)"
            );
            one_row(connection, &sql, [expiry.0], |row| Ok(count(row, 0)?))
        })
        .await
    }

    /// Moves some series of an expiry into a file of the lake that has them; `at` is when the whole began. The file is
    /// read first, and within the transaction its rows are held against those that are removed.
    pub async fn archive_step(
        &self,
        expiry: ExpiryId,
        file: &ArchivedFile,
        at: EpochSeconds,
    ) -> Result<ArchiveStep> {
        let next = self.next_series(expiry, "a.series_id IS NULL AND s.candles > 0").await?;
        if next.is_empty() {
            return Ok(ArchiveStep::Done);
        }
        let (cache, of) = (self.connections().archive(), file.clone());
        let read = move || {
            let found = |series: Movable| {
                let found = cache.found(&of, &series.expired_key, series.interval)?;
                Ok((series, found))
            };
            next.into_iter().map(found).collect::<Result<Vec<_>, ArchiveError>>()
        };
        let read = self.blocking(read).await??;
        let file = file.clone();
        // Whoever reads from now on looks into the lake too.
        self.connections().set_archived(true);
        self.write(move |transaction| {
            if let Some(wanted) = wanted_by(transaction, Prunable::Expiry(expiry))? {
                return Ok(ArchiveStep::Wanted(wanted));
            }
            let mut moved = 0;
            for (series, found) in read {
                let stored = rows_sha256(&stored_rows(transaction, series.id)?);
                match found.filter(|found| found.rows_sha256 == stored) {
                    Some(found) => move_out(transaction, expiry, at, series.id, &found)?,
                    // What was moved before it in this step is taken back.
                    None => return Err(differs(&file, &series.expired_key)),
                }
                moved += series.candles;
            }
            Ok(ArchiveStep::Moved { candles: moved })
        })
        .await
    }

    /// Brings some series of an expiry back from the lake.
    pub async fn unarchive_step(&self, expiry: ExpiryId) -> Result<ArchiveStep> {
        let Some(ArchivedExpiry { file, .. }) = self.archived_expiry(expiry).await? else {
            return Ok(ArchiveStep::Done);
        };
        let next = self.next_series(expiry, "a.series_id IS NOT NULL").await?;
        let cache = self.connections().archive();
        let known = self.read(move |connection| {
            let known = |series: Movable| Ok((series.id, archived_series(connection, &file, &series)?));
            next.into_iter().map(known).collect::<Result<Vec<_>>>()
        });
        let known = known.await?;
        let read = move || {
            let rows = |(id, series): (SeriesId, ArchivedSeries)| Ok((id, cache.rows(&series)?));
            known.into_iter().map(rows).collect::<Result<Vec<_>, ArchiveError>>()
        };
        let read = self.blocking(read).await??;
        let written = self.write(move |transaction| {
            let mut moved = 0;
            for (series, rows) in &read {
                change(transaction, "DELETE FROM archived_series WHERE series_id = ?", [series.0])?;
                insert_candles(transaction, *series, rows.candles())?;
                moved += rows.candles().len() as u64;
            }
            let sql = "UPDATE archived_expiry SET candles = candles - ?2 WHERE expiry_id = ?1";
            change(transaction, sql, params![expiry.0, moved as i64])?;
            let is_whole = change(
                transaction,
                "DELETE FROM archived_expiry WHERE expiry_id = ?1
                 AND NOT EXISTS (SELECT 1 FROM archived_series WHERE expiry_id = ?1)",
                [expiry.0],
            )?;
            if is_whole > 0 {
                let sql = "UPDATE lake_partition SET state = 'published' WHERE expiry_id = ? AND state = 'archived'";
                change(transaction, sql, [expiry.0])?;
            }
            Ok((moved, holds_archived(transaction)?))
        });
        let (moved, is_archived) = written.await?;
        // Whoever reads from now on need not look into the lake.
        self.connections().set_archived(is_archived);
        Ok(if moved == 0 { ArchiveStep::Done } else { ArchiveStep::Moved { candles: moved } })
    }

    /// The series of a step.
    async fn next_series(&self, expiry: ExpiryId, which: &'static str) -> Result<Vec<Movable>> {
        self.read(move |connection| {
            let sql = format!(
                "{MOVABLE} WHERE c.expiry_id = ?1 AND {which} ORDER BY c.kind, c.strike, c.id, s.id LIMIT {SERIES_MAX}"
            );
            let mut next = rows(connection, &sql, [expiry.0], Movable::of_row)?;
            let mut candles = 0;
            let fits = next.iter().take_while(|series| {
                candles += series.candles;
                candles <= CANDLES_MAX
            });
            let fits = fits.count().max(1);
            next.truncate(fits);
            Ok(next)
        })
        .await
    }
}

/// Whether anything is archived: then whoever reads looks into the lake too.
pub(crate) fn holds_archived(connection: &Connection) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM archived_expiry)";
    one_row(connection, sql, [], |row| Ok(row.get(0)?))
}

/// Nothing is written to what lies in the lake. An underlying's own series never does.
pub(crate) fn refuse_archived(connection: &Connection, series: SeriesId) -> Result<()> {
    let sql = "SELECT c.expiry_id FROM series s JOIN contract c ON c.id = s.contract_id WHERE s.id = ?";
    match first_row(connection, sql, [series.0], |row| Ok(ExpiryId(row.get(0)?)))? {
        Some(expiry) => refuse_archived_expiry(connection, expiry),
        None => Ok(()),
    }
}

pub(crate) fn refuse_archived_expiry(connection: &Connection, expiry: ExpiryId) -> Result<()> {
    let archived = first_row(
        connection,
        "SELECT u.name || ' ' || e.date FROM archived_expiry x JOIN expiry e ON e.id = x.expiry_id
         JOIN underlying u ON u.id = e.underlying_id WHERE x.expiry_id = ?",
        [expiry.0],
        |row| Ok(row.get(0)?),
    )?;
    match archived {
        Some(expiry) => Err(StoreError::Archived { expiry }),
        None => Ok(()),
    }
}

fn archived_of_row(row: &Row<'_>) -> Result<ArchivedExpiry> {
    Ok(ArchivedExpiry {
        id: ExpiryId(row.get(0)?),
        underlying: UnderlyingId(row.get(1)?),
        date: parse_column(row, 2)?,
        file: ArchivedFile {
            place: row.get(3)?,
            path: row.get(4)?,
            bytes: count(row, 5)?,
            sha256: row.get(6)?,
        },
        at: moment(row, 7)?,
        candles: count(row, 8)?,
    })
}

fn differs(file: &ArchivedFile, expired_key: &str) -> StoreError {
    StoreError::LakeDiffers { file: file.to_string(), expired_key: expired_key.to_owned() }
}

fn archived_series(connection: &Connection, file: &ArchivedFile, series: &Movable) -> Result<ArchivedSeries> {
    one_row(
        connection,
        "SELECT expired_key, first_group, last_group, rows_sha256 FROM archived_series WHERE series_id = ?",
        [series.id.0],
        |row| {
            Ok(ArchivedSeries {
                file: file.clone(),
                expired_key: row.get(0)?,
                interval: series.interval,
                groups: row.get(1)?..=row.get(2)?,
                rows_sha256: row.get(3)?,
            })
        },
    )
}

fn stored_rows(connection: &Connection, series: SeriesId) -> Result<Vec<market::Candle>> {
    let scale = PriceScale::of_series(connection, series)?;
    rows(
        connection,
        "SELECT ts, open, high, low, close, volume, open_interest FROM candle WHERE series_id = ? ORDER BY ts",
        [series.0],
        |row| Ok(candle_of_row(row, scale)?),
    )
}

fn move_out(
    connection: &Connection,
    expiry: ExpiryId,
    at: EpochSeconds,
    series: SeriesId,
    found: &ArchivedSeries,
) -> Result<()> {
    let ArchivedSeries { file, expired_key, groups, rows_sha256, .. } = found;
    let candles = change(connection, "DELETE FROM candle WHERE series_id = ?", [series.0])? as i64;
    let kept = change(
        connection,
        "INSERT INTO archived_expiry (expiry_id, place, path, bytes, sha256, at, candles)
         VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (expiry_id) DO UPDATE SET candles = candles + excluded.candles
         WHERE place = excluded.place AND path = excluded.path AND sha256 = excluded.sha256",
        params![expiry.0, file.place, file.path, file.bytes as i64, file.sha256, at.0, candles],
    )?;
    if kept == 0 {
        // What was moved before lies in another file.
        return Err(differs(file, expired_key));
    }
    let sql = "UPDATE lake_partition SET state = 'archived' WHERE expiry_id = ? AND place = ? AND state <> 'archived'";
    change(connection, sql, params![expiry.0, file.place])?;
    change(
        connection,
        "INSERT INTO archived_series (series_id, expiry_id, expired_key, first_group, last_group, rows_sha256)
         VALUES (?, ?, ?, ?, ?, ?)",
        params![series.0, expiry.0, expired_key, groups.start(), groups.end(), rows_sha256],
    )?;
    Ok(())
}
