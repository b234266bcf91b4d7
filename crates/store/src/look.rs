//! A look at a database that may be of any version, or damaged, for whoever wants to know what is wrong with it. It
//! brings nothing forward and writes nothing.

use market::EpochSeconds;
use protocol::{JobError, JobStatus};

use crate::columns::{moment, moment_if_any};
use crate::copy_error::CopyError;
use crate::database_file::DatabaseFile;
use crate::error::Result;
use crate::job_errors::errors_of_jobs;
use crate::jobs::job_counts;
use crate::open::{DATABASE_FILE, Place, SourceKind, check_encryption};
use crate::queries::{first_row, one_row};
use crate::upgrade::newest_schema;

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseLook {
    /// The layout that it has, and the one of this version.
    pub schema: i64,
    pub newest_schema: i64,
    /// `None`: nobody's data yet.
    pub source: Option<SourceKind>,
    pub jobs: Vec<(JobStatus, u64)>,
    /// The newest errors in the logs of jobs, newest first.
    pub errors: Vec<JobError>,
    pub last_request_at: Option<EpochSeconds>,
    /// When the sign-in was kept that is in the vault.
    pub sign_in_kept_at: Option<EpochSeconds>,
}

/// Beside whoever owns it, and not in a process that has it open. `sign_in` is the name under which the vault keeps the sign-in.
pub async fn look_at(place: &Place, sign_in: &'static str) -> Result<DatabaseLook, CopyError> {
    let Place { data_dir, key } = place.clone();
    let path = data_dir.join(DATABASE_FILE);
    let look = tokio::task::spawn_blocking(move || {
        check_encryption(&path, key.as_ref())?;
        let file = DatabaseFile::open(&path, key.as_ref(), None)?.of_known_schema()?;
        let (schema, source) = (file.schema_version()?, file.source()?);
        file.ask(|connection| {
            Ok(DatabaseLook {
                schema,
                newest_schema: newest_schema(),
                source,
                jobs: job_counts(connection)?,
                errors: errors_of_jobs(connection)?,
                last_request_at: one_row(
                    connection,
                    "SELECT (SELECT at FROM fetch_audit ORDER BY id DESC LIMIT 1)",
                    [],
                    |row| Ok(moment_if_any(row, 0)?),
                )?,
                sign_in_kept_at: first_row(
                    connection,
                    "SELECT updated_at FROM vault WHERE name = ?",
                    [sign_in],
                    |row| Ok(moment(row, 0)?),
                )?,
            })
        })
    });
    look.await.map_err(|_| CopyError::GivenUp)?
}
