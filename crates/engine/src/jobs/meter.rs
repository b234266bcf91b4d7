//! What a running job measures of itself: its throughput. Kept in memory, because it is about now.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Throughput is told over this long.
const RATE_WINDOW: Duration = Duration::from_secs(10);
const SAMPLES_MAX: usize = 2_000;

#[derive(Default)]
pub(crate) struct Meter {
    /// (when, candles), oldest first.
    samples: Mutex<VecDeque<(Duration, u64)>>,
}

impl Meter {
    pub(crate) fn answered(&self, now: Duration, candles: u64) {
        let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        if samples.len() >= SAMPLES_MAX {
            samples.pop_front();
        }
        samples.push_back((now, candles));
    }

    pub(crate) fn candles_per_second(&self, now: Duration) -> Option<f64> {
        let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        while samples.front().is_some_and(|(at, _)| *at + RATE_WINDOW < now) {
            samples.pop_front();
        }
        let (first, _) = *samples.front()?;
        let seconds = now.saturating_sub(first).as_secs_f64();
        let candles: u64 = samples.iter().map(|(_, candles)| candles).sum();
        (seconds > 0.5).then(|| candles as f64 / seconds)
    }
}
