//! Jobs as they are drawn: what the database holds, and what the limiter and the meter say of now.

use std::path::Path;

use market::EpochSeconds;
use protocol::{CollectPlan, EventLevel, JobEvent, JobId, JobPicture, JobStatus, Tally};
use store::{EventRow, JobRow, Store};

use crate::error::EngineError;

/// Events of one frame; whoever is further behind gets the rest with the next.
pub(crate) const EVENTS_A_FRAME_MAX: u32 = 500;
/// Jobs of one listing.
const JOBS_LISTED_MAX: u32 = 200;

/// Reads jobs without running them.
#[derive(Clone)]
pub struct JobReader {
    store: Store,
}

impl JobReader {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Opens an existing data directory for reading, beside whoever owns it.
    pub async fn open_for_reading(data_dir: &Path) -> Result<Self, EngineError> {
        Ok(Self { store: Store::open_for_reading(data_dir).await? })
    }

    pub async fn picture(&self, job: JobId) -> Result<JobPicture, EngineError> {
        let row = self.store.job(job.0).await?.ok_or(EngineError::UnknownJob(job))?;
        picture_of_row(row)
    }

    /// The newest jobs first.
    pub async fn list(&self) -> Result<Vec<JobPicture>, EngineError> {
        self.newest(JOBS_LISTED_MAX).await
    }

    pub async fn newest(&self, most: u32) -> Result<Vec<JobPicture>, EngineError> {
        self.store.jobs(most).await?.into_iter().map(picture_of_row).collect()
    }

    /// Jobs that are not ended, oldest first.
    pub async fn unfinished(&self) -> Result<Vec<JobPicture>, EngineError> {
        self.store.unfinished_jobs().await?.into_iter().map(picture_of_row).collect()
    }

    /// Events after a cursor, oldest first, at most one frame's.
    pub async fn events(&self, job: JobId, after: i64) -> Result<Vec<JobEvent>, EngineError> {
        let rows = self.store.events_after(job.0, after, EVENTS_A_FRAME_MAX).await?;
        Ok(rows.into_iter().map(event_of_row).collect())
    }
}

fn event_of_row(row: EventRow) -> JobEvent {
    JobEvent {
        id: row.id,
        job: JobId(row.job),
        at: row.at,
        level: EventLevel::parse(&row.level),
        message: row.message,
        expired_key: row.expired_key.and_then(|key| key.parse().ok()),
    }
}

pub(crate) fn picture_of_row(row: JobRow) -> Result<JobPicture, EngineError> {
    let plan: CollectPlan = serde_json::from_str(&row.plan).map_err(EngineError::UnreadableJob)?;
    // The table admits the nine states only.
    let status = row.status.parse().unwrap_or(JobStatus::Failed);
    let tally = |[done, empty, failed, total]: [u64; 4]| Tally { done, empty, failed, total };
    Ok(JobPicture {
        id: JobId(row.id),
        status,
        title: row.title,
        plan,
        created_at: row.created_at,
        started_at: row.started_at,
        ended_at: row.ended_at,
        expiries: tally(row.expiries),
        contracts: tally(row.contracts),
        months: tally(row.months),
        candles: row.candles,
        underlying_candles: row.underlying_candles,
        requests: row.requests,
        errors: row.errors,
        message: row.message,
        waits: None,
        retries: row.retries,
        retry_at: row.retry_at,
        candles_per_second: None,
        seconds_left: None,
        done_at: None::<EpochSeconds>,
        last_event: row.last_event,
    })
}
