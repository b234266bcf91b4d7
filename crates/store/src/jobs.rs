//! Jobs and their log.

use market::EpochSeconds;
use protocol::{EventLevel, JobEvent, JobId, JobStatus, Tally};
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, Row, SqliteConnection};

use crate::columns::parse;
use crate::error::Result;
use crate::notices::{NewNotice, insert_notice};
use crate::units::reopen_failed_units;
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

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    pub job: i64,
    pub at: EpochSeconds,
    pub level: EventLevel,
    pub message: String,
    pub expired_key: Option<String>,
}

const JOB_COLUMNS: &str = "id, title, status, message, created_at, started_at, ended_at,
    expiries_done, expiries_empty, expiries_failed, expiries_total,
    contracts_done, contracts_empty, contracts_failed, contracts_total, candles, requests, errors,
    months_done, months_empty, months_failed, months_total, underlying_candles, retries, retry_at,
    (SELECT coalesce(max(id), 0) FROM job_event v WHERE v.job_id = job.id) AS last_event, refused";

/// A change of a job's state.
#[derive(Clone, Copy, Debug)]
pub struct JobChange<'a> {
    /// The states in which it is allowed.
    pub from: &'a [JobStatus],
    pub to: JobStatus,
    /// What stays with the job.
    pub message: Option<&'a str>,
    pub at: EpochSeconds,
    pub events: &'a [NewEvent],
    pub notice: Option<&'a NewNotice>,
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
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
        let job = sqlx::query(
            "INSERT INTO job (title, plan, status, created_at, expiries_total) VALUES (?, ?, 'queued', ?, ?)",
        )
        .bind(title)
        .bind(plan)
        .bind(now.0)
        .bind(expiries.len() as i64)
        .execute(&mut *transaction)
        .await?
        .last_insert_rowid();
        for (position, expiry) in expiries.iter().enumerate() {
            sqlx::query("INSERT INTO job_unit (job_id, position, expiry_id) VALUES (?, ?, ?)")
                .bind(job)
                .bind(position as i64)
                .bind(expiry.0)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(job)
    }

    /// Changes a job's state, with all that belongs to it or not at all. Answers whether the change took place.
    pub async fn change_job(&self, job: i64, change: JobChange<'_>) -> Result<bool> {
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
        if !apply(&mut transaction, job, change).await? {
            return Ok(false);
        }
        transaction.commit().await?;
        Ok(true)
    }

    /// Takes an ended job up again: its state changes and what failed is to be done again, in one, so that no
    /// job is ever queued with failed parts. Answers whether it took place.
    pub async fn reopen_job(&self, job: i64, change: JobChange<'_>) -> Result<bool> {
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
        if !apply(&mut transaction, job, change).await? {
            return Ok(false);
        }
        reopen_failed_units(&mut transaction, job).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// When a job that is about to end with failures is to be tried again by itself.
    pub async fn plan_retry(&self, job: i64, at: EpochSeconds) -> Result<()> {
        sqlx::query("UPDATE job SET retry_at = ?, retries = retries + 1 WHERE id = ?")
            .bind(at.0)
            .bind(job)
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }

    /// The job that is to be tried again first, and when.
    pub async fn next_retry(&self) -> Result<Option<(i64, EpochSeconds)>> {
        let row = sqlx::query(
            "SELECT id, retry_at FROM job WHERE retry_at IS NOT NULL AND status = 'completed_with_failures'
             ORDER BY retry_at, id LIMIT 1",
        )
        .fetch_optional(self.readers())
        .await?;
        row.map(|row| Ok((row.try_get(0)?, EpochSeconds(row.try_get(1)?)))).transpose()
    }

    pub async fn job(&self, job: i64) -> Result<Option<JobRow>> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT {JOB_COLUMNS} FROM job WHERE id = ?")))
            .bind(job)
            .fetch_optional(self.readers())
            .await?;
        row.as_ref().map(job_of_row).transpose()
    }

    /// What a job carries out, as the engine wrote it.
    pub async fn job_plan(&self, job: i64) -> Result<Option<String>> {
        let row =
            sqlx::query("SELECT plan FROM job WHERE id = ?").bind(job).fetch_optional(self.readers()).await?;
        Ok(row.map(|row| row.try_get("plan")).transpose()?)
    }

    /// The newest jobs first.
    pub async fn jobs(&self, most: u32) -> Result<Vec<JobRow>> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {JOB_COLUMNS} FROM job ORDER BY id DESC LIMIT ?"
        )))
        .bind(most)
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(job_of_row).collect()
    }

    /// Jobs that are not ended, oldest first.
    pub async fn unfinished_jobs(&self) -> Result<Vec<JobRow>> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {JOB_COLUMNS} FROM job WHERE status NOT IN ({}) ORDER BY id",
            ended_states()
        )))
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(job_of_row).collect()
    }

    pub async fn unfinished_job_count(&self) -> Result<u32> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT count(*) FROM job WHERE status NOT IN ({})",
            ended_states()
        )))
        .fetch_one(self.readers())
        .await?;
        Ok(row.try_get(0)?)
    }

    /// Unfinished jobs that take their turn before this one.
    pub async fn jobs_before(&self, job: i64) -> Result<u64> {
        let row = sqlx::query(
            "SELECT count(*) FROM job WHERE id <> ?1 AND
                (status = 'running' OR (id < ?1 AND status IN ('queued', 'waiting_for_broker')))",
        )
        .bind(job)
        .fetch_one(self.readers())
        .await?;
        Ok(row.try_get::<i64, _>(0)?.unsigned_abs())
    }

    pub async fn add_events(&self, events: &[NewEvent]) -> Result<()> {
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
        insert_events(&mut transaction, events).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Events of a job after a cursor, oldest first.
    pub async fn events_after(&self, job: i64, after: i64, most: u32) -> Result<Vec<JobEvent>> {
        let rows = sqlx::query(
            "SELECT id, job_id, at, level, message, expired_key FROM job_event
             WHERE job_id = ? AND id > ? ORDER BY id LIMIT ?",
        )
        .bind(job)
        .bind(after)
        .bind(most)
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(event_of_row).collect()
    }

    /// The newest events of a job before one of its own, oldest first.
    pub async fn events_before(&self, job: i64, before: i64, most: u32) -> Result<Vec<JobEvent>> {
        let rows = sqlx::query(
            "SELECT id, job_id, at, level, message, expired_key FROM job_event
             WHERE job_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
        )
        .bind(job)
        .bind(before)
        .bind(most)
        .fetch_all(self.readers())
        .await?;
        rows.iter().rev().map(event_of_row).collect()
    }
}

/// The words of the states in which a job has ended, for a list in SQL.
fn ended_states() -> String {
    let ended = JobStatus::ALL.into_iter().filter(|status| status.is_ended());
    ended.map(|status| format!("'{status}'")).collect::<Vec<_>>().join(", ")
}

/// Nothing where the job is in none of the states from which the change is allowed.
async fn apply(connection: &mut SqliteConnection, job: i64, change: JobChange<'_>) -> Result<bool> {
    let JobChange { from, to, message, at, events, notice } = change;
    let row =
        sqlx::query("SELECT status FROM job WHERE id = ?").bind(job).fetch_optional(&mut *connection).await?;
    let status: Option<JobStatus> = row.map(|row| parse(row.try_get("status")?)).transpose()?;
    if !status.is_some_and(|status| from.contains(&status)) {
        return Ok(false);
    }
    sqlx::query(
        "UPDATE job SET status = ?1, message = ?2,
            started_at = CASE WHEN ?1 = 'running' THEN coalesce(started_at, ?3) ELSE started_at END,
            ended_at = CASE WHEN ?4 THEN ?3 ELSE NULL END,
            retry_at = CASE WHEN ?1 = 'completed_with_failures' THEN retry_at ELSE NULL END
         WHERE id = ?5",
    )
    .bind(to.as_str())
    .bind(message)
    .bind(at.0)
    .bind(to.is_ended())
    .bind(job)
    .execute(&mut *connection)
    .await?;
    insert_events(connection, events).await?;
    if let Some(notice) = notice {
        insert_notice(connection, notice).await?;
    }
    Ok(true)
}

pub(crate) const INSERT_EVENT: &str =
    "INSERT INTO job_event (job_id, at, level, message, expired_key) VALUES (?, ?, ?, ?, ?)";

pub(crate) async fn insert_events(connection: &mut SqliteConnection, events: &[NewEvent]) -> Result<()> {
    for event in events {
        sqlx::query(INSERT_EVENT)
            .bind(event.job)
            .bind(event.at.0)
            .bind(event.level.as_str())
            .bind(&event.message)
            .bind(&event.expired_key)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

fn event_of_row(row: &SqliteRow) -> Result<JobEvent> {
    Ok(JobEvent {
        id: row.try_get("id")?,
        job: JobId(row.try_get("job_id")?),
        at: EpochSeconds(row.try_get("at")?),
        level: parse(row.try_get("level")?)?,
        message: row.try_get("message")?,
        expired_key: row.try_get::<Option<&str>, _>("expired_key")?.map(parse).transpose()?,
    })
}

fn job_of_row(row: &SqliteRow) -> Result<JobRow> {
    let count = |column: &str| row.try_get::<i64, _>(column).map(i64::unsigned_abs);
    let moment = |column: &str| row.try_get::<Option<i64>, _>(column).map(|at| at.map(EpochSeconds));
    let tally = |what: &str| {
        let count = |outcome: &str| count(&format!("{what}_{outcome}"));
        Ok::<_, sqlx::Error>(Tally {
            done: count("done")?,
            empty: count("empty")?,
            failed: count("failed")?,
            total: count("total")?,
        })
    };
    Ok(JobRow {
        id: JobId(row.try_get("id")?),
        title: row.try_get("title")?,
        status: parse(row.try_get("status")?)?,
        message: row.try_get("message")?,
        created_at: EpochSeconds(row.try_get("created_at")?),
        started_at: moment("started_at")?,
        ended_at: moment("ended_at")?,
        expiries: tally("expiries")?,
        contracts: tally("contracts")?,
        months: tally("months")?,
        candles: count("candles")?,
        underlying_candles: count("underlying_candles")?,
        requests: count("requests")?,
        errors: count("errors")?,
        refused: count("refused")?,
        retries: row.try_get("retries")?,
        retry_at: moment("retry_at")?,
        last_event: row.try_get("last_event")?,
    })
}
