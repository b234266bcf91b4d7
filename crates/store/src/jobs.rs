//! Jobs and their log.

use market::EpochSeconds;
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, Row, SqliteConnection};

use crate::error::Result;
use crate::notices::{NewNotice, insert_notice};
use crate::{ExpiryId, Store};

/// A row of `job`. Plan and status are texts whose meaning the engine knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRow {
    pub id: i64,
    pub title: String,
    pub plan: String,
    pub status: String,
    pub message: Option<String>,
    pub created_at: EpochSeconds,
    pub started_at: Option<EpochSeconds>,
    pub ended_at: Option<EpochSeconds>,
    /// done, empty, failed, total
    pub expiries: [u64; 4],
    pub contracts: [u64; 4],
    /// Of the underlyings' own candles.
    pub months: [u64; 4],
    /// Of contracts.
    pub candles: u64,
    pub underlying_candles: u64,
    pub requests: u64,
    pub errors: u64,
    /// Times that it was tried again by itself, and when it will be.
    pub retries: u32,
    pub retry_at: Option<EpochSeconds>,
    pub last_event: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    pub job: i64,
    pub at: EpochSeconds,
    pub level: &'static str,
    pub message: String,
    pub expired_key: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    pub id: i64,
    pub job: i64,
    pub at: EpochSeconds,
    pub level: String,
    pub message: String,
    pub expired_key: Option<String>,
}

const JOB_COLUMNS: &str = "id, title, plan, status, message, created_at, started_at, ended_at,
    expiries_done, expiries_empty, expiries_failed, expiries_total,
    contracts_done, contracts_empty, contracts_failed, contracts_total, candles, requests, errors,
    months_done, months_empty, months_failed, months_total, underlying_candles, retries, retry_at,
    (SELECT coalesce(max(id), 0) FROM job_event v WHERE v.job_id = job.id)";

/// A change of a job's state.
#[derive(Clone, Copy, Debug)]
pub struct JobChange<'a> {
    /// The states in which it is allowed.
    pub from: &'a [&'a str],
    pub to: &'a str,
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
        let JobChange { from, to, message, at, events, notice } = change;
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
        let row = sqlx::query("SELECT status FROM job WHERE id = ?")
            .bind(job)
            .fetch_optional(&mut *transaction)
            .await?;
        let status = row.map(|row| row.try_get::<String, _>(0)).transpose()?;
        if !status.is_some_and(|status| from.contains(&status.as_str())) {
            return Ok(false);
        }
        sqlx::query(
            "UPDATE job SET status = ?1, message = ?2,
                started_at = CASE WHEN ?1 = 'running' THEN coalesce(started_at, ?3) ELSE started_at END,
                ended_at = CASE WHEN ?1 IN ('completed', 'completed_with_failures', 'failed', 'cancelled')
                                THEN ?3 ELSE NULL END,
                retry_at = CASE WHEN ?1 = 'completed_with_failures' THEN retry_at ELSE NULL END
             WHERE id = ?4",
        )
        .bind(to)
        .bind(message)
        .bind(at.0)
        .bind(job)
        .execute(&mut *transaction)
        .await?;
        insert_events(&mut transaction, events).await?;
        if let Some(notice) = notice {
            insert_notice(&mut transaction, notice).await?;
        }
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
            "SELECT {JOB_COLUMNS} FROM job
             WHERE status IN ('queued', 'running', 'paused', 'waiting_for_login', 'waiting_for_broker')
             ORDER BY id"
        )))
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(job_of_row).collect()
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
    pub async fn events_after(&self, job: i64, after: i64, most: u32) -> Result<Vec<EventRow>> {
        let rows = sqlx::query(
            "SELECT id, job_id, at, level, message, expired_key FROM job_event
             WHERE job_id = ? AND id > ? ORDER BY id LIMIT ?",
        )
        .bind(job)
        .bind(after)
        .bind(most)
        .fetch_all(self.readers())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(EventRow {
                    id: row.try_get(0)?,
                    job: row.try_get(1)?,
                    at: EpochSeconds(row.try_get(2)?),
                    level: row.try_get(3)?,
                    message: row.try_get(4)?,
                    expired_key: row.try_get(5)?,
                })
            })
            .collect()
    }
}

pub(crate) const INSERT_EVENT: &str =
    "INSERT INTO job_event (job_id, at, level, message, expired_key) VALUES (?, ?, ?, ?, ?)";

pub(crate) async fn insert_events(connection: &mut SqliteConnection, events: &[NewEvent]) -> Result<()> {
    for event in events {
        sqlx::query(INSERT_EVENT)
            .bind(event.job)
            .bind(event.at.0)
            .bind(event.level)
            .bind(&event.message)
            .bind(&event.expired_key)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

fn job_of_row(row: &SqliteRow) -> Result<JobRow> {
    let count = |at: usize| row.try_get::<i64, _>(at).map(i64::unsigned_abs);
    let counts =
        |at: usize| Ok::<_, sqlx::Error>([count(at)?, count(at + 1)?, count(at + 2)?, count(at + 3)?]);
    Ok(JobRow {
        id: row.try_get(0)?,
        title: row.try_get(1)?,
        plan: row.try_get(2)?,
        status: row.try_get(3)?,
        message: row.try_get(4)?,
        created_at: EpochSeconds(row.try_get(5)?),
        started_at: row.try_get::<Option<i64>, _>(6)?.map(EpochSeconds),
        ended_at: row.try_get::<Option<i64>, _>(7)?.map(EpochSeconds),
        expiries: counts(8)?,
        contracts: counts(12)?,
        candles: count(16)?,
        requests: count(17)?,
        errors: count(18)?,
        months: counts(19)?,
        underlying_candles: count(23)?,
        retries: row.try_get(24)?,
        retry_at: row.try_get::<Option<i64>, _>(25)?.map(EpochSeconds),
        last_event: row.try_get(26)?,
    })
}
