//! The log of jobs.

use market::EpochSeconds;
use protocol::{EventLevel, JobEvent, JobId};
use rusqlite::{Connection, Row, params};

use crate::Store;
use crate::columns::{moment, parse_column, parse_if_any};
use crate::error::Result;
use crate::queries::{change, one_row, rows};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    pub job: i64,
    pub at: EpochSeconds,
    pub level: EventLevel,
    pub message: String,
    pub expired_key: Option<String>,
}

impl Store {
    pub async fn add_events(&self, events: &[NewEvent]) -> Result<()> {
        let events = events.to_vec();
        self.write(move |transaction| insert_events(transaction, &events)).await
    }

    /// Those of these sentences that the log of a job does not hold yet.
    pub async fn untold(&self, job: i64, sentences: Vec<String>) -> Result<Vec<String>> {
        self.read(move |connection| {
            let sql = "SELECT EXISTS (SELECT 1 FROM job_event WHERE job_id = ? AND message = ?)";
            let mut untold = Vec::new();
            for sentence in sentences {
                if !one_row(connection, sql, params![job, sentence], |row| Ok(row.get::<_, bool>(0)?))? {
                    untold.push(sentence);
                }
            }
            Ok(untold)
        })
        .await
    }

    /// Events of a job after a cursor, oldest first.
    pub async fn events_after(&self, job: i64, after: i64, most: u32) -> Result<Vec<JobEvent>> {
        self.read(move |connection| {
            let sql = format!("{EVENTS} WHERE job_id = ? AND id > ? ORDER BY id LIMIT ?");
            rows(connection, &sql, params![job, after, most], event_of_row)
        })
        .await
    }

    /// The newest events of a job before one of its own, oldest first.
    pub async fn events_before(&self, job: i64, before: i64, most: u32) -> Result<Vec<JobEvent>> {
        self.read(move |connection| {
            let sql = format!("{EVENTS} WHERE job_id = ? AND id < ? ORDER BY id DESC LIMIT ?");
            let mut events = rows(connection, &sql, params![job, before, most], event_of_row)?;
            events.reverse();
            Ok(events)
        })
        .await
    }
}

pub(crate) fn insert_events(connection: &Connection, events: &[NewEvent]) -> Result<()> {
    for NewEvent { job, at, level, message, expired_key } in events {
        change(
            connection,
            "INSERT INTO job_event (job_id, at, level, message, expired_key) VALUES (?, ?, ?, ?, ?)",
            params![job, at.0, level.as_str(), message, expired_key],
        )?;
    }
    Ok(())
}

/// As [`event_of_row`] reads it.
const EVENTS: &str = "SELECT id, job_id, at, level, message, expired_key FROM job_event";

pub(crate) fn event_of_row(row: &Row<'_>) -> Result<JobEvent> {
    Ok(JobEvent {
        id: row.get(0)?,
        job: JobId(row.get(1)?),
        at: moment(row, 2)?,
        level: parse_column(row, 3)?,
        message: row.get(4)?,
        expired_key: parse_if_any(row, 5)?,
    })
}
