//! A job's units as they are watched: how each expiry stands, the contracts of one expiry, what failed and why.
//!
//! Reads only. Every query is bounded by the caller and served by an index of `0004_watching.sql`.

use market::{ContractKind, Day, EpochSeconds, ExpiredKey, InstrumentKey, Interval, Paise, Strike};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::columns::parse;
use crate::error::{Result, StoreError};
use crate::units::UnitState;
use crate::{ContractId, ExpiryId, Store};

/// How an expiry of a job stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpiryUnits {
    pub expiry: ExpiryId,
    pub underlying: InstrumentKey,
    /// Of the underlying.
    pub name: String,
    pub date: Day,
    /// Of the listing of its contracts.
    pub listing: UnitState,
    pub listing_error: Option<String>,
    /// Brought by this job.
    pub done: u64,
    /// Whole before this job came to them.
    pub stored: u64,
    pub empty: u64,
    pub failed: u64,
    pub total: u64,
}

/// A contract of a job, as its unit stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractUnit {
    pub contract: ContractId,
    pub expired_key: ExpiredKey,
    pub kind: ContractKind,
    pub strike: Option<Strike>,
    pub state: UnitState,
    /// Requests of the last try; none where the contract was whole before this job.
    pub attempts: u32,
    pub error: Option<String>,
    /// Stored candles, whichever job brought them.
    pub candles: u64,
    /// The last event of the job about it.
    pub event: Option<i64>,
}

/// A reason with how many units failed for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureReason {
    pub reason: String,
    pub units: u64,
}

/// A unit that failed. Without a contract and a month it was an expiry's listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedUnit {
    pub underlying: InstrumentKey,
    /// Of the underlying.
    pub name: String,
    pub expiry: Day,
    pub contract: Option<(ExpiredKey, ContractKind, Option<Strike>)>,
    /// The first day of a month of the underlying itself.
    pub month: Option<Day>,
    pub reason: String,
    pub attempts: u32,
    /// When its job said so.
    pub at: Option<EpochSeconds>,
}

/// The key as events carry it; the same words as `contract_by_expired_key`.
macro_rules! expired_key {
    () => {
        "c.segment || '|' || c.exchange_token || '|' || substr(c.key_date, 9, 2) || '-' || substr(c.key_date, 6, 2)
            || '-' || substr(c.key_date, 1, 4)"
    };
}

impl Store {
    /// The first expiries of a job in its order, with the outcomes of their contracts.
    pub async fn expiry_units(&self, job: i64, most: u32) -> Result<Vec<ExpiryUnits>> {
        let rows = sqlx::query(
            "SELECT l.expiry_id, u.key, e.date, l.state, l.error,
                    count(*) FILTER (WHERE w.state = 'done' AND w.attempts > 0),
                    count(*) FILTER (WHERE w.state = 'done' AND w.attempts = 0),
                    count(*) FILTER (WHERE w.state = 'empty'), count(*) FILTER (WHERE w.state = 'failed'),
                    count(w.state), u.name
             FROM (SELECT job_id, expiry_id, position, state, error FROM job_unit
                   WHERE job_id = ? AND contract_id IS NULL AND month IS NULL ORDER BY position LIMIT ?) l
             JOIN expiry e ON e.id = l.expiry_id JOIN underlying u ON u.id = e.underlying_id
             LEFT JOIN job_unit w ON w.job_id = l.job_id AND w.expiry_id = l.expiry_id AND w.contract_id IS NOT NULL
             GROUP BY l.position ORDER BY l.position",
        )
        .bind(job)
        .bind(most)
        .fetch_all(self.readers())
        .await?;
        rows.iter()
            .map(|row| {
                let count = |at: usize| row.try_get::<i64, _>(at).map(i64::unsigned_abs);
                Ok(ExpiryUnits {
                    expiry: ExpiryId(row.try_get(0)?),
                    underlying: parse(row.try_get(1)?)?,
                    name: row.try_get(10)?,
                    date: parse(row.try_get(2)?)?,
                    listing: UnitState::parse(row.try_get(3)?)?,
                    listing_error: row.try_get(4)?,
                    done: count(5)?,
                    stored: count(6)?,
                    empty: count(7)?,
                    failed: count(8)?,
                    total: count(9)?,
                })
            })
            .collect()
    }

    /// The expiry of the first contract that a job has still to bring.
    pub async fn next_expiry(&self, job: i64) -> Result<Option<ExpiryId>> {
        let row = sqlx::query(
            "SELECT expiry_id FROM job_unit WHERE job_id = ? AND state = 'pending' AND contract_id IS NOT NULL
             ORDER BY position LIMIT 1",
        )
        .bind(job)
        .fetch_optional(self.readers())
        .await?;
        Ok(row.map(|row| row.try_get(0).map(ExpiryId)).transpose()?)
    }

    /// The contracts that a job has of an expiry: the future first, then by strike, call before put.
    pub async fn contract_units(
        &self,
        job: i64,
        expiry: ExpiryId,
        interval: Interval,
    ) -> Result<Vec<ContractUnit>> {
        let rows = sqlx::query(concat!(
            "SELECT c.segment, c.exchange_token, c.key_date, c.kind, c.strike, c.id, w.state, w.attempts, w.error,
                    (SELECT coalesce(sum(d.candles), 0) FROM series s JOIN series_day d ON d.series_id = s.id
                     WHERE s.contract_id = c.id AND s.interval = ?3),
                    (SELECT max(v.id) FROM job_event v WHERE v.job_id = w.job_id AND v.expired_key = ",
            expired_key!(),
            ")
             FROM contract c JOIN job_unit w ON w.job_id = ?1 AND w.contract_id = c.id
             WHERE c.expiry_id = ?2 ORDER BY c.strike, c.kind"
        ))
        .bind(job)
        .bind(expiry.0)
        .bind(interval.as_str())
        .fetch_all(self.readers())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(ContractUnit {
                    expired_key: key_of_row(row)?,
                    kind: parse(row.try_get(3)?)?,
                    strike: strike_of_row(row)?,
                    contract: ContractId(row.try_get(5)?),
                    state: UnitState::parse(row.try_get(6)?)?,
                    attempts: row.try_get(7)?,
                    error: row.try_get(8)?,
                    candles: row.try_get::<i64, _>(9)?.unsigned_abs(),
                    event: row.try_get(10)?,
                })
            })
            .collect()
    }

    /// Why units of a job failed, the most frequent reason first.
    pub async fn failure_reasons(&self, job: i64, most: u32) -> Result<Vec<FailureReason>> {
        let rows = sqlx::query(
            "SELECT coalesce(error, ''), count(*) FROM job_unit WHERE job_id = ? AND state = 'failed'
             GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?",
        )
        .bind(job)
        .bind(most)
        .fetch_all(self.readers())
        .await?;
        let reason = |row: &SqliteRow| {
            Ok(FailureReason { reason: row.try_get(0)?, units: row.try_get::<i64, _>(1)?.unsigned_abs() })
        };
        rows.iter().map(reason).collect()
    }

    /// The units of a job that failed, those of one reason together, else in the order of the job.
    pub async fn failed_units(&self, job: i64, most: u32) -> Result<Vec<FailedUnit>> {
        let rows = sqlx::query(concat!(
            "SELECT c.segment, c.exchange_token, c.key_date, c.kind, c.strike, u.key, e.date,
                    coalesce(w.error, '') AS reason, w.attempts,
                    (SELECT v.at FROM job_event v WHERE v.id = (SELECT max(x.id) FROM job_event x
                     WHERE x.job_id = w.job_id AND x.expired_key = ",
            expired_key!(),
            ")), u.name, w.month
             FROM job_unit w JOIN expiry e ON e.id = w.expiry_id JOIN underlying u ON u.id = e.underlying_id
             LEFT JOIN contract c ON c.id = w.contract_id
             WHERE w.job_id = ? AND w.state = 'failed' ORDER BY reason, w.position LIMIT ?"
        ))
        .bind(job)
        .bind(most)
        .fetch_all(self.readers())
        .await?;
        rows.iter()
            .map(|row| {
                let kind = row.try_get::<Option<&str>, _>(3)?.map(parse).transpose()?;
                let contract = match kind {
                    Some(kind) => Some((key_of_row(row)?, kind, strike_of_row(row)?)),
                    None => None,
                };
                Ok(FailedUnit {
                    underlying: parse(row.try_get(5)?)?,
                    name: row.try_get(10)?,
                    expiry: parse(row.try_get(6)?)?,
                    contract,
                    month: row.try_get::<Option<&str>, _>(11)?.map(parse).transpose()?,
                    reason: row.try_get(7)?,
                    attempts: row.try_get(8)?,
                    at: row.try_get::<Option<i64>, _>(9)?.map(EpochSeconds),
                })
            })
            .collect()
    }
}

/// Segment, token and date in the first three columns.
fn key_of_row(row: &SqliteRow) -> Result<ExpiredKey> {
    let segment = row.try_get::<&str, _>(0)?;
    let segment = segment.parse().map_err(|()| StoreError::unreadable(format!("segment {segment}")))?;
    let date = parse(row.try_get(2)?)?;
    ExpiredKey::new(segment, row.try_get(1)?, date).map_err(StoreError::unreadable)
}

/// In the fifth column.
fn strike_of_row(row: &SqliteRow) -> Result<Option<Strike>> {
    Ok(row.try_get::<Option<i64>, _>(4)?.map(|paise| Strike(Paise(paise))))
}
