//! The requests to the broker as people look at them: a log that can be searched, their pace, and what works by itself here.

use std::collections::HashMap;
use std::sync::Arc;

use market::{Day, DayRange, EpochSeconds};
use protocol::{
    AUDIT_LINES, AUDIT_LINES_MAX, ApiUse, AuditLine, AuditPage, AuditQuery, JobId, JobPace, JobStatus,
    LoopPicture, Throughput, WindowsOverTime,
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

/// What a request was about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestSubject {
    /// As people call it, `NIFTY 24500 CE 28 AUG 25`, or `NIFTY · 28 Aug 2025` where contracts were listed. What is not known
    /// here is called by its key.
    pub name: String,
    /// As Upstox calls it; empty where that is its name.
    pub key: String,
}

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

    /// What each of these requests was about.
    pub async fn subjects(&self, lines: &[AuditLine]) -> Result<Vec<RequestSubject>, EngineError> {
        let keys = lines.iter().map(|line| key_and_expiry(&line.key).0.to_owned()).collect();
        let names = self.store.names_of_keys(keys).await?;
        Ok(lines.iter().map(|line| subject(&line.key, &names)).collect())
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

/// A list of contracts is logged by its underlying's key and the expiry.
fn key_and_expiry(logged: &str) -> (&str, Option<Day>) {
    let parts = logged.rsplit_once(' ').and_then(|(key, day)| Some((key, Some(day.parse::<Day>().ok()?))));
    parts.unwrap_or((logged, None))
}

fn subject(logged: &str, names: &HashMap<String, String>) -> RequestSubject {
    let (key, expiry) = key_and_expiry(logged);
    let known = names.get(key);
    let name = known.map_or(key, String::as_str);
    RequestSubject {
        name: match expiry {
            Some(expiry) => format!("{name} · {}", expiry.to_long_text()),
            None => name.to_owned(),
        },
        key: known.map(|_| key.to_owned()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_about_what_people_call_by_a_name_where_it_is_known() {
        let names =
            [("NSE_INDEX|Nifty 50", "NIFTY"), ("NSE_FO|71706|28-08-2025", "NIFTY 24500 CE 28 AUG 25")];
        let names: HashMap<String, String> =
            names.map(|(key, name)| (key.to_owned(), name.to_owned())).into();
        let told = |logged: &str| {
            let RequestSubject { name, key } = subject(logged, &names);
            [name, key].join(", ")
        };
        assert_eq!(told("NSE_INDEX|Nifty 50"), "NIFTY, NSE_INDEX|Nifty 50");
        assert_eq!(told("NSE_INDEX|Nifty 50 2025-08-28"), "NIFTY · 28 Aug 2025, NSE_INDEX|Nifty 50");
        assert_eq!(told("NSE_FO|71706|28-08-2025"), "NIFTY 24500 CE 28 AUG 25, NSE_FO|71706|28-08-2025");
        assert_eq!(told("BSE_INDEX|SENSEX 2025-08-28"), "BSE_INDEX|SENSEX · 28 Aug 2025, ");
        assert_eq!(told("NSE_INDEX|Nifty Bank"), "NSE_INDEX|Nifty Bank, ");
    }
}
