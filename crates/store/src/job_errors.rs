//! The newest errors in the logs of jobs, whatever job they are of.

use protocol::{JobError, JobId};
use rusqlite::Connection;

use crate::Store;
use crate::columns::moment;
use crate::error::Result;
use crate::queries::rows;

/// Errors that are told.
const ERRORS_MAX: u32 = 5;
/// Events among which they are looked for: the log of a few days that went well.
const EVENTS_LOOKED_AT: i64 = 50_000;

impl Store {
    /// Newest first.
    pub async fn newest_job_errors(&self) -> Result<Vec<JobError>> {
        self.read(errors_of_jobs).await
    }
}

pub(crate) fn errors_of_jobs(connection: &Connection) -> Result<Vec<JobError>> {
    rows(
        connection,
        "SELECT at, job_id, message FROM job_event
         WHERE level = 'error' AND id > (SELECT coalesce(max(id), 0) FROM job_event) - ?
         ORDER BY id DESC LIMIT ?",
        [EVENTS_LOOKED_AT, ERRORS_MAX.into()],
        |row| Ok(JobError { at: moment(row, 0)?, job: JobId(row.get(1)?), message: row.get(2)? }),
    )
}
