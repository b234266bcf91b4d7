//! Reading `fetch_audit`: the log of every request to the broker, and how many there were over time.
//!
//! The log is paged by id, newest first, and never by offset. A search looks at a bounded number of rows and
//! says where to go on, so that a log of millions answers at once.

use std::collections::{BTreeSet, HashMap};

use market::EpochSeconds;
use protocol::{AuditLine, AuditOutcome, AuditPage, AuditQuery, JobId};
use rusqlite::{Connection, Row, params};

use crate::Store;
use crate::columns::{count, moment, moment_if_any, parse_if_any};
use crate::contracts::EXPIRED_KEY;
use crate::error::Result;
use crate::queries::{first_row, one_row, rows};

/// Rows that one search looks at. A job's own rows are found by an index and need no such bound.
pub const REQUESTS_LOOKED_AT_MAX: i64 = 200_000;

/// A list of contracts is logged by its underlying's key, a blank and the expiry.
const DATE_AND_BLANK: usize = " 2025-08-28".len();

/// A request and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestEnd {
    pub at: EpochSeconds,
    pub endpoint: String,
    /// `None`: no answer came.
    pub status: Option<u16>,
    /// The broker's, or the kind of fault; `None`: answered with what was asked for.
    pub code: Option<String>,
    pub took_ms: u64,
}

/// Requests that were looked for, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestEnds {
    pub ends: Vec<RequestEnd>,
    /// The newest request of all.
    pub up_to: i64,
    /// Whether there were more than were wanted: then the oldest are left out.
    pub is_part: bool,
}

/// What a job asked for in one piece of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestBucket {
    /// Counted from the beginning.
    pub index: u32,
    pub requests: u64,
    /// Candles in the answers.
    pub candles: u64,
}

impl Store {
    /// The newest `most` requests that are asked for.
    pub async fn requests(&self, query: &AuditQuery, most: u32) -> Result<AuditPage> {
        let AuditQuery { search, endpoint, outcome, job, from, to, before, limit: _ } = query.clone();
        let search = search.map(|search| search.to_lowercase());
        let failed = outcome.map(|outcome| outcome == AuditOutcome::Fault);
        let before = match before {
            Some(before) => before,
            None => self.request_count().await?.saturating_add(1),
        };
        let (begins, ends) = (from.map(|day| day.at_minute(0)), to.map(|day| day.next().at_minute(0)));
        let (first, behind) = match job {
            Some(_) => (0, before),
            None => self.ids_between(begins, ends, before).await?,
        };
        let (of_job, from) = match job {
            Some(_) => ("AND job_id = ?6", 0),
            None => ("AND ?6 IS NULL", behind.saturating_sub(REQUESTS_LOOKED_AT_MAX).max(first)),
        };
        let (begins, ends) = (begins.map_or(i64::MIN, |at| at.0), ends.map_or(i64::MAX, |at| at.0));
        // Whole names: parts of them would be looked for in every row.
        let called_so = format!(
            "SELECT {EXPIRED_KEY} FROM contract c WHERE c.trading_symbol = upper(?5)
             UNION ALL SELECT u.key FROM underlying u WHERE u.symbol = upper(?5)"
        );
        let sql = format!(
            "SELECT id, at, job_id, endpoint, key, interval, from_day, to_day, status, code, rows, bytes, sha256,
                    duration_ms, attempt
             FROM fetch_audit
             WHERE id < ?1 AND id >= ?2 AND at >= ?8 AND at < ?9 AND (?3 IS NULL OR endpoint = ?3)
               AND (?4 IS NULL OR (code IS NOT NULL) = ?4)
               AND (?5 IS NULL OR instr(lower(key), ?5) > 0 OR instr(lower(coalesce(code, '')), ?5) > 0
                    OR key IN ({called_so}) OR substr(key, 1, length(key) - {DATE_AND_BLANK}) IN ({called_so})) {of_job}
             ORDER BY id DESC LIMIT ?7"
        );
        let job = job.map(|job| job.0);
        let found = self.read(move |connection| {
            let asked = params![behind, from, endpoint, failed, search, job, most, begins, ends];
            rows(connection, &sql, asked, line_of_row)
        });
        let lines = found.await?;
        let is_full = lines.len() as u64 >= u64::from(most);
        let next = if is_full { lines.last().map(|line| line.id) } else { Some(from) };
        // The first request has the id 1.
        Ok(AuditPage { lines, next: next.filter(|next| *next > first.max(1)) })
    }

    /// What is called by which name, of these keys: a contract by its trading symbol, an underlying by its symbol. Who is not
    /// known does not stand here.
    pub async fn names_of_keys(&self, keys: BTreeSet<String>) -> Result<HashMap<String, String>> {
        self.read(move |connection| {
            let sql = format!(
                "SELECT c.trading_symbol FROM contract c WHERE {EXPIRED_KEY} = ?1
                 UNION ALL SELECT u.symbol FROM underlying u WHERE u.key = ?1 LIMIT 1"
            );
            let mut names = HashMap::new();
            for key in keys {
                let name = first_row(connection, &sql, [&key], |row| Ok(row.get::<_, String>(0)?))?;
                if let Some(name) = name {
                    names.insert(key, name);
                }
            }
            Ok(names)
        })
        .await
    }

    /// The first id of a span of time, and the one behind its last, none of them from `before` on. Ids rise with time,
    /// so each end is found by halving, and no row between is read.
    async fn ids_between(
        &self,
        begins: Option<EpochSeconds>,
        ends: Option<EpochSeconds>,
        before: i64,
    ) -> Result<(i64, i64)> {
        if begins.is_none() && ends.is_none() {
            return Ok((0, before));
        }
        self.read(move |connection| {
            let first = begins.map_or(Ok(0), |at| first_id_from(connection, at, before))?;
            let behind = ends.map_or(Ok(before), |at| first_id_from(connection, at, before))?;
            Ok((first, behind))
        })
        .await
    }

    /// Requests ever sent: none is forgotten, so the last id counts them.
    pub async fn request_count(&self) -> Result<i64> {
        self.read(last_id).await
    }

    /// When a job was last answered.
    pub async fn last_request_at(&self, job: i64) -> Result<Option<EpochSeconds>> {
        self.read(move |connection| {
            let sql = "SELECT max(at) FROM fetch_audit WHERE job_id = ?";
            one_row(connection, sql, [job], |row| Ok(moment_if_any(row, 0)?))
        })
        .await
    }

    /// How the requests ended that came after the one of the number `known` and began at `from` or later: the newest
    /// `most` of them.
    pub async fn request_ends(&self, known: i64, from: EpochSeconds, most: u32) -> Result<RequestEnds> {
        self.read(move |connection| {
            let up_to = last_id(connection)?;
            let first = first_id_from(connection, from, up_to + 1)?.max(known + 1);
            let bound = up_to + 1 - i64::from(most);
            let ends = rows(
                connection,
                "SELECT at, endpoint, status, code, duration_ms FROM fetch_audit WHERE id >= ? AND id <= ? ORDER BY id",
                [first.max(bound), up_to],
                |row| {
                    Ok(RequestEnd {
                        at: moment(row, 0)?,
                        endpoint: row.get(1)?,
                        status: row.get(2)?,
                        code: row.get(3)?,
                        took_ms: count(row, 4)?,
                    })
                },
            )?;
            Ok(RequestEnds { ends, up_to, is_part: bound > first })
        })
        .await
    }

    /// The endpoints of the newest `most` requests.
    pub async fn endpoints_asked(&self, most: u32) -> Result<Vec<String>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT DISTINCT endpoint FROM (SELECT endpoint FROM fetch_audit ORDER BY id DESC LIMIT ?)
                 ORDER BY 1",
                [most],
                |row| Ok(row.get(0)?),
            )
        })
        .await
    }

    /// The requests of a job since `from`, in pieces of `seconds`; pieces without a request are left out.
    pub async fn requests_over_time(
        &self,
        job: i64,
        from: EpochSeconds,
        seconds: u32,
    ) -> Result<Vec<RequestBucket>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT (at - ?2) / ?3, count(*), sum(CASE WHEN interval IS NULL THEN 0 ELSE rows END)
                 FROM fetch_audit WHERE job_id = ?1 AND at >= ?2 GROUP BY 1 ORDER BY 1",
                params![job, from.0, seconds.max(1)],
                |row| {
                    let (requests, candles) = (count(row, 1)?, count(row, 2)?);
                    Ok(RequestBucket { index: row.get(0)?, requests, candles })
                },
            )
        })
        .await
    }

    /// Requests a second after `after`, oldest first, of the newest `most` requests; seconds without one are
    /// left out.
    pub async fn requests_a_second(
        &self,
        after: EpochSeconds,
        most: u32,
    ) -> Result<Vec<(EpochSeconds, u32)>> {
        self.read(move |connection| {
            let behind = last_id(connection)? + 1;
            let first = first_id_from(connection, EpochSeconds(after.0 + 1), behind)?;
            rows(
                connection,
                "SELECT at, count(*) FROM fetch_audit WHERE id >= ?1 AND at > ?2 GROUP BY at ORDER BY at",
                [first.max(behind - i64::from(most)), after.0],
                |row| Ok((moment(row, 0)?, row.get(1)?)),
            )
        })
        .await
    }
}

/// 0 where nothing was asked yet.
fn last_id(connection: &Connection) -> Result<i64> {
    let sql = "SELECT coalesce(max(id), 0) FROM fetch_audit";
    one_row(connection, sql, [], |row| Ok(row.get(0)?))
}

/// The first id whose request began at a moment or later; `behind` where none did before it.
fn first_id_from(connection: &Connection, at: EpochSeconds, behind: i64) -> Result<i64> {
    let sql = "SELECT id, at FROM fetch_audit WHERE id >= ? ORDER BY id LIMIT 1";
    let (mut low, mut high) = (0, behind);
    while low < high {
        let middle = low + (high - low) / 2;
        let found = first_row(connection, sql, [middle], |row| Ok((row.get::<_, i64>(0)?, moment(row, 1)?)))?;
        match found {
            Some((id, began)) if began < at => low = id + 1,
            _ => high = middle,
        }
    }
    Ok(low.min(behind))
}

fn line_of_row(row: &Row<'_>) -> Result<AuditLine> {
    Ok(AuditLine {
        id: row.get("id")?,
        at: moment(row, "at")?,
        job: row.get::<_, Option<i64>>("job_id")?.map(JobId),
        endpoint: row.get("endpoint")?,
        key: row.get("key")?,
        interval: row.get("interval")?,
        from: parse_if_any(row, "from_day")?,
        to: parse_if_any(row, "to_day")?,
        status: row.get("status")?,
        code: row.get("code")?,
        rows: count(row, "rows")?,
        bytes: count(row, "bytes")?,
        sha256: row.get::<_, Option<Vec<u8>>>("sha256")?.map(in_hexadecimal),
        duration_ms: count(row, "duration_ms")?,
        attempt: row.get("attempt")?,
    })
}

fn in_hexadecimal(hash: Vec<u8>) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
