//! A job's units as they are watched: how each expiry stands, the contracts of one expiry, what failed and why.
//!
//! Reads only. Every query is bounded by the caller and served by an index of `0004_watching.sql`.

use market::{ContractKind, Day, EpochSeconds, ExpiredKey, InstrumentKey, Interval, Strike};
use rusqlite::{Row, params};

use crate::columns::{count, expired_key, moment_if_any, parse_column, parse_if_any, strike, text};
use crate::contracts::EXPIRED_KEY;
use crate::error::Result;
use crate::queries::{first_row, rows};
use crate::units::UnitState;
use crate::{ContractId, ExpiryId, Store};

/// How an expiry of a job stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpiryUnits {
    pub expiry: ExpiryId,
    pub underlying: InstrumentKey,
    /// Of the underlying, as `symbol` is.
    pub name: String,
    pub symbol: String,
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
    /// Options that its listing left out.
    pub left_out: u64,
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

impl Store {
    /// The first expiries of a job in its order, with the outcomes of their contracts.
    pub async fn expiry_units(&self, job: i64, most: u32) -> Result<Vec<ExpiryUnits>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT l.expiry_id, u.key, u.name, u.symbol, e.date, l.state, l.error, l.left_out,
                        count(*) FILTER (WHERE w.state = 'done' AND w.attempts > 0) AS done,
                        count(*) FILTER (WHERE w.state = 'done' AND w.attempts = 0) AS stored,
                        count(*) FILTER (WHERE w.state = 'empty') AS empty,
                        count(*) FILTER (WHERE w.state = 'failed') AS failed, count(w.state) AS total
                 FROM (SELECT job_id, expiry_id, position, state, error, left_out FROM job_unit
                       WHERE job_id = ? AND contract_id IS NULL AND month IS NULL ORDER BY position LIMIT ?) l
                 JOIN expiry e ON e.id = l.expiry_id JOIN underlying u ON u.id = e.underlying_id
                 LEFT JOIN job_unit w
                     ON w.job_id = l.job_id AND w.expiry_id = l.expiry_id AND w.contract_id IS NOT NULL
                 GROUP BY l.position ORDER BY l.position",
                params![job, most],
                expiry_of_row,
            )
        })
        .await
    }

    /// The expiry of the first contract that a job has still to bring.
    pub async fn next_expiry(&self, job: i64) -> Result<Option<ExpiryId>> {
        self.read(move |connection| {
            first_row(
                connection,
                "SELECT expiry_id FROM job_unit WHERE job_id = ? AND state = 'pending' AND contract_id IS NOT NULL
                 ORDER BY position LIMIT 1",
                [job],
                |row| Ok(ExpiryId(row.get(0)?)),
            )
        })
        .await
    }

    /// The contracts that a job has of an expiry: the future first, then by strike, call before put.
    pub async fn contract_units(
        &self,
        job: i64,
        expiry: ExpiryId,
        interval: Interval,
    ) -> Result<Vec<ContractUnit>> {
        self.read(move |connection| {
            let sql = format!(
                "SELECT c.segment, c.exchange_token, c.key_date, c.kind, c.strike, c.id, w.state, w.attempts, w.error,
                        (SELECT coalesce(sum(d.candles), 0) FROM series s JOIN series_day d ON d.series_id = s.id
                         WHERE s.contract_id = c.id AND s.interval = ?3) AS candles,
                        (SELECT max(v.id) FROM job_event v
                         WHERE v.job_id = w.job_id AND v.expired_key = {EXPIRED_KEY}) AS event
                 FROM contract c JOIN job_unit w ON w.job_id = ?1 AND w.contract_id = c.id
                 WHERE c.expiry_id = ?2 ORDER BY c.strike, c.kind"
            );
            rows(connection, &sql, params![job, expiry.0, interval.as_str()], contract_of_row)
        })
        .await
    }

    /// Why units of a job failed, the most frequent reason first.
    pub async fn failure_reasons(&self, job: i64, most: u32) -> Result<Vec<FailureReason>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT coalesce(error, ''), count(*) FROM job_unit WHERE job_id = ? AND state = 'failed'
                 GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?",
                params![job, most],
                |row| Ok(FailureReason { reason: row.get(0)?, units: count(row, 1)? }),
            )
        })
        .await
    }

    /// The units of a job that failed, those of one reason together, else in the order of the job.
    pub async fn failed_units(&self, job: i64, most: u32) -> Result<Vec<FailedUnit>> {
        self.read(move |connection| {
            let sql = format!(
                "SELECT c.segment, c.exchange_token, c.key_date, c.kind, c.strike, u.key, u.name, e.date,
                        coalesce(w.error, '') AS reason, w.attempts, w.month,
                        (SELECT v.at FROM job_event v WHERE v.id = (SELECT max(x.id) FROM job_event x
                         WHERE x.job_id = w.job_id AND x.expired_key = {EXPIRED_KEY})) AS at
                 FROM job_unit w JOIN expiry e ON e.id = w.expiry_id JOIN underlying u ON u.id = e.underlying_id
                 LEFT JOIN contract c ON c.id = w.contract_id
                 WHERE w.job_id = ? AND w.state = 'failed' ORDER BY reason, w.position LIMIT ?"
            );
            rows(connection, &sql, params![job, most], failed_of_row)
        })
        .await
    }
}

fn expiry_of_row(row: &Row<'_>) -> Result<ExpiryUnits> {
    Ok(ExpiryUnits {
        expiry: ExpiryId(row.get("expiry_id")?),
        underlying: parse_column(row, "key")?,
        name: row.get("name")?,
        symbol: row.get("symbol")?,
        date: parse_column(row, "date")?,
        listing: UnitState::parse(text(row, "state")?)?,
        listing_error: row.get("error")?,
        done: count(row, "done")?,
        stored: count(row, "stored")?,
        empty: count(row, "empty")?,
        failed: count(row, "failed")?,
        total: count(row, "total")?,
        left_out: count(row, "left_out")?,
    })
}

fn contract_of_row(row: &Row<'_>) -> Result<ContractUnit> {
    Ok(ContractUnit {
        contract: ContractId(row.get("id")?),
        expired_key: expired_key(row)?,
        kind: parse_column(row, "kind")?,
        strike: strike(row, "strike")?,
        state: UnitState::parse(text(row, "state")?)?,
        attempts: row.get("attempts")?,
        error: row.get("error")?,
        candles: count(row, "candles")?,
        event: row.get("event")?,
    })
}

fn failed_of_row(row: &Row<'_>) -> Result<FailedUnit> {
    let contract = match parse_if_any(row, "kind")? {
        Some(kind) => Some((expired_key(row)?, kind, strike(row, "strike")?)),
        None => None,
    };
    Ok(FailedUnit {
        underlying: parse_column(row, "key")?,
        name: row.get("name")?,
        expiry: parse_column(row, "date")?,
        contract,
        month: parse_if_any(row, "month")?,
        reason: row.get("reason")?,
        attempts: row.get("attempts")?,
        at: moment_if_any(row, "at")?,
    })
}
