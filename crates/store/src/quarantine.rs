//! What the broker sent and could not be taken: each distinct thing once, with its reason and the requests that
//! brought it. It is counted in each job that meets it, and settled when a later answer could be read instead.
//!
//! It judges nothing: what is refused, and why, the engine says.

use market::{Day, EpochSeconds, ExpiredKey};
use rusqlite::{Connection, Row, params};

use crate::columns::{count, moment_if_any, parse_if_any, text};
use crate::contracts::EXPIRED_KEY;
use crate::error::{Result, StoreError};
use crate::listings::ListPart;
use crate::queries::{change, first_row, one_row, rows};
use crate::{ExpiryId, RequestId, SeriesId, Store, UnderlyingId};

/// A thing that was refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quarantined {
    pub raw: String,
    pub reason: String,
    /// Of a candle, where its time can be read.
    pub at: Option<EpochSeconds>,
    /// Of a contract, where its row names one.
    pub key: Option<ExpiredKey>,
}

/// Where a refused thing stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Series(SeriesId),
    List(ExpiryId, ListPart),
    Expiries(UnderlyingId),
    Master,
}

/// The kinds of refused things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum QuarantineKind {
    Candle,
    Contract,
    Expiry,
    Instrument,
}

impl QuarantineKind {
    pub const ALL: [Self; 4] = [Self::Candle, Self::Contract, Self::Expiry, Self::Instrument];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Candle => "candle",
            Self::Contract => "contract",
            Self::Expiry => "expiry",
            Self::Instrument => "instrument",
        }
    }

    fn parse(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| StoreError::unreadable(format!("quarantine of a {text}")))
    }
}

impl Place {
    fn kind(self) -> QuarantineKind {
        match self {
            Self::Series(_) => QuarantineKind::Candle,
            Self::List(..) => QuarantineKind::Contract,
            Self::Expiries(_) => QuarantineKind::Expiry,
            Self::Master => QuarantineKind::Instrument,
        }
    }

    /// Series, expiry, part, underlying: as the columns stand.
    fn columns(self) -> (Option<i64>, Option<i64>, Option<&'static str>, Option<i64>) {
        match self {
            Self::Series(series) => (Some(series.0), None, None, None),
            Self::List(expiry, part) => (None, Some(expiry.0), Some(part.as_str()), None),
            Self::Expiries(underlying) => (None, None, None, Some(underlying.0)),
            Self::Master => (None, None, None, None),
        }
    }
}

/// A refused thing as people look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarantineRow {
    pub id: i64,
    pub kind: QuarantineKind,
    /// Whose: a trading symbol, an underlying's name, or nothing for the master.
    pub of: String,
    /// The expiry whose list it stood in.
    pub expiry: Option<Day>,
    pub at: Option<EpochSeconds>,
    pub raw: String,
    pub reason: String,
    pub first_request: i64,
    pub last_request: i64,
    pub times: u64,
    pub is_open: bool,
}

/// How many open things of a kind there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuarantineCount {
    pub kind: QuarantineKind,
    pub open: u64,
}

/// Keeps refused things, and counts those that are new to the job.
pub(crate) fn put_quarantined(
    connection: &Connection,
    place: Place,
    things: &[Quarantined],
    request: RequestId,
    job: Option<i64>,
) -> Result<()> {
    let mut new_to_job = 0;
    for thing in things {
        new_to_job += i64::from(put_one(connection, place, thing, request, job)?);
    }
    count_refused(connection, job, new_to_job)
}

/// Says whether the job had not met it before.
fn put_one(
    connection: &Connection,
    place: Place,
    thing: &Quarantined,
    request: RequestId,
    job: Option<i64>,
) -> Result<bool> {
    let (series, expiry, part, underlying) = place.columns();
    let known: Option<i64> = first_row(
        connection,
        "SELECT id FROM quarantine
         WHERE kind = ?1 AND coalesce(series_id, 0) = coalesce(?2, 0) AND coalesce(expiry_id, 0) = coalesce(?3, 0)
           AND coalesce(part, '') = coalesce(?4, '') AND coalesce(underlying_id, 0) = coalesce(?5, 0)
           AND raw = ?6",
        params![place.kind().as_str(), series, expiry, part, underlying, thing.raw],
        |row| Ok(row.get(0)?),
    )?;
    if let Some(id) = known {
        change(
            connection,
            "UPDATE quarantine SET reason = ?2, last_request_id = ?3, times = times + 1, settled_at = NULL
             WHERE id = ?1",
            params![id, thing.reason, request.0],
        )?;
        return meet(connection, job, id);
    }
    change(
        connection,
        "INSERT INTO quarantine (kind, series_id, expiry_id, part, underlying_id, expired_key, ts, raw,
                                 reason, request_id, last_request_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)",
        params![
            place.kind().as_str(),
            series,
            expiry,
            part,
            underlying,
            thing.key.as_ref().map(ToString::to_string),
            thing.at.map(|at| at.0),
            thing.raw,
            thing.reason,
            request.0
        ],
    )?;
    meet(connection, job, connection.last_insert_rowid())
}

/// Says whether the job had not met it before.
fn meet(connection: &Connection, job: Option<i64>, id: i64) -> Result<bool> {
    let Some(job) = job else { return Ok(false) };
    let met = change(
        connection,
        "INSERT INTO job_quarantine VALUES (?, ?) ON CONFLICT DO NOTHING",
        params![job, id],
    )?;
    Ok(met > 0)
}

fn count_refused(connection: &Connection, job: Option<i64>, count: i64) -> Result<()> {
    if let (Some(job), 1..) = (job, count) {
        change(connection, "UPDATE job SET refused = refused + ? WHERE id = ?", params![count, job])?;
    }
    Ok(())
}

/// What stands refused in the lists that a job rests on counts in it, whenever the lists were asked.
pub(crate) fn meet_refused_of_lists(connection: &Connection, job: i64, expiry: ExpiryId) -> Result<()> {
    let met = change(
        connection,
        "INSERT INTO job_quarantine SELECT ?1, id FROM quarantine WHERE settled_at IS NULL
           AND (expiry_id = ?2 OR underlying_id = (SELECT underlying_id FROM expiry WHERE id = ?2))
         ON CONFLICT DO NOTHING",
        params![job, expiry.0],
    )?;
    count_refused(connection, Some(job), met as i64)
}

/// Candles of moments that were refused before, and came readable now.
pub(crate) fn settle_candles(connection: &Connection, series: SeriesId, now: EpochSeconds) -> Result<()> {
    change(
        connection,
        "UPDATE quarantine SET settled_at = ?2 WHERE series_id = ?1 AND settled_at IS NULL AND ts IS NOT NULL
           AND EXISTS (SELECT 1 FROM candle c WHERE c.series_id = ?1 AND c.ts = quarantine.ts)",
        params![series.0, now.0],
    )?;
    Ok(())
}

/// Rows of a list whose contract is known by now, and unnamed ones that a later answer had no more.
pub(crate) fn settle_list(
    connection: &Connection,
    (expiry, part): (ExpiryId, ListPart),
    request: RequestId,
    has_rows: bool,
    now: EpochSeconds,
) -> Result<()> {
    change(
        connection,
        &format!(
            "UPDATE quarantine SET settled_at = ?5 WHERE expiry_id = ?1 AND part = ?2 AND settled_at IS NULL
           AND last_request_id <> ?3
           AND (EXISTS (SELECT 1 FROM contract c WHERE {EXPIRED_KEY} = quarantine.expired_key)
                OR (expired_key IS NULL AND ?4))"
        ),
        params![expiry.0, part.as_str(), request.0, has_rows, now.0],
    )?;
    Ok(())
}

/// Entries of a list of expiries, or rows of the master, that a later answer had no more.
pub(crate) fn settle_others(
    connection: &Connection,
    place: Place,
    request: RequestId,
    now: EpochSeconds,
) -> Result<()> {
    let (_, _, _, underlying) = place.columns();
    change(
        connection,
        "UPDATE quarantine SET settled_at = ?4 WHERE kind = ?1 AND underlying_id IS ?2 AND settled_at IS NULL
           AND last_request_id <> ?3",
        params![place.kind().as_str(), underlying, request.0, now.0],
    )?;
    Ok(())
}

impl Store {
    /// Contract rows that stand refused and that a job has met.
    pub async fn refused_contracts(&self, job: i64) -> Result<u64> {
        self.read(move |connection| {
            one_row(
                connection,
                "SELECT count(*) FROM job_quarantine j JOIN quarantine q ON q.id = j.quarantine_id
                 WHERE j.job_id = ? AND q.kind = 'contract' AND q.settled_at IS NULL",
                [job],
                |row| Ok(count(row, 0)?),
            )
        })
        .await
    }

    /// Refused things that a job has met, or all, newest first; below an id, at most so many.
    pub async fn quarantine(
        &self,
        job: Option<i64>,
        before: Option<i64>,
        most: u32,
    ) -> Result<Vec<QuarantineRow>> {
        self.read(move |connection| {
            let sql = format!(
                "{QUARANTINE} WHERE (?1 IS NULL OR EXISTS (
                     SELECT 1 FROM job_quarantine j WHERE j.job_id = ?1 AND j.quarantine_id = q.id))
                 AND (?2 IS NULL OR q.id < ?2) ORDER BY q.id DESC LIMIT ?3"
            );
            rows(connection, &sql, params![job, before, most], quarantine_of_row)
        })
        .await
    }

    /// Entries of an underlying's list of expiries that stand refused, newest first, at most so many.
    pub async fn refused_expiries(&self, underlying: UnderlyingId, most: u32) -> Result<Vec<QuarantineRow>> {
        self.read(move |connection| {
            let sql = format!(
                "{QUARANTINE} WHERE q.kind = 'expiry' AND q.underlying_id = ? AND q.settled_at IS NULL
                 ORDER BY q.id DESC LIMIT ?"
            );
            rows(connection, &sql, params![underlying.0, most], quarantine_of_row)
        })
        .await
    }

    /// Rows of these lists of an expiry that stand refused, oldest first, at most so many.
    pub async fn refused_rows(
        &self,
        expiry: ExpiryId,
        parts: Vec<ListPart>,
        most: u32,
    ) -> Result<Vec<QuarantineRow>> {
        self.read(move |connection| {
            let sql = format!(
                "{QUARANTINE} WHERE q.kind = 'contract' AND q.expiry_id = ?1 AND q.settled_at IS NULL
                 AND q.part IN (?2, ?3) ORDER BY q.id LIMIT ?4"
            );
            let [first, second] = [0, 1].map(|at| parts.get(at).map(|part| part.as_str()));
            rows(connection, &sql, params![expiry.0, first, second, most], quarantine_of_row)
        })
        .await
    }

    /// Open things by kind; kinds without one are left out.
    pub async fn quarantine_counts(&self) -> Result<Vec<QuarantineCount>> {
        self.read(|connection| {
            rows(
                connection,
                "SELECT kind, count(*) FROM quarantine WHERE settled_at IS NULL GROUP BY kind ORDER BY kind",
                [],
                |row| {
                    let kind = QuarantineKind::parse(text(row, 0)?)?;
                    Ok(QuarantineCount { kind, open: count(row, 1)? })
                },
            )
        })
        .await
    }
}

/// As [`quarantine_of_row`] reads it.
const QUARANTINE: &str =
    "SELECT q.id, q.kind, coalesce(c.trading_symbol, u.name, v.name, w.name, '') AS whose, e.date, q.ts,
        q.raw, q.reason, q.request_id, q.last_request_id, q.times, q.settled_at IS NULL AS is_open
    FROM quarantine q LEFT JOIN series s ON s.id = q.series_id LEFT JOIN contract c ON c.id = s.contract_id
    LEFT JOIN underlying u ON u.id = s.underlying_id LEFT JOIN expiry e ON e.id = q.expiry_id
    LEFT JOIN underlying v ON v.id = e.underlying_id LEFT JOIN underlying w ON w.id = q.underlying_id";

fn quarantine_of_row(row: &Row<'_>) -> Result<QuarantineRow> {
    Ok(QuarantineRow {
        id: row.get("id")?,
        kind: QuarantineKind::parse(text(row, "kind")?)?,
        of: row.get("whose")?,
        expiry: parse_if_any(row, "date")?,
        at: moment_if_any(row, "ts")?,
        raw: row.get("raw")?,
        reason: row.get("reason")?,
        first_request: row.get("request_id")?,
        last_request: row.get("last_request_id")?,
        times: count(row, "times")?,
        is_open: row.get("is_open")?,
    })
}
