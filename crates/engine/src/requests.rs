//! The requests to the broker as people look at them: a log that can be searched, their pace, and what works by itself here.

use std::sync::Arc;

use market::{DayRange, EpochSeconds};
use protocol::{
    AUDIT_LINES, AUDIT_LINES_MAX, ApiUse, AuditPage, AuditQuery, JobId, JobPace, JobStatus, LoopPicture,
    Throughput, WindowsOverTime,
};
use store::Store;

use crate::api_use::LatelyAsked;
use crate::broker::Broker;
use crate::error::EngineError;
use crate::loops::Loops;
use crate::over_time::{step_for, throughput, whole_seconds, windows_over_time};

/// How far back the rate windows are told.
const WINDOWS_SPAN_SECONDS: u32 = 3_600;
const WINDOWS_STEP_SECONDS: u32 = 30;
/// Requests that are read for it. Upstox allows 6,000 in an hour and the half hour before it.
const WINDOW_REQUESTS_MAX: u32 = 20_000;

#[derive(Clone)]
pub struct RequestService {
    pub(crate) store: Store,
    broker: Arc<Broker>,
    loops: Loops,
    lately: LatelyAsked,
}

impl RequestService {
    pub(crate) fn new(store: Store, broker: Arc<Broker>, loops: Loops) -> Self {
        Self { store, broker, loops, lately: LatelyAsked::default() }
    }

    /// A page of the log, newest first.
    pub async fn log(&self, query: &AuditQuery) -> Result<AuditPage, EngineError> {
        let some = |text: &Option<String>| {
            text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        if let (Some(from), Some(to)) = (query.from, query.to) {
            DayRange::new(from, to)?;
        }
        let query =
            AuditQuery { search: some(&query.search), endpoint: some(&query.endpoint), ..query.clone() };
        let most = query.limit.unwrap_or(AUDIT_LINES).clamp(1, AUDIT_LINES_MAX);
        Ok(self.store.requests(&query, most).await?)
    }

    /// The pace of a job over its life, and of the rate windows over the last hour.
    pub async fn pace(&self, job: JobId) -> Result<JobPace, EngineError> {
        Ok(JobPace { throughput: self.throughput(job).await?, windows: self.windows().await? })
    }

    async fn throughput(&self, job: JobId) -> Result<Throughput, EngineError> {
        let row = self.store.job(job.0).await?.ok_or(EngineError::UnknownJob(job))?;
        let from = row.started_at.unwrap_or(row.created_at);
        let runs = row.status == JobStatus::Running;
        // A job that stands is told up to its last request.
        let to = match (row.ended_at, runs) {
            (Some(ended), _) => ended,
            (None, true) => self.broker.now(),
            (None, false) => self.store.last_request_at(job.0).await?.unwrap_or(from),
        };
        let seconds = step_for(to.0 - from.0);
        let buckets = self.store.requests_over_time(job.0, from, seconds).await?;
        Ok(throughput(from, to, !runs, seconds, &buckets))
    }

    /// How full the rate windows were in the last hour.
    pub async fn windows(&self) -> Result<WindowsOverTime, EngineError> {
        let limits = self.broker.limiter.limits();
        let longest = limits.windows().iter().map(|window| whole_seconds(window.period)).max().unwrap_or(0);
        // On the step, so that a point keeps its place from one look to the next.
        let step = i64::from(WINDOWS_STEP_SECONDS);
        let to = (self.broker.now().0 / step + 1) * step;
        let from = EpochSeconds(to - i64::from(WINDOWS_SPAN_SECONDS));
        let after = EpochSeconds(from.0 - i64::from(longest));
        let counts = self.store.requests_a_second(after, WINDOW_REQUESTS_MAX).await?;
        let pieces = WINDOWS_SPAN_SECONDS / WINDOWS_STEP_SECONDS;
        Ok(windows_over_time(limits, from, WINDOWS_STEP_SECONDS, pieces, &counts))
    }

    /// How the broker was used in the last day, and the endpoints that are known from lately, by name.
    pub(crate) async fn lately(&self) -> Result<(ApiUse, Vec<String>), EngineError> {
        Ok(self.lately.look(&self.store, self.broker.now()).await?)
    }

    /// What works by itself here, in the order in which it was started.
    pub fn loops(&self) -> Vec<LoopPicture> {
        self.loops.pictures()
    }
}
