//! For whom the broker is asked, and about what.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use market::{DayRange, Interval};
use ratelimit::Priority;

/// For whom and about what is asked.
#[derive(Clone, Debug)]
pub(crate) struct Asking {
    pub priority: Priority,
    pub job: Option<i64>,
    pub(super) interval: Option<Interval>,
    pub(super) range: Option<DayRange>,
    /// How long whoever asks can wait for a slot; `None`: as long as it takes.
    pub(super) patience: Option<Duration>,
    /// Faults in a row so far. It outlives the waiting for a broker that is down, so that what keeps failing
    /// comes to its end.
    pub(super) faults: Arc<AtomicU32>,
}

impl Asking {
    /// Somebody waits for the answer.
    pub(crate) fn for_person() -> Self {
        Self {
            priority: Priority::Person,
            job: None,
            interval: None,
            range: None,
            patience: None,
            faults: Arc::default(),
        }
    }

    /// Somebody waits, and no longer than this for the limiter: then it fails with [`crate::EngineError::Waits`].
    pub(crate) fn for_person_within(patience: Duration) -> Self {
        Self { patience: Some(patience), ..Self::for_person() }
    }

    /// Nobody waits, and no job asks.
    pub(crate) fn in_background() -> Self {
        Self { priority: Priority::Bulk, ..Self::for_person() }
    }

    pub(crate) fn for_job(job: i64) -> Self {
        Self { priority: Priority::Bulk, job: Some(job), ..Self::for_person() }
    }

    /// The same for candles.
    pub(crate) fn of_days(self, interval: Interval, range: DayRange) -> Self {
        Self { interval: Some(interval), range: Some(range), ..self }
    }
}
