//! Reading `fetch_audit`: the log of every request to the broker, and how many there were over time.
//!
//! The log is paged by id, newest first, and never by offset. A search looks at a bounded number of rows and
//! says where to go on, so that a log of millions answers at once.

use market::{Day, EpochSeconds};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::Store;
use crate::columns::parse;
use crate::error::Result;

/// Rows that one search looks at. A job's own rows are found by an index and need no such bound.
pub const REQUESTS_LOOKED_AT_MAX: i64 = 200_000;

/// A row of `fetch_audit`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRow {
    pub id: i64,
    pub at: EpochSeconds,
    pub job: Option<i64>,
    pub endpoint: String,
    pub key: String,
    pub interval: Option<String>,
    pub from: Option<Day>,
    pub to: Option<Day>,
    pub status: Option<u16>,
    pub code: Option<String>,
    pub rows: u64,
    pub bytes: u64,
    pub sha256: Option<Vec<u8>>,
    pub duration_ms: u64,
    pub attempt: u32,
}

/// Which requests; a filter that is `None` lets all pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestFilter {
    /// A part of the key or of the code, in whatever case.
    pub search: Option<String>,
    pub endpoint: Option<String>,
    /// Only those that failed, or only those that did not.
    pub failed: Option<bool>,
    pub job: Option<i64>,
}

/// Newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestPage {
    pub rows: Vec<RequestRow>,
    /// Older requests begin below this id; `None` at the end of the log.
    pub next: Option<i64>,
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
    /// Requests with an id below `before` that pass the filter.
    pub async fn requests(
        &self,
        filter: &RequestFilter,
        before: Option<i64>,
        most: u32,
    ) -> Result<RequestPage> {
        let before = match before {
            Some(before) => before,
            None => self.request_count().await?.saturating_add(1),
        };
        let (of_job, from) = match filter.job {
            Some(_) => ("AND job_id = ?6", 0),
            None => ("AND ?6 IS NULL", before.saturating_sub(REQUESTS_LOOKED_AT_MAX).max(0)),
        };
        let sql = format!(
            "SELECT id, at, job_id, endpoint, key, interval, from_day, to_day, status, code, rows, bytes, sha256,
                    duration_ms, attempt
             FROM fetch_audit
             WHERE id < ?1 AND id >= ?2 AND (?3 IS NULL OR endpoint = ?3)
               AND (?4 IS NULL OR (code IS NOT NULL) = ?4)
               AND (?5 IS NULL OR instr(lower(key), ?5) > 0 OR instr(lower(coalesce(code, '')), ?5) > 0) {of_job}
             ORDER BY id DESC LIMIT ?7"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(before)
            .bind(from)
            .bind(&filter.endpoint)
            .bind(filter.failed)
            .bind(filter.search.as_deref().map(str::to_lowercase))
            .bind(filter.job)
            .bind(most)
            .fetch_all(self.readers())
            .await?;
        let rows = rows.iter().map(request_of_row).collect::<Result<Vec<_>>>()?;
        let is_full = rows.len() as u64 >= u64::from(most);
        let next = if is_full { rows.last().map(|row| row.id) } else { Some(from) };
        // The first request has the id 1.
        Ok(RequestPage { rows, next: next.filter(|next| *next > 1) })
    }

    /// Requests ever sent: none is forgotten, so the last id counts them.
    pub async fn request_count(&self) -> Result<i64> {
        let row =
            sqlx::query("SELECT coalesce(max(id), 0) FROM fetch_audit").fetch_one(self.readers()).await?;
        Ok(row.try_get(0)?)
    }

    /// When a job was last answered.
    pub async fn last_request_at(&self, job: i64) -> Result<Option<EpochSeconds>> {
        let row = sqlx::query("SELECT max(at) FROM fetch_audit WHERE job_id = ?")
            .bind(job)
            .fetch_one(self.readers())
            .await?;
        Ok(row.try_get::<Option<i64>, _>(0)?.map(EpochSeconds))
    }

    /// The endpoints of the newest `most` requests.
    pub async fn endpoints_asked(&self, most: u32) -> Result<Vec<String>> {
        let rows = sqlx::query(
            "SELECT DISTINCT endpoint FROM (SELECT endpoint FROM fetch_audit ORDER BY id DESC LIMIT ?) ORDER BY 1",
        )
        .bind(most)
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// The requests of a job since `from`, in pieces of `seconds`; pieces without a request are left out.
    pub async fn requests_over_time(
        &self,
        job: i64,
        from: EpochSeconds,
        seconds: u32,
    ) -> Result<Vec<RequestBucket>> {
        let rows = sqlx::query(
            "SELECT (at - ?2) / ?3, count(*), sum(CASE WHEN interval IS NULL THEN 0 ELSE rows END)
             FROM fetch_audit WHERE job_id = ?1 AND at >= ?2 GROUP BY 1 ORDER BY 1",
        )
        .bind(job)
        .bind(from.0)
        .bind(seconds.max(1))
        .fetch_all(self.readers())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(RequestBucket {
                    index: row.try_get(0)?,
                    requests: row.try_get::<i64, _>(1)?.unsigned_abs(),
                    candles: row.try_get::<i64, _>(2)?.unsigned_abs(),
                })
            })
            .collect()
    }

    /// Requests a second after `after`, oldest first, of the newest `most` requests; seconds without one are
    /// left out.
    pub async fn requests_a_second(
        &self,
        after: EpochSeconds,
        most: u32,
    ) -> Result<Vec<(EpochSeconds, u32)>> {
        let rows = sqlx::query(
            "SELECT at, count(*) FROM (SELECT at FROM fetch_audit ORDER BY id DESC LIMIT ?2)
             WHERE at > ?1 GROUP BY at ORDER BY at",
        )
        .bind(after.0)
        .bind(most)
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(|row| Ok((EpochSeconds(row.try_get(0)?), row.try_get(1)?))).collect()
    }
}

fn request_of_row(row: &SqliteRow) -> Result<RequestRow> {
    let day = |at: usize| row.try_get::<Option<&str>, _>(at)?.map(parse).transpose();
    let count = |at: usize| row.try_get::<i64, _>(at).map(i64::unsigned_abs);
    Ok(RequestRow {
        id: row.try_get(0)?,
        at: EpochSeconds(row.try_get(1)?),
        job: row.try_get(2)?,
        endpoint: row.try_get(3)?,
        key: row.try_get(4)?,
        interval: row.try_get(5)?,
        from: day(6)?,
        to: day(7)?,
        status: row.try_get(8)?,
        code: row.try_get(9)?,
        rows: count(10)?,
        bytes: count(11)?,
        sha256: row.try_get(12)?,
        duration_ms: count(13)?,
        attempt: row.try_get(14)?,
    })
}
