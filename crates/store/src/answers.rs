//! Keeping the broker's answers. Candles, the coverage that accounts for them, the audit row that they rest
//! on and the job's counters change in one transaction: after a crash all of it is there, or none.

use std::collections::BTreeMap;

use market::{Candle, Day, DayRange, EpochSeconds, Interval, Paise, Prices};
use sqlx::{Connection, Row, SqliteConnection};

use crate::batch;
use crate::empties::empties_so_far;
use crate::error::{Result, StoreError};
use crate::jobs::{NewEvent, insert_events};
use crate::units::{UnitEnd, end_unit};
use crate::{RequestId, SeriesId, SeriesOwner, Store};

/// One request to the broker, as `fetch_audit` keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    pub at: EpochSeconds,
    pub job: Option<i64>,
    pub endpoint: &'static str,
    pub key: String,
    pub interval: Option<Interval>,
    pub range: Option<DayRange>,
    /// `None`: no answer came.
    pub status: Option<u16>,
    /// The broker's error code, or the kind of fault.
    pub code: Option<String>,
    pub rows: u64,
    /// Of the decoded body.
    pub bytes: u64,
    pub sha256: Option<[u8; 32]>,
    pub duration_ms: u64,
    pub attempt: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Rows,
    Empty,
    /// Answered without a row, and not yet often enough to be believed.
    EmptyUnconfirmed,
}

impl Outcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Empty => "empty",
            Self::EmptyUnconfirmed => "empty_unconfirmed",
        }
    }

    pub(crate) fn parse(text: &str) -> Result<Self> {
        [Self::Rows, Self::Empty, Self::EmptyUnconfirmed]
            .into_iter()
            .find(|outcome| outcome.as_str() == text)
            .ok_or_else(|| StoreError::unreadable(format!("outcome {text}")))
    }
}

/// Days that an answer accounts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnsweredRange {
    pub range: DayRange,
    pub outcome: Outcome,
    /// The answer came before the days were final.
    pub provisional: bool,
}

/// A row that cannot be true, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    pub raw: String,
    pub reason: String,
}

/// An answer with candles, ready to be kept.
#[derive(Clone, Debug)]
pub struct NewAnswer {
    pub owner: SeriesOwner,
    pub interval: Interval,
    pub audit: AuditEntry,
    pub ranges: Vec<AnsweredRange>,
    /// Oldest first, one row a moment.
    pub candles: Vec<Candle>,
    pub quarantined: Vec<Quarantined>,
    pub unit_end: Option<UnitEnd>,
    pub events: Vec<NewEvent>,
}

/// What keeping an answer changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    pub request: RequestId,
    pub inserted: u64,
    /// Stored rows that the answer changed; the old ones stand in `revision`.
    pub revised: u64,
}

impl Store {
    /// Keeps the trace of a request that brought no candles: a listing, or a fault.
    pub async fn record_request(&self, audit: &AuditEntry, events: &[NewEvent]) -> Result<RequestId> {
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
        let request = insert_audit(&mut transaction, audit).await?;
        insert_events(&mut transaction, events).await?;
        transaction.commit().await?;
        Ok(request)
    }

    pub async fn commit_answer(&self, answer: &NewAnswer) -> Result<Committed> {
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
        let request = insert_audit(&mut transaction, &answer.audit).await?;
        let series = series_of(&mut transaction, answer.owner, answer.interval).await?;
        let (inserted, revised) = put_candles(&mut transaction, series, &answer.candles, request).await?;
        for range in &answer.ranges {
            put_range(&mut transaction, series, range, request).await?;
        }
        for row in &answer.quarantined {
            sqlx::query("INSERT INTO quarantine (series_id, raw, reason, request_id) VALUES (?, ?, ?, ?)")
                .bind(series.0)
                .bind(&row.raw)
                .bind(&row.reason)
                .bind(request.0)
                .execute(&mut *transaction)
                .await?;
        }
        if let Some(job) = answer.audit.job {
            let sql = match answer.owner {
                SeriesOwner::Contract(_) => "UPDATE job SET candles = candles + ? WHERE id = ?",
                SeriesOwner::Underlying(_) => {
                    "UPDATE job SET underlying_candles = underlying_candles + ? WHERE id = ?"
                }
            };
            sqlx::query(sql).bind(inserted as i64).bind(job).execute(&mut *transaction).await?;
        }
        if let Some(end) = &answer.unit_end {
            end_unit(&mut transaction, end).await?;
        }
        insert_events(&mut transaction, &answer.events).await?;
        transaction.commit().await?;
        Ok(Committed { request, inserted, revised })
    }
}

async fn insert_audit(connection: &mut SqliteConnection, audit: &AuditEntry) -> Result<RequestId> {
    let done = sqlx::query(
        "INSERT INTO fetch_audit (at, job_id, endpoint, key, interval, from_day, to_day, status, code, rows,
                                  bytes, sha256, duration_ms, attempt)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(audit.at.0)
    .bind(audit.job)
    .bind(audit.endpoint)
    .bind(&audit.key)
    .bind(audit.interval.map(Interval::as_str))
    .bind(audit.range.map(|range| range.from().to_string()))
    .bind(audit.range.map(|range| range.to().to_string()))
    .bind(audit.status)
    .bind(&audit.code)
    .bind(audit.rows as i64)
    .bind(audit.bytes as i64)
    .bind(audit.sha256.as_ref().map(|hash| hash.as_slice()))
    .bind(audit.duration_ms as i64)
    .bind(audit.attempt)
    .execute(&mut *connection)
    .await?;
    if let Some(job) = audit.job {
        sqlx::query("UPDATE job SET requests = requests + 1, errors = errors + ? WHERE id = ?")
            .bind(i64::from(audit.code.is_some()))
            .bind(job)
            .execute(connection)
            .await?;
    }
    Ok(RequestId(done.last_insert_rowid()))
}

async fn series_of(
    connection: &mut SqliteConnection,
    owner: SeriesOwner,
    interval: Interval,
) -> Result<SeriesId> {
    sqlx::query(
        "INSERT INTO series (contract_id, underlying_id, interval) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    )
    .bind(owner.contract())
    .bind(owner.underlying())
    .bind(interval.as_str())
    .execute(&mut *connection)
    .await?;
    let row =
        sqlx::query("SELECT id FROM series WHERE contract_id IS ? AND underlying_id IS ? AND interval = ?")
            .bind(owner.contract())
            .bind(owner.underlying())
            .bind(interval.as_str())
            .fetch_one(connection)
            .await?;
    Ok(SeriesId(row.try_get(0)?))
}

/// Days of the range that were accounted for before keep the newest answer only.
async fn put_range(
    connection: &mut SqliteConnection,
    series: SeriesId,
    answered: &AnsweredRange,
    request: RequestId,
) -> Result<()> {
    let (from, to) = (answered.range.from().to_string(), answered.range.to().to_string());
    let empties = match answered.outcome {
        Outcome::Rows => 0,
        Outcome::Empty | Outcome::EmptyUnconfirmed => {
            empties_so_far(connection, series, &from, &to).await? + 1
        }
    };
    sqlx::query(
        "DELETE FROM fetched_range WHERE series_id = ? AND from_day >= ? AND to_day <= ?
           AND (provisional = 1 OR outcome = 'empty_unconfirmed')",
    )
    .bind(series.0)
    .bind(&from)
    .bind(&to)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO fetched_range (series_id, from_day, to_day, outcome, provisional, empties, request_id)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(series.0)
    .bind(from)
    .bind(to)
    .bind(answered.outcome.as_str())
    .bind(answered.provisional)
    .bind(empties)
    .bind(request.0)
    .execute(connection)
    .await?;
    Ok(())
}

async fn put_candles(
    connection: &mut SqliteConnection,
    series: SeriesId,
    candles: &[Candle],
    request: RequestId,
) -> Result<(u64, u64)> {
    let (Some(first), Some(last)) = (candles.first(), candles.last()) else { return Ok((0, 0)) };
    let known = stored_between(connection, series, first.start, last.start).await?;
    let is_new = |candle: &&Candle| !known.contains_key(&candle.start);
    let fresh: Vec<&Candle> = candles.iter().filter(is_new).collect();
    insert_candles(connection, series, &fresh).await?;
    let mut revised = 0;
    for candle in candles {
        if let Some(old) = known.get(&candle.start).filter(|old| *old != candle) {
            revise(connection, series, old, candle, request).await?;
            revised += 1;
        }
    }
    if known.is_empty() {
        put_days(connection, series, &days_of(candles)).await?;
    } else if !fresh.is_empty() || revised > 0 {
        recount_days(connection, series, first.start.day(), last.start.day()).await?;
    }
    Ok((fresh.len() as u64, revised))
}

async fn stored_between(
    connection: &mut SqliteConnection,
    series: SeriesId,
    from: EpochSeconds,
    to: EpochSeconds,
) -> Result<BTreeMap<EpochSeconds, Candle>> {
    let rows = sqlx::query(
        "SELECT ts, open, high, low, close, volume, open_interest FROM candle
         WHERE series_id = ? AND ts BETWEEN ? AND ?",
    )
    // Whole days, because the days' counts are made anew where any of their rows is known.
    .bind(series.0)
    .bind(from.day().start().0)
    .bind(to.day().next().start().0 - 1)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let start = EpochSeconds(row.try_get(0)?);
            let prices = Prices {
                open: Paise(row.try_get(1)?),
                high: Paise(row.try_get(2)?),
                low: Paise(row.try_get(3)?),
                close: Paise(row.try_get(4)?),
            };
            Ok((start, Candle { start, prices, volume: row.try_get(5)?, open_interest: row.try_get(6)? }))
        })
        .collect()
}

async fn insert_candles(connection: &mut SqliteConnection, series: SeriesId, rows: &[&Candle]) -> Result<()> {
    batch::insert(connection, "INSERT INTO candle", 8, rows, |query, candle| {
        query
            .bind(series.0)
            .bind(candle.start.0)
            .bind(candle.prices.open.0)
            .bind(candle.prices.high.0)
            .bind(candle.prices.low.0)
            .bind(candle.prices.close.0)
            .bind(candle.volume)
            .bind(candle.open_interest)
    })
    .await
}

async fn revise(
    connection: &mut SqliteConnection,
    series: SeriesId,
    old: &Candle,
    new: &Candle,
    request: RequestId,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO revision (series_id, ts, open, high, low, close, volume, open_interest, old_request_id, new_request_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,
                 (SELECT request_id FROM fetched_range WHERE series_id = ?1 AND from_day <= ?9 AND to_day >= ?9
                  ORDER BY id DESC LIMIT 1), ?10)",
    )
    .bind(series.0)
    .bind(old.start.0)
    .bind(old.prices.open.0)
    .bind(old.prices.high.0)
    .bind(old.prices.low.0)
    .bind(old.prices.close.0)
    .bind(old.volume)
    .bind(old.open_interest)
    .bind(old.start.day().to_string())
    .bind(request.0)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "UPDATE candle SET open = ?, high = ?, low = ?, close = ?, volume = ?, open_interest = ?
         WHERE series_id = ? AND ts = ?",
    )
    .bind(new.prices.open.0)
    .bind(new.prices.high.0)
    .bind(new.prices.low.0)
    .bind(new.prices.close.0)
    .bind(new.volume)
    .bind(new.open_interest)
    .bind(series.0)
    .bind(new.start.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// A row of `series_day`.
struct DayCount {
    day: Day,
    candles: i64,
    first: EpochSeconds,
    last: EpochSeconds,
    zero_volume: i64,
    volume: i64,
    open_interest: i64,
}

fn days_of(candles: &[Candle]) -> Vec<DayCount> {
    let mut days: Vec<DayCount> = Vec::new();
    for candle in candles {
        let day = candle.start.day();
        if days.last().is_none_or(|count| count.day != day) {
            days.push(DayCount {
                day,
                candles: 0,
                first: candle.start,
                last: candle.start,
                zero_volume: 0,
                volume: 0,
                open_interest: 0,
            });
        }
        let Some(count) = days.last_mut() else { continue };
        count.candles += 1;
        count.last = candle.start;
        count.zero_volume += i64::from(candle.volume == 0);
        count.volume += candle.volume;
        count.open_interest = candle.open_interest;
    }
    days
}

async fn put_days(connection: &mut SqliteConnection, series: SeriesId, days: &[DayCount]) -> Result<()> {
    batch::insert(connection, "INSERT OR REPLACE INTO series_day", 8, days, |query, count| {
        query
            .bind(series.0)
            .bind(count.day.to_string())
            .bind(count.candles)
            .bind(count.first.0)
            .bind(count.last.0)
            .bind(count.zero_volume)
            .bind(count.volume)
            .bind(count.open_interest)
    })
    .await
}

/// Counts the stored rows themselves: some of them came with an earlier answer.
async fn recount_days(connection: &mut SqliteConnection, series: SeriesId, from: Day, to: Day) -> Result<()> {
    let stored = stored_between(connection, series, from.start(), to.start()).await?;
    let candles: Vec<Candle> = stored.into_values().collect();
    put_days(connection, series, &days_of(&candles)).await
}
