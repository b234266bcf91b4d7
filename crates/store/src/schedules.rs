//! Schedules, and the expiries that they wait for. What a rule means the engine knows.

use market::{ComingExpiry, Day, EpochSeconds};
use protocol::{JobId, RunOutcome, ScheduleRun};
use rusqlite::{Row, params};

use crate::columns::{moment, moment_if_any, parse_column, parse_if_any};
use crate::error::Result;
use crate::queries::{change, first_row, rows};
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

impl Store {
    pub async fn create_schedule(&self, name: &str, rule: &str, now: EpochSeconds) -> Result<i64> {
        let (name, rule) = (name.to_owned(), rule.to_owned());
        self.write(move |transaction| {
            change(
                transaction,
                "INSERT INTO schedule (name, rule, enabled, created_at, looked_at) VALUES (?1, ?2, 1, ?3, ?3)",
                params![name, rule, now.0],
            )?;
            Ok(transaction.last_insert_rowid())
        })
        .await
    }

    /// All schedules, oldest first.
    pub async fn schedules(&self) -> Result<Vec<ScheduleRow>> {
        self.read(|connection| rows(connection, &schedules_sql("ORDER BY id"), [], schedule_of_row)).await
    }

    pub async fn schedule(&self, id: i64) -> Result<Option<ScheduleRow>> {
        self.read(move |connection| {
            first_row(connection, &schedules_sql("WHERE id = ?"), [id], schedule_of_row)
        })
        .await
    }

    /// Says whether there was one.
    pub async fn remove_schedule(&self, id: i64) -> Result<bool> {
        self.write(move |transaction| Ok(change(transaction, "DELETE FROM schedule WHERE id = ?", [id])? > 0))
            .await
    }

    /// Lets a schedule run or holds it. What it missed while it was held is not made up for. Says whether
    /// there is one.
    pub async fn enable_schedule(&self, id: i64, enabled: bool, now: EpochSeconds) -> Result<bool> {
        self.write(move |transaction| {
            let changed = change(
                transaction,
                "UPDATE schedule SET looked_at = CASE WHEN enabled = ?1 THEN looked_at ELSE ?2 END,
                                     enabled = ?1, waits_since = NULL, failures = 0, retry_at = NULL
                 WHERE id = ?3",
                params![enabled, now.0, id],
            )?;
            Ok(changed > 0)
        })
        .await
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
        self.write(move |transaction| {
            let sql = "UPDATE schedule SET asked_at = coalesce(asked_at, ?1) WHERE id = ?2";
            Ok(change(transaction, sql, [now.0, id])? > 0)
        })
        .await
    }

    /// A run is due and nobody is signed in. Says whether that is new.
    pub async fn schedule_waits(&self, id: i64, since: EpochSeconds) -> Result<bool> {
        self.write(move |transaction| {
            let sql = "UPDATE schedule SET waits_since = ? WHERE id = ? AND waits_since IS NULL";
            Ok(change(transaction, sql, [since.0, id])? > 0)
        })
        .await
    }

    /// Keeps how a run ended. A schedule that was removed meanwhile is no error.
    pub async fn end_schedule_run(&self, id: i64, at: EpochSeconds, end: &ScheduleRunEnd) -> Result<()> {
        let (outcome, job, message, retry_at) = match end.clone() {
            ScheduleRunEnd::Job { job, message } => (RunOutcome::Job, Some(job), message, None),
            ScheduleRunEnd::NothingNew { message } => (RunOutcome::NothingNew, None, message, None),
            ScheduleRunEnd::Failed { message, retry_at } => {
                (RunOutcome::Failed, None, Some(message), retry_at)
            }
        };
        self.write(move |transaction| {
            change(
                transaction,
                "UPDATE schedule SET looked_at = ?1, waits_since = NULL, retry_at = ?2, asked_at = NULL,
                    failures = CASE WHEN ?3 = 'failed' THEN failures + 1 ELSE 0 END,
                    succeeded_at = CASE WHEN ?3 = 'failed' THEN succeeded_at ELSE ?1 END,
                    last_run_at = ?1, last_outcome = ?3, last_job_id = ?4, last_message = ?5
                 WHERE id = ?6",
                params![at.0, retry_at.map(|at| at.0), outcome.as_str(), job, message, id],
            )?;
            Ok(())
        })
        .await
    }

    /// Keeps when live contracts will expire. What was known before stays.
    pub async fn put_coming_expiries(&self, expiries: &[ComingExpiry]) -> Result<()> {
        let expiries = expiries.to_vec();
        self.write(move |transaction| {
            for ComingExpiry { underlying, date, weekly } in expiries {
                change(
                    transaction,
                    "INSERT INTO coming_expiry (underlying_id, date, weekly)
                     SELECT id, ?, ? FROM underlying WHERE key = ?
                     ON CONFLICT DO UPDATE SET weekly = coalesce(excluded.weekly, weekly)",
                    params![date.to_string(), weekly, underlying.as_str()],
                )?;
            }
            Ok(())
        })
        .await
    }

    /// Expiries from a day on that the instrument master told of, oldest first.
    pub async fn expected_expiries(
        &self,
        underlying: UnderlyingId,
        from: Day,
    ) -> Result<Vec<ExpectedExpiry>> {
        self.read(move |connection| {
            rows(
                connection,
                "SELECT c.date, c.weekly, EXISTS (SELECT 1 FROM expiry e
                    WHERE e.underlying_id = c.underlying_id AND e.date = c.date)
                 FROM coming_expiry c WHERE c.underlying_id = ? AND c.date >= ? ORDER BY c.date",
                params![underlying.0, from.to_string()],
                |row| {
                    let date = parse_column(row, 0)?;
                    Ok(ExpectedExpiry { date, weekly: row.get(1)?, listed: row.get(2)? })
                },
            )
        })
        .await
    }
}

/// As [`schedule_of_row`] reads it.
fn schedules_sql(which: &str) -> String {
    format!(
        "SELECT id, name, rule, enabled, created_at, looked_at, succeeded_at, waits_since, failures, retry_at,
            last_run_at, last_outcome, last_job_id, last_message, asked_at FROM schedule {which}"
    )
}

fn schedule_of_row(row: &Row<'_>) -> Result<ScheduleRow> {
    Ok(ScheduleRow {
        id: row.get("id")?,
        name: row.get("name")?,
        rule: row.get("rule")?,
        enabled: row.get("enabled")?,
        created_at: moment(row, "created_at")?,
        looked_at: moment(row, "looked_at")?,
        succeeded_at: moment_if_any(row, "succeeded_at")?,
        waits_since: moment_if_any(row, "waits_since")?,
        failures: row.get("failures")?,
        retry_at: moment_if_any(row, "retry_at")?,
        asked_at: moment_if_any(row, "asked_at")?,
        last_run: last_run_of_row(row)?,
    })
}

fn last_run_of_row(row: &Row<'_>) -> Result<Option<ScheduleRun>> {
    let at = moment_if_any(row, "last_run_at")?;
    let (Some(at), Some(outcome)) = (at, parse_if_any(row, "last_outcome")?) else { return Ok(None) };
    let job = row.get::<_, Option<i64>>("last_job_id")?.map(JobId);
    Ok(Some(ScheduleRun { at, outcome, job, message: row.get("last_message")? }))
}
