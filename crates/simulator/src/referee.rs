//! Counts what a client sends in every rolling window at once, exactly, and says when one is broken.
//!
//! A request occupies a window for the window's whole length from its arrival: one that arrives just that
//! long after it is free again. All bearer APIs share one bucket, UNCERTAIN (the official words are "per
//! user, per API"). A refused request does not occupy a window, UNCERTAIN. The instrument master is another
//! host in reality and is not counted; neither are the OAuth pages.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Arrivals remembered per window for `maximum_seen`, refused ones included.
const ARRIVALS_KEPT_MAX: usize = 100_000;

/// What the referee saw so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RefereeReport {
    /// Requests to bearer APIs, refused ones included.
    pub requests: u64,
    /// Requests beyond a window.
    pub violations: u64,
    /// Answers 429 that the referee gave; injected ones are among `faults`.
    pub refused: u64,
    pub by_endpoint: BTreeMap<String, u64>,
    /// The enforced windows; none when limits are off.
    pub windows: Vec<WindowReport>,
    /// Faults that struck, by name, since the simulator began.
    pub faults: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WindowReport {
    pub requests_max: u32,
    pub seconds: f64,
    /// The most requests that arrived in any such window, refused ones included.
    pub maximum_seen: u64,
    pub violations: u64,
}

pub struct Referee {
    windows: Vec<Window>,
    requests: u64,
    violations: u64,
    by_endpoint: BTreeMap<&'static str, u64>,
}

struct Window {
    requests_max: u32,
    length: Duration,
    /// Arrivals that were let in, oldest first; never more than `requests_max`.
    let_in: VecDeque<Duration>,
    /// All arrivals, oldest first.
    arrived: VecDeque<Duration>,
    maximum_seen: usize,
    violations: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    LetIn,
    Refused,
}

impl Referee {
    pub fn new(limits: &[(u32, Duration)]) -> Self {
        let windows = limits
            .iter()
            .map(|(requests_max, length)| Window {
                requests_max: *requests_max,
                length: *length,
                let_in: VecDeque::new(),
                arrived: VecDeque::new(),
                maximum_seen: 0,
                violations: 0,
            })
            .collect();
        Self { windows, requests: 0, violations: 0, by_endpoint: BTreeMap::new() }
    }

    /// `now` must not run backwards between calls.
    pub fn arrive(&mut self, now: Duration, endpoint: &'static str) -> Verdict {
        self.requests += 1;
        *self.by_endpoint.entry(endpoint).or_default() += 1;
        let mut verdict = Verdict::LetIn;
        for window in &mut self.windows {
            window.forget_before(now);
            window.arrived.push_back(now);
            window.maximum_seen = window.maximum_seen.max(window.arrived.len());
            if window.let_in.len() >= window.requests_max as usize {
                window.violations += 1;
                verdict = Verdict::Refused;
            }
        }
        match verdict {
            Verdict::Refused => self.violations += 1,
            Verdict::LetIn => self.windows.iter_mut().for_each(|window| window.let_in.push_back(now)),
        }
        verdict
    }

    pub fn report(&self) -> RefereeReport {
        let windows = self.windows.iter().map(|window| WindowReport {
            requests_max: window.requests_max,
            seconds: window.length.as_secs_f64(),
            maximum_seen: window.maximum_seen as u64,
            violations: window.violations,
        });
        RefereeReport {
            requests: self.requests,
            violations: self.violations,
            refused: self.violations,
            by_endpoint: self.by_endpoint.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect(),
            windows: windows.collect(),
            faults: BTreeMap::new(),
        }
    }
}

impl Window {
    fn forget_before(&mut self, now: Duration) {
        let is_over = |arrival: &Duration| *arrival + self.length <= now;
        while self.let_in.front().is_some_and(is_over) {
            self.let_in.pop_front();
        }
        while self.arrived.front().is_some_and(is_over) || self.arrived.len() >= ARRIVALS_KEPT_MAX {
            self.arrived.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: [(u32, Duration); 2] = [(3, Duration::from_secs(1)), (5, Duration::from_secs(10))];

    /// Sends at the given milliseconds and returns which were let in.
    fn let_in(at_ms: &[u64]) -> (Vec<bool>, RefereeReport) {
        let mut referee = Referee::new(&LIMITS);
        let verdicts = at_ms
            .iter()
            .map(|ms| referee.arrive(Duration::from_millis(*ms), "test") == Verdict::LetIn)
            .collect();
        (verdicts, referee.report())
    }

    #[test]
    fn the_fourth_in_a_second_is_one_too_many_and_exactly_a_second_later_is_not() {
        let (verdicts, report) = let_in(&[0, 0, 999, 999, 1000, 1000, 1998]);
        // The sixth and the seventh meet the ten-second window.
        assert_eq!(verdicts, [true, true, true, false, true, true, false]);
        assert_eq!((report.requests, report.violations), (7, 2));
        assert_eq!(report.windows[0].maximum_seen, 5, "refused ones included");
    }

    #[test]
    fn verdicts_equal_a_brute_force_count() {
        let mut draws = crate::world::Draws::of(&[9]);
        for _ in 0..200 {
            let mut now = 0;
            let times: Vec<u64> = (0..60)
                .map(|_| {
                    now += draws.below(900);
                    now
                })
                .collect();
            let (verdicts, report) = let_in(&times);
            let mut accepted: Vec<u64> = Vec::new();
            for (at, verdict) in times.iter().zip(&verdicts) {
                let within = |length: u64| accepted.iter().filter(|old| **old + length > *at).count();
                let fits = within(1_000) < 3 && within(10_000) < 5;
                assert_eq!(*verdict, fits);
                if fits {
                    accepted.push(*at);
                }
            }
            let refused = verdicts.iter().filter(|let_in| !**let_in).count();
            assert_eq!(report.violations, refused as u64);
        }
    }
}
