//! Jobs as they are kept: queued once, read often. How they change is told in `job_changes`.

use market::EpochSeconds;
use protocol::{JobId, JobStatus, Tally};
use rusqlite::{Connection, Row, params};

use crate::columns::{count, moment, moment_if_any, parse_column};
use crate::error::Result;
use crate::queries::{change, first_row, one_row, rows};
use crate::{ExpiryId, Store};

/// A row of `job`, all but its plan: that may be large, and never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRow {
    pub id: JobId,
    pub title: String,
    pub status: JobStatus,
    pub message: Option<String>,
    pub created_at: EpochSeconds,
    pub started_at: Option<EpochSeconds>,
    pub ended_at: Option<EpochSeconds>,
    pub expiries: Tally,
    pub contracts: Tally,
    /// Of the underlyings' own candles.
    pub months: Tally,
    /// Options that its listings left out.
    pub left_out: u64,
    /// Of contracts.
    pub candles: u64,
    pub underlying_candles: u64,
    pub requests: u64,
    pub errors: u64,
    /// Things that were sent and could not be taken, each once.
    pub refused: u64,
    /// Times that it was tried again by itself, and when it will be.
    pub retries: u32,
    pub retry_at: Option<EpochSeconds>,
    pub last_event: i64,
}

impl Store {
    /// Queues a job whose first units list these expiries, in this order.
    pub async fn create_job(
        &self,
        title: &str,
        plan: &str,
        expiries: &[ExpiryId],
        now: EpochSeconds,
    ) -> Result<i64> {
        let (title, plan, expiries) = (title.to_owned(), plan.to_owned(), expiries.to_vec());
        self.write(move |transaction| {
            change(
                transaction,
                "INSERT INTO job (title, plan, status, created_at, expiries_total) VALUES (?, ?, 'queued', ?, ?)",
                params![title, plan, now.0, expiries.len() as i64],
            )?;
            let job = transaction.last_insert_rowid();
            for (position, expiry) in expiries.iter().enumerate() {
                change(
                    transaction,
                    "INSERT INTO job_unit (job_id, position, expiry_id) VALUES (?, ?, ?)",
                    params![job, position as i64, expiry.0],
                )?;
            }
            Ok(job)
        })
        .await
    }

    /// The job that is to be tried again first, and when.
    pub async fn next_retry(&self) -> Result<Option<(i64, EpochSeconds)>> {
        self.read(|connection| {
            first_row(
                connection,
                &format!("SELECT id, retry_at FROM job WHERE {IS_RETRIED} ORDER BY retry_at, id LIMIT 1"),
                [],
                |row| Ok((row.get(0)?, moment(row, 1)?)),
            )
        })
        .await
    }

    pub async fn job(&self, job: i64) -> Result<Option<JobRow>> {
        self.read(move |connection| first_row(connection, &jobs_sql("WHERE id = ?"), [job], job_of_row)).await
    }

    /// What a job carries out, as the engine wrote it.
    pub async fn job_plan(&self, job: i64) -> Result<Option<String>> {
        self.read(move |connection| {
            first_row(connection, "SELECT plan FROM job WHERE id = ?", [job], |row| Ok(row.get(0)?))
        })
        .await
    }

    /// The newest jobs first; below an id and of one status where these are given.
    pub async fn jobs(
        &self,
        before: Option<i64>,
        status: Option<JobStatus>,
        most: u32,
    ) -> Result<Vec<JobRow>> {
        self.read(move |connection| {
            let which = "WHERE id < ?1 AND (?2 IS NULL OR status = ?2) ORDER BY id DESC LIMIT ?3";
            let wanted = params![before.unwrap_or(i64::MAX), status.map(JobStatus::as_str), most];
            rows(connection, &jobs_sql(which), wanted, job_of_row)
        })
        .await
    }

    /// Jobs that are not ended, oldest first.
    pub async fn unfinished_jobs(&self) -> Result<Vec<JobRow>> {
        self.read(|connection| {
            let sql = jobs_sql(&format!("WHERE {} ORDER BY id", is_unfinished()));
            rows(connection, &sql, [], job_of_row)
        })
        .await
    }

    /// Those, and jobs that are tried again by themselves, oldest first.
    pub async fn jobs_to_go_on(&self) -> Result<Vec<JobRow>> {
        self.read(|connection| {
            let sql = jobs_sql(&format!("WHERE {} OR ({IS_RETRIED}) ORDER BY id", is_unfinished()));
            rows(connection, &sql, [], job_of_row)
        })
        .await
    }

    pub async fn unfinished_job_count(&self) -> Result<u32> {
        self.read(|connection| {
            let sql = format!("SELECT count(*) FROM job WHERE {}", is_unfinished());
            one_row(connection, &sql, [], |row| Ok(row.get(0)?))
        })
        .await
    }

    /// How many jobs are in each state; a state without any is left out.
    pub async fn job_counts(&self) -> Result<Vec<(JobStatus, u64)>> {
        self.read(job_counts).await
    }

    /// Unfinished jobs that take their turn before this one.
    pub async fn jobs_before(&self, job: i64) -> Result<u64> {
        self.read(move |connection| {
            one_row(
                connection,
                "SELECT count(*) FROM job WHERE id <> ?1 AND
                    (status = 'running' OR (id < ?1 AND status IN ('queued', 'waiting_for_broker')))",
                [job],
                |row| Ok(count(row, 0)?),
            )
        })
        .await
    }
}

pub(crate) fn job_counts(connection: &Connection) -> Result<Vec<(JobStatus, u64)>> {
    let sql = "SELECT status, count(*) FROM job GROUP BY status";
    rows(connection, sql, [], |row| Ok((parse_column(row, 0)?, count(row, 1)?)))
}

/// The condition in SQL that a job is tried again by itself.
pub(crate) const IS_RETRIED: &str = "retry_at IS NOT NULL AND status = 'completed_with_failures'";

/// The condition in SQL that a job is in none of the states in which it has ended.
pub(crate) fn is_unfinished() -> String {
    let ended = JobStatus::ALL.into_iter().filter(|status| status.is_ended());
    let words: Vec<String> = ended.map(|status| format!("'{status}'")).collect();
    format!("status NOT IN ({})", words.join(", "))
}

/// As [`job_of_row`] reads it.
fn jobs_sql(which: &str) -> String {
    format!(
        "SELECT id, title, status, message, created_at, started_at, ended_at,
            expiries_done, expiries_empty, expiries_failed, expiries_total,
            contracts_done, contracts_empty, contracts_failed, contracts_total, candles, requests, errors,
            months_done, months_empty, months_failed, months_total, underlying_candles, retries, retry_at,
            (SELECT coalesce(max(id), 0) FROM job_event v WHERE v.job_id = job.id) AS last_event, refused, left_out
         FROM job {which}"
    )
}

fn job_of_row(row: &Row<'_>) -> Result<JobRow> {
    Ok(JobRow {
        id: JobId(row.get("id")?),
        title: row.get("title")?,
        status: parse_column(row, "status")?,
        message: row.get("message")?,
        created_at: moment(row, "created_at")?,
        started_at: moment_if_any(row, "started_at")?,
        ended_at: moment_if_any(row, "ended_at")?,
        expiries: tally_of_row(row, "expiries")?,
        contracts: tally_of_row(row, "contracts")?,
        months: tally_of_row(row, "months")?,
        left_out: count(row, "left_out")?,
        candles: count(row, "candles")?,
        underlying_candles: count(row, "underlying_candles")?,
        requests: count(row, "requests")?,
        errors: count(row, "errors")?,
        refused: count(row, "refused")?,
        retries: row.get("retries")?,
        retry_at: moment_if_any(row, "retry_at")?,
        last_event: row.get("last_event")?,
    })
}

fn tally_of_row(row: &Row<'_>, what: &str) -> Result<Tally> {
    let units = |outcome: &str| count(row, format!("{what}_{outcome}").as_str());
    Ok(Tally {
        done: units("done")?,
        empty: units("empty")?,
        failed: units("failed")?,
        total: units("total")?,
    })
}
