//! What a running job measures of itself: latency and throughput. Kept in memory, because it is about now.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Weight of the newest answer in the running mean of latencies.
const LATENCY_WEIGHT: f64 = 0.1;
/// Before the first answer.
const LATENCY_GUESS: Duration = Duration::from_millis(300);
/// Throughput is told over this long.
const RATE_WINDOW: Duration = Duration::from_secs(10);
const SAMPLES_MAX: usize = 2_000;

#[derive(Default)]
pub(crate) struct Meter {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    latency_seconds: Option<f64>,
    /// (when, candles), oldest first.
    samples: VecDeque<(Duration, u64)>,
}

impl Meter {
    pub(crate) fn answered(&self, now: Duration, latency: Duration, candles: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = latency.as_secs_f64();
        state.latency_seconds =
            Some(state.latency_seconds.map_or(newest, |mean| mean + LATENCY_WEIGHT * (newest - mean)));
        if state.samples.len() >= SAMPLES_MAX {
            state.samples.pop_front();
        }
        state.samples.push_back((now, candles));
    }

    pub(crate) fn latency(&self) -> Duration {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.latency_seconds.map_or(LATENCY_GUESS, Duration::from_secs_f64)
    }

    pub(crate) fn candles_per_second(&self, now: Duration) -> Option<f64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.samples.front().is_some_and(|(at, _)| *at + RATE_WINDOW < now) {
            state.samples.pop_front();
        }
        let (first, _) = *state.samples.front()?;
        let seconds = now.saturating_sub(first).as_secs_f64();
        let candles: u64 = state.samples.iter().map(|(_, candles)| candles).sum();
        (seconds > 0.5).then(|| candles as f64 / seconds)
    }
}
