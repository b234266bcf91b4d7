//! Jobs as they are drawn: what the database holds, and what the limiter and the meter say of now.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use market::EpochSeconds;
use protocol::{
    CollectPlan, EVENTS_LOOKED_AT_MAX, EventLevel, JobEvent, JobId, JobPicture, JobStatus, PlanSummary,
    SearchedEvents,
};
use store::{JobRow, OwnerLock, Place, Store};

use crate::archive::open_for_reading;
use crate::error::EngineError;

/// Events of one frame; whoever is further behind gets the rest with the next.
pub(crate) const EVENTS_A_FRAME_MAX: u32 = 500;
/// Events that one search gives.
const EVENTS_FOUND_MAX: usize = 500;
/// Jobs of one listing.
const JOBS_LISTED_MAX: u32 = 200;
/// Summaries of plans that are kept: a listing, and some that pages follow.
const SUMMARIES_MAX: usize = 256;

/// Reads jobs without running them.
#[derive(Clone)]
pub struct JobReader {
    store: Store,
    /// Nobody has the data directory, so nothing is carried out.
    is_at_rest: bool,
    /// A plan never changes and may be large, so it is read once; the oldest is forgotten first.
    summaries: Arc<Mutex<VecDeque<(JobId, PlanSummary)>>>,
}

impl JobReader {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, is_at_rest: false, summaries: Arc::default() }
    }

    /// Opens an existing data directory for reading, beside whoever owns it.
    pub async fn open_for_reading(place: impl Into<Place>) -> Result<Self, EngineError> {
        let place: Place = place.into();
        let is_at_rest = !OwnerLock::is_held(&place.data_dir);
        Ok(Self { is_at_rest, ..Self::new(open_for_reading(place).await?) })
    }

    pub async fn picture(&self, job: JobId) -> Result<JobPicture, EngineError> {
        let row = self.store.job(job.0).await?.ok_or(EngineError::UnknownJob(job))?;
        self.picture_of_row(row).await
    }

    /// A job with all targets of its plan.
    pub async fn whole(&self, job: JobId) -> Result<JobPicture, EngineError> {
        let mut picture = self.picture(job).await?;
        picture.plan.targets = Some(self.plan(job).await?.targets);
        Ok(picture)
    }

    /// What a job carries out, whole.
    pub async fn plan(&self, job: JobId) -> Result<CollectPlan, EngineError> {
        let text = self.store.job_plan(job.0).await?.ok_or(EngineError::UnknownJob(job))?;
        serde_json::from_str(&text).map_err(EngineError::UnreadableJob)
    }

    /// The newest jobs first.
    pub async fn list(&self) -> Result<Vec<JobPicture>, EngineError> {
        self.newest(JOBS_LISTED_MAX).await
    }

    pub async fn newest(&self, most: u32) -> Result<Vec<JobPicture>, EngineError> {
        self.page(None, None, most).await
    }

    /// The newest first; before a job and of one status where these are given.
    pub async fn page(
        &self,
        before: Option<JobId>,
        status: Option<JobStatus>,
        most: u32,
    ) -> Result<Vec<JobPicture>, EngineError> {
        let mut pictures = Vec::new();
        for row in self.store.jobs(before.map(|JobId(id)| id), status, most).await? {
            pictures.push(self.picture_of_row(row).await?);
        }
        Ok(pictures)
    }

    /// Jobs that are not ended with their plans, oldest first.
    pub(crate) async fn unfinished_plans(&self) -> Result<Vec<(JobRow, CollectPlan)>, EngineError> {
        self.with_plans(self.store.unfinished_jobs().await?).await
    }

    /// Those of jobs that are tried again by themselves, too.
    pub(crate) async fn plans_to_go_on(&self) -> Result<Vec<(JobRow, CollectPlan)>, EngineError> {
        self.with_plans(self.store.jobs_to_go_on().await?).await
    }

    async fn with_plans(&self, rows: Vec<JobRow>) -> Result<Vec<(JobRow, CollectPlan)>, EngineError> {
        let mut with_plans = Vec::new();
        for row in rows {
            let plan = self.plan(row.id).await?;
            with_plans.push((row, plan));
        }
        Ok(with_plans)
    }

    /// Events after a cursor, oldest first, at most one frame's.
    pub async fn events(&self, job: JobId, after: i64) -> Result<Vec<JobEvent>, EngineError> {
        Ok(self.store.events_after(job.0, after, EVENTS_A_FRAME_MAX).await?)
    }

    /// The newest events before one that is known, oldest first.
    pub async fn older_events(&self, job: JobId, before: i64) -> Result<Vec<JobEvent>, EngineError> {
        Ok(self.store.events_before(job.0, before, EVENTS_A_FRAME_MAX).await?)
    }

    /// The newest events before one that is known that pass a filter. A search looks at a bounded number of them, and says
    /// how far it has come where that is not the beginning of the log, also where it found nothing.
    pub async fn search_events(
        &self,
        job: JobId,
        mut before: i64,
        level: Option<EventLevel>,
        find: &str,
    ) -> Result<SearchedEvents, EngineError> {
        let find = find.trim().to_ascii_lowercase();
        let (mut found, mut looked_at) = (VecDeque::<JobEvent>::new(), 0);
        loop {
            let events = self.older_events(job, before).await?;
            let Some(first) = events.first() else { break };
            if looked_at >= EVENTS_LOOKED_AT_MAX {
                return Ok(SearchedEvents { events: found.into(), searched_to: Some(before) });
            }
            looked_at += events.len();
            before = first.id;
            for event in events.into_iter().rev().filter(|event| event.passes(level, &find)) {
                if found.len() == EVENTS_FOUND_MAX {
                    let searched_to = found.front().map(|oldest| oldest.id);
                    return Ok(SearchedEvents { events: found.into(), searched_to });
                }
                found.push_front(event);
            }
        }
        Ok(SearchedEvents { events: found.into(), searched_to: None })
    }

    async fn summary(&self, job: JobId) -> Result<PlanSummary, EngineError> {
        let lock = || self.summaries.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lock().iter().find(|(known, _)| *known == job).map(|(_, summary)| summary.clone());
        if let Some(known) = known {
            return Ok(known);
        }
        let summary = PlanSummary::from(&self.plan(job).await?);
        let mut summaries = lock();
        summaries.push_back((job, summary.clone()));
        if summaries.len() > SUMMARIES_MAX {
            summaries.pop_front();
        }
        Ok(summary)
    }

    async fn picture_of_row(&self, row: JobRow) -> Result<JobPicture, EngineError> {
        Ok(JobPicture {
            id: row.id,
            status: row.status,
            is_left: self.is_at_rest
                && matches!(row.status, JobStatus::Running | JobStatus::WaitingForBroker),
            title: row.title,
            plan: self.summary(row.id).await?,
            created_at: row.created_at,
            started_at: row.started_at,
            ended_at: row.ended_at,
            expiries: row.expiries,
            contracts: row.contracts,
            months: row.months,
            left_out: row.left_out,
            candles: row.candles,
            underlying_candles: row.underlying_candles,
            requests: row.requests,
            errors: row.errors,
            refused: row.refused,
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::SourceKind;

    #[tokio::test]
    async fn a_search_looks_at_so_many_events_and_says_how_far_it_went() {
        let data = tempfile::TempDir::new().unwrap();
        let store = Store::open(data.path(), SourceKind::Other).await.unwrap();
        let job = store.create_job("job", "{}", &[], EpochSeconds(1)).await.unwrap();
        let last = EVENTS_LOOKED_AT_MAX as i64 + 1;
        let beside = rusqlite::Connection::open(data.path().join("expirytrack.db")).unwrap();
        let events = format!(
            "WITH RECURSIVE line (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM line WHERE n < {last})
             INSERT INTO job_event (id, job_id, at, level, message)
             SELECT n, {job}, 1, 'info', iif(n = 1, 'the first', 'another') FROM line"
        );
        beside.execute_batch(&events).unwrap();
        let (reader, job) = (JobReader::new(store), JobId(job));
        let found = async |before: i64, words: &str| {
            let SearchedEvents { events, searched_to } =
                reader.search_events(job, before, None, words).await.unwrap();
            (events.iter().map(|event| event.id).collect::<Vec<_>>(), searched_to)
        };
        let (none, searched_to) = found(last + 1, "the first").await;
        assert_eq!((none.as_slice(), searched_to), (&[][..], Some(2)), "all but one, and nothing was found");
        assert_eq!(found(2, "the first").await, (vec![1], None), "it goes on there");
        let (newest, searched_to) = found(last + 1, "another").await;
        assert_eq!((newest.len(), searched_to), (EVENTS_FOUND_MAX, newest.first().copied()));
    }
}
