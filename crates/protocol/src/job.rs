//! A job as it is drawn: its state, its counts, its log.

use std::fmt;

use market::{EpochSeconds, ExpiredKey};
use serde::{Deserialize, Serialize};

use crate::words::reads_its_words;
use crate::{PlanSummary, Wait};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct JobId(pub i64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    Queued,
    Running,
    Paused,
    WaitingForLogin,
    WaitingForBroker,
    Completed,
    CompletedWithFailures,
    Failed,
    Cancelled,
}

impl JobStatus {
    pub const ALL: [Self; 9] = [
        Self::Queued,
        Self::Running,
        Self::Paused,
        Self::WaitingForLogin,
        Self::WaitingForBroker,
        Self::Completed,
        Self::CompletedWithFailures,
        Self::Failed,
        Self::Cancelled,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::WaitingForLogin => "waiting_for_login",
            Self::WaitingForBroker => "waiting_for_broker",
            Self::Completed => "completed",
            Self::CompletedWithFailures => "completed_with_failures",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::WaitingForLogin => "waiting for sign-in",
            Self::WaitingForBroker => "waiting for Upstox",
            Self::Completed => "completed",
            Self::CompletedWithFailures => "completed with failures",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// It will never change again by itself.
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Completed | Self::CompletedWithFailures | Self::Failed | Self::Cancelled)
    }

    /// It goes on without a person's word, or would after signing in.
    pub fn is_unfinished(self) -> bool {
        matches!(self, Self::Queued | Self::Running | Self::WaitingForLogin | Self::WaitingForBroker)
    }
}

impl fmt::Display for JobStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

reads_its_words!(JobStatus, "status of a job");

/// Counts of a job's units by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tally {
    pub done: u64,
    /// Answered, without a row.
    pub empty: u64,
    pub failed: u64,
    /// Known so far; it grows while contracts are being listed.
    pub total: u64,
}

impl Tally {
    pub fn finished(self) -> u64 {
        self.done + self.empty + self.failed
    }

    pub fn left(self) -> u64 {
        self.total.saturating_sub(self.finished())
    }
}

/// The whole of a job that fits in a frame: what the database holds, plus what the limiter says now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobPicture {
    pub id: JobId,
    pub status: JobStatus,
    /// Its program has ended while it ran, and nobody carries it out now.
    #[serde(default)]
    pub is_left: bool,
    pub title: String,
    pub plan: PlanSummary,
    pub created_at: EpochSeconds,
    pub started_at: Option<EpochSeconds>,
    pub ended_at: Option<EpochSeconds>,
    pub expiries: Tally,
    pub contracts: Tally,
    /// Calendar months of the underlyings' own candles.
    pub months: Tally,
    /// Listed contracts that the plan's strikes leave out.
    #[serde(default)]
    pub left_out: u64,
    /// Of contracts.
    pub candles: u64,
    /// Of the underlyings themselves.
    pub underlying_candles: u64,
    /// Requests answered or failed, retries included.
    pub requests: u64,
    /// Faults met on the way, the ones that a retry cured included.
    pub errors: u64,
    /// Things that Upstox sent and that could not be taken, each once: contract rows, expiries, candles.
    #[serde(default)]
    pub refused: u64,
    /// Why the job waits or failed, and what to do.
    pub message: Option<String>,
    /// What it waits for now, if it does.
    #[serde(default)]
    pub waits: Option<Wait>,
    /// Times that what failed was tried again by itself.
    pub retries: u32,
    /// When it will be next.
    pub retry_at: Option<EpochSeconds>,
    pub candles_per_second: Option<f64>,
    pub seconds_left: Option<u64>,
    pub done_at: Option<EpochSeconds>,
    /// The last event, the cursor of whoever asks next.
    pub last_event: i64,
}

impl JobPicture {
    /// For people.
    pub fn status_words(&self) -> &'static str {
        if self.is_left { "stopped, its program ended" } else { self.status.words() }
    }

    /// Requests that are still to be sent when nothing fails and nothing comes back empty.
    pub fn requests_left(&self) -> u64 {
        let listings = u64::from(self.plan.kinds.options()) + u64::from(self.plan.kinds.futures());
        self.contracts.left() + self.months.left() + self.expiries.left() * listings
    }

    /// Parts that failed, of every kind.
    pub fn failed(&self) -> u64 {
        self.expiries.failed + self.contracts.failed + self.months.failed
    }

    /// 0 to 1: what is finished of all that is known to be done, a listing and a month counted as much as a
    /// contract.
    pub fn fraction(&self) -> f64 {
        if self.status == JobStatus::Completed {
            return 1.0;
        }
        let [finished, total] = [Tally::finished, |tally: Tally| tally.total]
            .map(|count| count(self.expiries) + count(self.contracts) + count(self.months));
        if total == 0 { 0.0 } else { finished as f64 / total as f64 }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum EventLevel {
    Info,
    Success,
    Warning,
    Error,
}

impl EventLevel {
    pub const ALL: [Self; 4] = [Self::Info, Self::Success, Self::Warning, Self::Error];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

reads_its_words!(EventLevel, "level of an event");

/// One line of a job's log. Its id is the cursor of live updates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobEvent {
    pub id: i64,
    pub job: JobId,
    pub at: EpochSeconds,
    pub level: EventLevel,
    pub message: String,
    /// The contract that it is about.
    pub expired_key: Option<ExpiredKey>,
}

impl JobEvent {
    /// Whether it has the level, where one is chosen, and contains `find`, which is in small letters.
    pub fn passes(&self, level: Option<EventLevel>, find: &str) -> bool {
        level.is_none_or(|level| self.level == level)
            && (find.is_empty() || self.message.to_ascii_lowercase().contains(find))
    }
}

/// Lines of a log that one search looks at, whole frames of them: as many as a search of the log of requests does.
pub const EVENTS_LOOKED_AT_MAX: usize = 200_000;

/// Lines of a job's log that were searched for, and how far the search went: it looks at a bounded number of them at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchedEvents {
    /// Oldest first.
    pub events: Vec<JobEvent>,
    /// The event that the search has come to, before which it goes on; `None`: it came to the beginning of the log.
    pub searched_to: Option<i64>,
}

/// How a `collect` ended, as `--json` prints it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectOutcome {
    pub job: JobId,
    pub status: JobStatus,
    pub requests: u64,
    pub contracts: u64,
    pub candles: u64,
    pub empty: u64,
    pub failed: u64,
    /// Things that were sent and could not be taken.
    pub refused: u64,
    /// Listed contracts that the order's strikes leave out.
    #[serde(default)]
    pub left_out: u64,
}

impl From<&JobPicture> for CollectOutcome {
    fn from(job: &JobPicture) -> Self {
        Self {
            job: job.id,
            status: job.status,
            requests: job.requests,
            contracts: job.contracts.total,
            candles: job.candles,
            empty: job.contracts.empty,
            failed: job.failed(),
            refused: job.refused,
            left_out: job.left_out,
        }
    }
}
