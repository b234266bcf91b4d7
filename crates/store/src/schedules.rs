//! Schedules, and the expiries that they wait for. What a rule means the engine knows.

use market::{ComingExpiry, Day, EpochSeconds};
use protocol::{JobId, RunOutcome, ScheduleRun};
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, Row};

use crate::columns::parse;
use crate::error::Result;
use crate::{Store, UnderlyingId};

/// A row of `schedule`. The rule is a text whose meaning the engine knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleRow {
    pub id: i64,
    pub name: String,
    pub rule: String,
    pub enabled: bool,
    pub created_at: EpochSeconds,
    /// Runs due before it are done with, however many were missed.
    pub looked_at: EpochSeconds,
    /// The last run that learned what is new.
    pub succeeded_at: Option<EpochSeconds>,
    /// A run is due and nobody is signed in.
    pub waits_since: Option<EpochSeconds>,
    /// Runs in a row that failed.
    pub failures: u32,
    pub retry_at: Option<EpochSeconds>,
    /// A person asked for a run that is still to be carried out.
    pub asked_at: Option<EpochSeconds>,
    pub last_run: Option<ScheduleRun>,
}

/// A run's end, as it is kept: one that failed may be tried again, any other one learned what is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScheduleRunEnd {
    Job { job: i64, message: Option<String> },
    NothingNew { message: Option<String> },
    Failed { message: String, retry_at: Option<EpochSeconds> },
}

/// An expiry that the instrument master told of before it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedExpiry {
    pub date: Day,
    pub weekly: Option<bool>,
    /// Whether the broker lists it as expired by now.
    pub listed: bool,
}

const SCHEDULE_COLUMNS: &str = "id, name, rule, enabled, created_at, looked_at, succeeded_at, waits_since,
    failures, retry_at, last_run_at, last_outcome, last_job_id, last_message, asked_at";

impl Store {
    pub async fn create_schedule(&self, name: &str, rule: &str, now: EpochSeconds) -> Result<i64> {
        let created = sqlx::query(
            "INSERT INTO schedule (name, rule, enabled, created_at, looked_at) VALUES (?1, ?2, 1, ?3, ?3)",
        )
        .bind(name)
        .bind(rule)
        .bind(now.0)
        .execute(&mut *self.writer().await?)
        .await?;
        Ok(created.last_insert_rowid())
    }

    /// All schedules, oldest first.
    pub async fn schedules(&self) -> Result<Vec<ScheduleRow>> {
        let rows =
            sqlx::query(sqlx::AssertSqlSafe(format!("SELECT {SCHEDULE_COLUMNS} FROM schedule ORDER BY id")))
                .fetch_all(self.readers())
                .await?;
        rows.iter().map(schedule_of_row).collect()
    }

    pub async fn schedule(&self, id: i64) -> Result<Option<ScheduleRow>> {
        let row =
            sqlx::query(sqlx::AssertSqlSafe(format!("SELECT {SCHEDULE_COLUMNS} FROM schedule WHERE id = ?")))
                .bind(id)
                .fetch_optional(self.readers())
                .await?;
        row.as_ref().map(schedule_of_row).transpose()
    }

    /// Says whether there was one.
    pub async fn remove_schedule(&self, id: i64) -> Result<bool> {
        let removed = sqlx::query("DELETE FROM schedule WHERE id = ?")
            .bind(id)
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(removed.rows_affected() > 0)
    }

    /// Lets a schedule run or holds it. What it missed while it was held is not made up for. Says whether
    /// there is one.
    pub async fn enable_schedule(&self, id: i64, enabled: bool, now: EpochSeconds) -> Result<bool> {
        let changed = sqlx::query(
            "UPDATE schedule SET looked_at = CASE WHEN enabled = ?1 THEN looked_at ELSE ?2 END,
                                 enabled = ?1, waits_since = NULL, failures = 0, retry_at = NULL
             WHERE id = ?3",
        )
        .bind(enabled)
        .bind(now.0)
        .bind(id)
        .execute(&mut *self.writer().await?)
        .await?;
        Ok(changed.rows_affected() > 0)
    }

    /// Gives a schedule another rule. What the old one missed or waited for is not made up for. Says whether there
    /// is one.
    pub async fn change_schedule(&self, id: i64, name: &str, rule: &str, now: EpochSeconds) -> Result<bool> {
        let (name, rule) = (name.to_owned(), rule.to_owned());
        self.write(move |transaction| {
            let changed = transaction
                .prepare_cached(
                    "UPDATE schedule SET name = ?1, rule = ?2, looked_at = ?3, waits_since = NULL, failures = 0,
                                         retry_at = NULL
                     WHERE id = ?4",
                )?
                .execute(rusqlite::params![name, rule, now.0, id])?;
            Ok(changed > 0)
        })
        .await
    }

    /// Keeps that a person asked for a run; one that is asked for already keeps its time. Says whether there is
    /// such a schedule.
    pub async fn ask_for_schedule_run(&self, id: i64, now: EpochSeconds) -> Result<bool> {
        let changed = sqlx::query("UPDATE schedule SET asked_at = coalesce(asked_at, ?1) WHERE id = ?2")
            .bind(now.0)
            .bind(id)
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(changed.rows_affected() > 0)
    }

    /// A run is due and nobody is signed in. Says whether that is new.
    pub async fn schedule_waits(&self, id: i64, since: EpochSeconds) -> Result<bool> {
        let changed = sqlx::query("UPDATE schedule SET waits_since = ? WHERE id = ? AND waits_since IS NULL")
            .bind(since.0)
            .bind(id)
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(changed.rows_affected() > 0)
    }

    /// Keeps how a run ended. A schedule that was removed meanwhile is no error.
    pub async fn end_schedule_run(&self, id: i64, at: EpochSeconds, end: &ScheduleRunEnd) -> Result<()> {
        let (outcome, job, message, retry_at) = match end {
            ScheduleRunEnd::Job { job, message } => (RunOutcome::Job, Some(*job), message.as_deref(), None),
            ScheduleRunEnd::NothingNew { message } => {
                (RunOutcome::NothingNew, None, message.as_deref(), None)
            }
            ScheduleRunEnd::Failed { message, retry_at } => {
                (RunOutcome::Failed, None, Some(message.as_str()), *retry_at)
            }
        };
        sqlx::query(
            "UPDATE schedule SET looked_at = ?1, waits_since = NULL, retry_at = ?2, asked_at = NULL,
                failures = CASE WHEN ?3 = 'failed' THEN failures + 1 ELSE 0 END,
                succeeded_at = CASE WHEN ?3 = 'failed' THEN succeeded_at ELSE ?1 END,
                last_run_at = ?1, last_outcome = ?3, last_job_id = ?4, last_message = ?5
             WHERE id = ?6",
        )
        .bind(at.0)
        .bind(retry_at.map(|at| at.0))
        .bind(outcome.as_str())
        .bind(job)
        .bind(message)
        .bind(id)
        .execute(&mut *self.writer().await?)
        .await?;
        Ok(())
    }

    /// Keeps when live contracts will expire. What was known before stays.
    pub async fn put_coming_expiries(&self, expiries: &[ComingExpiry]) -> Result<()> {
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
        for ComingExpiry { underlying, date, weekly } in expiries {
            sqlx::query(
                "INSERT INTO coming_expiry (underlying_id, date, weekly)
                 SELECT id, ?, ? FROM underlying WHERE key = ?
                 ON CONFLICT DO UPDATE SET weekly = coalesce(excluded.weekly, weekly)",
            )
            .bind(date.to_string())
            .bind(weekly)
            .bind(underlying.as_str())
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Expiries from a day on that the instrument master told of, oldest first.
    pub async fn expected_expiries(
        &self,
        underlying: UnderlyingId,
        from: Day,
    ) -> Result<Vec<ExpectedExpiry>> {
        let rows = sqlx::query(
            "SELECT c.date, c.weekly, EXISTS (SELECT 1 FROM expiry e
                WHERE e.underlying_id = c.underlying_id AND e.date = c.date)
             FROM coming_expiry c WHERE c.underlying_id = ? AND c.date >= ? ORDER BY c.date",
        )
        .bind(underlying.0)
        .bind(from.to_string())
        .fetch_all(self.readers())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(ExpectedExpiry {
                    date: parse(row.try_get(0)?)?,
                    weekly: row.try_get(1)?,
                    listed: row.try_get(2)?,
                })
            })
            .collect()
    }
}

fn schedule_of_row(row: &SqliteRow) -> Result<ScheduleRow> {
    let moment = |column: &str| row.try_get::<Option<i64>, _>(column).map(|at| at.map(EpochSeconds));
    let last_run = match (
        moment("last_run_at")?,
        row.try_get::<Option<&str>, _>("last_outcome")?.map(parse).transpose()?,
    ) {
        (Some(at), Some(outcome)) => Some(ScheduleRun {
            at,
            outcome,
            job: row.try_get::<Option<i64>, _>("last_job_id")?.map(JobId),
            message: row.try_get("last_message")?,
        }),
        _ => None,
    };
    Ok(ScheduleRow {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        rule: row.try_get("rule")?,
        enabled: row.try_get("enabled")?,
        created_at: EpochSeconds(row.try_get("created_at")?),
        looked_at: EpochSeconds(row.try_get("looked_at")?),
        succeeded_at: moment("succeeded_at")?,
        waits_since: moment("waits_since")?,
        failures: row.try_get("failures")?,
        retry_at: moment("retry_at")?,
        asked_at: moment("asked_at")?,
        last_run,
    })
}
