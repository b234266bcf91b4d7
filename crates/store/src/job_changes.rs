//! How a job goes from one state to another, with all that belongs to the step or not at all.

use market::EpochSeconds;
use protocol::JobStatus;
use rusqlite::{Connection, params};

use crate::Store;
use crate::columns::parse_column;
use crate::error::Result;
use crate::events::{NewEvent, insert_events};
use crate::jobs::IS_RETRIED;
use crate::notices::{NewNotice, insert_notice};
use crate::queries::{change, first_row};
use crate::units::reopen_failed_units;

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
    /// When what failed is tried again by itself; `None`: never.
    pub retry_at: Option<EpochSeconds>,
}

/// The same, for the thread that writes.
struct OwnedChange {
    from: Vec<JobStatus>,
    to: JobStatus,
    message: Option<String>,
    at: EpochSeconds,
    events: Vec<NewEvent>,
    notice: Option<NewNotice>,
    retry_at: Option<EpochSeconds>,
}

impl From<JobChange<'_>> for OwnedChange {
    fn from(change: JobChange<'_>) -> Self {
        Self {
            from: change.from.to_vec(),
            to: change.to,
            message: change.message.map(str::to_owned),
            at: change.at,
            events: change.events.to_vec(),
            notice: change.notice.cloned(),
            retry_at: change.retry_at,
        }
    }
}

impl Store {
    /// Changes a job's state, with all that belongs to it or not at all. Answers whether the change took place.
    pub async fn change_job(&self, job: i64, change: JobChange<'_>) -> Result<bool> {
        let change = OwnedChange::from(change);
        self.write(move |transaction| apply(transaction, job, &change)).await
    }

    /// Takes an ended job up again: its state changes and what failed is to be done again, in one, so that no
    /// job is ever queued with failed parts. Answers whether it took place.
    pub async fn reopen_job(&self, job: i64, change: JobChange<'_>) -> Result<bool> {
        let change = OwnedChange::from(change);
        self.write(move |transaction| reopen(transaction, job, &change)).await
    }

    /// The same by itself, of a job whose time has come: not where it was called off or taken up meanwhile.
    pub async fn retry_job(&self, job: i64, change: JobChange<'_>) -> Result<bool> {
        let change = OwnedChange::from(change);
        self.write(move |transaction| {
            let sql = format!("SELECT 1 FROM job WHERE id = ? AND {IS_RETRIED} AND retry_at <= ?");
            let is_due = first_row(transaction, &sql, [job, change.at.0], |_| Ok(()))?.is_some();
            Ok(is_due && reopen(transaction, job, &change)?)
        })
        .await
    }

    /// Nothing more comes of a job, however it stands when this is written: it is cancelled by this change, or, where it has
    /// ended, not tried again by itself. In one transaction, so that no end comes in between. Answers whether anything was
    /// still to come of it.
    pub async fn call_off_job(&self, job: i64, cancel: JobChange<'_>) -> Result<bool> {
        let cancel = OwnedChange::from(cancel);
        self.write(move |transaction| {
            Ok(apply(transaction, job, &cancel)? || forget_retry(transaction, job, &cancel)?)
        })
        .await
    }
}

fn reopen(connection: &Connection, job: i64, wanted: &OwnedChange) -> Result<bool> {
    let took_place = apply(connection, job, wanted)?;
    if took_place {
        reopen_failed_units(connection, job)?;
    }
    Ok(took_place)
}

/// A job that has ended and was to be tried again stays as it has ended, and says why.
fn forget_retry(connection: &Connection, job: i64, cancel: &OwnedChange) -> Result<bool> {
    let sql = format!(
        "UPDATE job SET retry_at = NULL, message = coalesce(?, message) WHERE id = ? AND {IS_RETRIED}"
    );
    let is_forgotten = change(connection, &sql, params![cancel.message, job])? > 0;
    if is_forgotten {
        insert_events(connection, &cancel.events)?;
    }
    Ok(is_forgotten)
}

/// Nothing where the job is in none of the states from which the change is allowed.
fn apply(connection: &Connection, job: i64, wanted: &OwnedChange) -> Result<bool> {
    let OwnedChange { from, to, message, at, events, notice, retry_at } = wanted;
    let status: Option<JobStatus> =
        first_row(connection, "SELECT status FROM job WHERE id = ?", [job], |row| parse_column(row, 0))?;
    if !status.is_some_and(|status| from.contains(&status)) {
        return Ok(false);
    }
    change(
        connection,
        "UPDATE job SET status = ?1, message = ?2,
            started_at = CASE WHEN ?1 = 'running' THEN coalesce(started_at, ?3) ELSE started_at END,
            ended_at = CASE WHEN ?4 THEN ?3 ELSE NULL END,
            retry_at = ?5, retries = retries + (?5 IS NOT NULL)
         WHERE id = ?6",
        params![to.as_str(), message, at.0, to.is_ended(), retry_at.map(|at| at.0), job],
    )?;
    insert_events(connection, events)?;
    if let Some(notice) = notice {
        insert_notice(connection, notice)?;
    }
    Ok(true)
}
