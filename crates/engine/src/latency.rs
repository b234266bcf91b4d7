//! How long the broker takes to answer just now: a running mean over everything that is asked with a token, so
//! that a job's length can be told before its first request. Kept in memory, because it is about now.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Weight of the newest answer.
const WEIGHT: f64 = 0.1;
/// Before the first answer.
const GUESS: Duration = Duration::from_millis(300);

#[derive(Default)]
pub(crate) struct Latency {
    mean_seconds: Mutex<Option<f64>>,
}

impl Latency {
    pub(crate) fn answered(&self, after: Duration) {
        let mut mean = self.mean_seconds.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = after.as_secs_f64();
        *mean = Some(mean.map_or(newest, |mean| mean + WEIGHT * (newest - mean)));
    }

    pub(crate) fn mean(&self) -> Duration {
        let mean = self.mean_seconds.lock().unwrap_or_else(PoisonError::into_inner);
        mean.map_or(GUESS, Duration::from_secs_f64)
    }
}
