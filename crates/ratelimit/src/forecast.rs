//! How long a number of requests will take.
//!
//! It runs the limiter's own accounting forward without waiting, about as many steps as there are requests. It
//! knows nothing of refusals and retries to come, and nothing of the people who will want slots meanwhile.

use std::{collections::VecDeque, time::Duration};

use crate::{
    Limits,
    accounting::{Opening, Share, Windows},
    moment::Moment,
};

/// So many requests are run step by step; more are taken in proportion.
pub const FORECAST_STEPS: u64 = 2_000_000;

/// How long until `requests` requests have been answered, beginning with nothing sent: by `workers` workers
/// (at least one) that wait for each answer, with `latency` from request to answer.
pub fn forecast(limits: &Limits, requests: u64, workers: u32, latency: Duration) -> Duration {
    let now = Moment::from_monotonic(Duration::ZERO);
    let run = Run { share: Share::Whole, now, start: now, requests, workers, latency };
    forecast_from(Windows::new(limits), run)
}

/// What is to be forecast.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    pub(crate) share: Share,
    pub(crate) now: Moment,
    /// The first request may go then, because of a parking.
    pub(crate) start: Moment,
    pub(crate) requests: u64,
    pub(crate) workers: u32,
    pub(crate) latency: Duration,
}

pub(crate) fn forecast_from(windows: Windows, run: Run) -> Duration {
    if run.requests == 0 {
        return Duration::ZERO;
    }
    let steps = run.requests.min(FORECAST_STEPS);
    let taken = step_by_step(windows, run, steps);
    if steps == run.requests {
        return taken;
    }
    Duration::try_from_secs_f64(taken.as_secs_f64() * (run.requests as f64 / steps as f64))
        .unwrap_or(Duration::MAX)
}

fn step_by_step(mut windows: Windows, run: Run, steps: u64) -> Duration {
    let workers = usize::try_from(run.workers.max(1)).unwrap_or(usize::MAX);
    // The answers to come, in their order, because all take equally long.
    let mut answers: VecDeque<Moment> = (0..windows.in_flight()).map(|_| run.now.plus(run.latency)).collect();
    let mut now = run.start;
    let mut last_answer = now;
    for _ in 0..steps {
        now = next_grant(&mut windows, &mut answers, now, workers, run.share);
        windows.take();
        last_answer = now.plus(run.latency);
        answers.push_back(last_answer);
    }
    last_answer.since(run.now)
}

/// When a worker is free and the windows are open; answers until then are taken note of.
fn next_grant(
    windows: &mut Windows,
    answers: &mut VecDeque<Moment>,
    mut now: Moment,
    workers: usize,
    share: Share,
) -> Moment {
    loop {
        while let Some(&answered) = answers.front() {
            if answered > now && answers.len() < workers {
                break;
            }
            answers.pop_front();
            windows.release(answered);
            now = now.max(answered);
        }
        windows.advance(now);
        match windows.opening(share) {
            Opening::Now => return now,
            Opening::At(moment) => now = moment,
            // Whatever is in flight has an answer to come.
            Opening::AfterAnswer => match answers.front() {
                Some(&answered) => now = answered,
                None => return now,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str, requests: u64, workers: u32, latency_ms: u64) -> f64 {
        forecast(&text.parse().unwrap(), requests, workers, Duration::from_millis(latency_ms)).as_secs_f64()
    }

    fn close(left: f64, right: f64) -> bool {
        (left - right).abs() <= 0.01 * right
    }

    #[test]
    fn simple_cases_are_what_one_computes_by_hand() {
        assert_eq!(seconds("upstox", 0, 5, 100), 0.0);
        assert_eq!(seconds("upstox", 1, 5, 100), 0.1);
        assert_eq!(seconds("off", 100, 5, 100), 2.0);
        assert!(close(seconds("10/1s", 100, 10, 100), 9.0 * 1.102 + 0.1));
        // 2000 at the limits of the minute, the rest half an hour after the first answers.
        assert!(close(seconds("upstox", 2001, 50, 100), 1800.5));
    }

    #[test]
    fn a_million_requests_follow_the_longest_window() {
        let begun = std::time::Duration::from_secs_f64(seconds("upstox", 1_000_000, 5, 200));
        assert!(close(begun.as_secs_f64(), 500.0 * 1800.0));
        let ten_millions = seconds("upstox", 10_000_000, 5, 200);
        assert!(close(ten_millions, 5_000.0 * 1800.0));
        assert!(seconds("off", u64::MAX, 1, 1000) > 1e18);
    }
}
