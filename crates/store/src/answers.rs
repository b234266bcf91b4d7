//! Keeping the broker's answers. Candles, the coverage that accounts for them, the audit row that they rest
//! on and the job's counters change in one transaction: after a crash all of it is there, or none.

use market::{Candle, DayRange, EpochSeconds, Interval};
use rusqlite::{Connection, params};

use crate::archiving::refuse_archived;
use crate::candle_rows::put_candles;
use crate::candles::find_series;
use crate::empties::empties_so_far;
use crate::error::{Result, StoreError};
use crate::events::{NewEvent, insert_events};
use crate::imports::give_way;
use crate::quarantine::{Place, Quarantined, put_quarantined, settle_candles};
use crate::queries::change;
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

impl AnsweredRange {
    /// Final and confirmed: no later answer of the broker's will differ. Queries say it as `IS_FOR_GOOD`.
    pub fn is_for_good(&self) -> bool {
        !self.provisional && self.outcome != Outcome::EmptyUnconfirmed
    }
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
    pub events: Vec<NewEvent>,
}

/// What keeping an answer changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    pub request: RequestId,
    pub inserted: u64,
    /// Stored rows that the answer changed; the old ones stand in `revision`.
    pub revised: u64,
    /// The answer's, handed back.
    pub candles: Vec<Candle>,
}

impl Store {
    /// Keeps the trace of a request that brought no candles: a listing, or a fault.
    pub async fn record_request(&self, audit: AuditEntry, events: Vec<NewEvent>) -> Result<RequestId> {
        self.write(move |transaction| {
            let request = insert_audit(transaction, &audit)?;
            insert_events(transaction, &events)?;
            Ok(request)
        })
        .await
    }

    pub async fn commit_answer(&self, answer: NewAnswer) -> Result<Committed> {
        self.write(move |transaction| keep(transaction, answer)).await
    }
}

fn keep(connection: &Connection, answer: NewAnswer) -> Result<Committed> {
    let request = insert_audit(connection, &answer.audit)?;
    let series = series_of(connection, answer.owner, answer.interval)?;
    give_way(connection, series, &answer.ranges, &answer.candles, request)?;
    let (inserted, revised) = put_candles(connection, series, &answer.candles, request)?;
    for range in &answer.ranges {
        put_range(connection, series, range, request)?;
    }
    put_quarantined(connection, Place::Series(series), &answer.quarantined, request, answer.audit.job)?;
    if inserted > 0 || revised > 0 {
        settle_candles(connection, series, answer.audit.at)?;
    }
    if let Some(job) = answer.audit.job {
        let sql = match answer.owner {
            SeriesOwner::Contract(_) => "UPDATE job SET candles = candles + ? WHERE id = ?",
            SeriesOwner::Underlying(_) => {
                "UPDATE job SET underlying_candles = underlying_candles + ? WHERE id = ?"
            }
        };
        change(connection, sql, params![inserted as i64, job])?;
    }
    insert_events(connection, &answer.events)?;
    Ok(Committed { request, inserted, revised, candles: answer.candles })
}

pub(crate) fn insert_audit(connection: &Connection, audit: &AuditEntry) -> Result<RequestId> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO fetch_audit (at, job_id, endpoint, key, interval, from_day, to_day, status, code, rows,
                                  bytes, sha256, duration_ms, attempt)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    let request = statement.insert(params![
        audit.at.0,
        audit.job,
        audit.endpoint,
        audit.key,
        audit.interval.map(Interval::as_str),
        audit.range.map(|range| range.from().to_string()),
        audit.range.map(|range| range.to().to_string()),
        audit.status,
        audit.code,
        audit.rows as i64,
        audit.bytes as i64,
        audit.sha256,
        audit.duration_ms as i64,
        audit.attempt,
    ])?;
    if let Some(job) = audit.job {
        change(
            connection,
            "UPDATE job SET requests = requests + 1, errors = errors + ? WHERE id = ?",
            params![audit.code.is_some(), job],
        )?;
    }
    Ok(RequestId(request))
}

/// The series of a contract or an underlying, to be written to; its first answer makes it. Refused where the candles of its
/// expiry lie in the lake.
pub(crate) fn series_of(connection: &Connection, owner: SeriesOwner, interval: Interval) -> Result<SeriesId> {
    refuse_archived(connection, owner)?;
    if let Some(series) = find_series(connection, owner, interval)? {
        return Ok(series);
    }
    let (column, id) = owner.column();
    let sql = format!("INSERT INTO series ({column}, interval) VALUES (?, ?)");
    change(connection, &sql, params![id, interval.as_str()])?;
    Ok(SeriesId(connection.last_insert_rowid()))
}

/// Days of the range that were accounted for before keep the newest answer only; one with rows is kept as evidence.
fn put_range(
    connection: &Connection,
    series: SeriesId,
    answered: &AnsweredRange,
    request: RequestId,
) -> Result<()> {
    let (from, to) = (answered.range.from().to_string(), answered.range.to().to_string());
    let empties = match answered.outcome {
        Outcome::Rows => 0,
        Outcome::Empty | Outcome::EmptyUnconfirmed => empties_so_far(connection, series, &from, &to)? + 1,
    };
    change(
        connection,
        "DELETE FROM fetched_range WHERE series_id = ? AND from_day >= ? AND to_day <= ?
           AND (provisional = 1 OR outcome <> 'rows')",
        params![series.0, from, to],
    )?;
    change(
        connection,
        "INSERT INTO fetched_range (series_id, from_day, to_day, outcome, provisional, empties, request_id)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
        params![series.0, from, to, answered.outcome.as_str(), answered.provisional, empties, request.0],
    )?;
    Ok(())
}
