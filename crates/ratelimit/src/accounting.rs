//! How many requests each window holds, and when the next one fits.
//!
//! A request is held from the moment its slot is granted until one whole period after its answer, because the
//! broker may count it at any moment in between. This file knows no clock, no waiting and no log: it is told
//! what time it is, and time never goes back.

use std::{collections::VecDeque, time::Duration};

use crate::{Limits, RESERVE_PERCENT_MAX, Restraint, SHORT_PERIOD, Window, moment::Moment};

/// Added to every period: a broker that counts both ends of its window, and timers that fire a little early,
/// must see no violation.
pub const ALIGNMENT_MARGIN: Duration = Duration::from_millis(2);
/// Every period is lengthened by one part in this many: two clocks never run at the same speed.
pub const CLOCK_DRIFT_DIVISOR: u32 = 10_000;
/// Of the one-second window, kept for people while a page is connected (50 → 2).
const SHORT_RESERVE_PERCENT: u32 = 4;
/// Of every longer window, kept for people (500 → 10, 2000 → 40).
const LONG_RESERVE_PERCENT: u32 = 2;

/// Who asks: everybody may fill a window, except that bulk work leaves the reserve while pages are connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Share {
    Whole,
    WithoutReserve,
}

/// When the next request fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    Now,
    At(Moment),
    /// Requests in flight fill a window: no time can be told before one of them ends.
    AfterAnswer,
}

/// The windows and what they hold.
#[derive(Debug, Clone)]
pub(crate) struct Windows {
    rules: Vec<Rule>,
    in_flight: u32,
    /// When each finished request was answered, oldest first. A time to come stands for a request that was
    /// given up but may still arrive. At most the largest `max` there was and what is in flight.
    released: VecDeque<Moment>,
    /// How many were removed from the front of `released` so far.
    removed: u64,
}

#[derive(Debug, Clone)]
struct Rule {
    max: u32,
    reserve: u32,
    period: Duration,
    /// How long after its answer a request counts: the period and the margins.
    hold: Duration,
    /// How many released requests (counted from the first ever) this window no longer holds.
    expired: u64,
}

impl Rule {
    /// `expired` released requests no longer count for it.
    fn new(window: &Window, reserve_percent: Option<u32>, expired: u64) -> Self {
        let built_in =
            if window.period <= SHORT_PERIOD { SHORT_RESERVE_PERCENT } else { LONG_RESERVE_PERCENT };
        let percent = reserve_percent.unwrap_or(built_in).min(RESERVE_PERCENT_MAX);
        Self {
            max: window.max,
            // At most half of at least 1 always leaves at least 1.
            reserve: window.max * percent / 100,
            period: window.period,
            hold: window.period + ALIGNMENT_MARGIN + window.period / CLOCK_DRIFT_DIVISOR,
            expired,
        }
    }
}

impl Windows {
    pub(crate) fn new(limits: &Limits) -> Self {
        let rules = limits.windows().iter().map(|window| Rule::new(window, None, 0)).collect();
        Self { rules, in_flight: 0, released: VecDeque::new(), removed: 0 }
    }

    /// From now on these limits under this restraint; what was granted before counts on. A window that was not
    /// there holds what the others still hold.
    pub(crate) fn restrain(&mut self, limits: &Limits, restraint: Restraint) {
        let expired = |window: &Window| {
            let known = self.rules.iter().find(|rule| rule.period == window.period);
            known.map_or(self.removed, |rule| rule.expired)
        };
        let rule = |window| Rule::new(window, restraint.reserve_percent, expired(window));
        self.rules = restraint.of(limits).windows().iter().map(rule).collect();
    }

    /// Continues with requests that were answered before; their order does not matter.
    pub(crate) fn restore(&mut self, mut answered: Vec<Moment>) {
        answered.sort_unstable();
        // Of any window, only its newest `max` answers decide when the next request fits.
        let surplus = answered.len().saturating_sub(self.largest_max() as usize);
        self.released = answered.into_iter().skip(surplus).collect();
    }

    /// The largest `max` of all windows; 0 without limits.
    pub(crate) fn largest_max(&self) -> u32 {
        self.rules.iter().map(|rule| rule.max).max().unwrap_or(0)
    }

    pub(crate) fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// Lets go of everything that no longer counts at `now`.
    pub(crate) fn advance(&mut self, now: Moment) {
        for rule in &mut self.rules {
            while let Some(answered) = self.released.get(offset(rule.expired, self.removed)) {
                if answered.plus(rule.hold) > now {
                    break;
                }
                rule.expired += 1;
            }
        }
        let Some(expired_everywhere) = self.rules.iter().map(|rule| rule.expired).min() else { return };
        while self.removed < expired_everywhere {
            self.released.pop_front();
            self.removed += 1;
        }
    }

    /// When the next request of this share fits; call [`Windows::advance`] first.
    pub(crate) fn opening(&self, share: Share) -> Opening {
        let mut opening = Opening::Now;
        for rule in &self.rules {
            let max = match share {
                Share::Whole => rule.max,
                Share::WithoutReserve => rule.max - rule.reserve,
            };
            if self.in_flight >= max {
                return Opening::AfterAnswer;
            }
            let used = self.used(rule);
            if used < max {
                continue;
            }
            // So many of the oldest must expire; there are that many, since those in flight alone fit.
            let last_to_expire = offset(rule.expired, self.removed) + (used - max) as usize;
            let Some(answered) = self.released.get(last_to_expire) else { return Opening::AfterAnswer };
            let at = answered.plus(rule.hold);
            opening = match opening {
                Opening::At(other) => Opening::At(other.max(at)),
                _ => Opening::At(at),
            };
        }
        opening
    }

    /// Grants one request.
    pub(crate) fn take(&mut self) {
        self.in_flight += 1;
    }

    /// A granted request counts as answered `at`, now or at a time to come.
    pub(crate) fn release(&mut self, at: Moment) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if self.rules.is_empty() {
            return;
        }
        let mut position = self.released.len();
        while position > 0 && self.released[position - 1] > at {
            position -= 1;
        }
        self.released.insert(position, at);
    }

    /// A granted request was never sent.
    pub(crate) fn give_back(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Maximum, period and present use of every window.
    pub(crate) fn uses(&self) -> impl Iterator<Item = (u32, Duration, u32)> + '_ {
        self.rules.iter().map(|rule| (rule.max, rule.period, self.used(rule)))
    }

    fn used(&self, rule: &Rule) -> u32 {
        let held = self.released.len() - offset(rule.expired, self.removed);
        self.in_flight.saturating_add(u32::try_from(held).unwrap_or(u32::MAX))
    }
}

/// Where in `released` the first entry stands that a window still holds.
fn offset(expired: u64, removed: u64) -> usize {
    // Never more than the length of `released`, because `removed` is the least `expired` of all windows.
    usize::try_from(expired - removed).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Moment {
        Moment::from_monotonic(Duration::from_millis(millis))
    }

    fn windows(text: &str) -> Windows {
        Windows::new(&text.parse().unwrap())
    }

    #[test]
    fn a_request_counts_until_one_period_after_its_answer() {
        let mut windows = windows("1/1s");
        windows.take();
        windows.advance(at(5_000));
        assert_eq!(windows.opening(Share::Whole), Opening::AfterAnswer);
        windows.release(at(5_000));
        let free = at(5_000).plus(Duration::from_micros(1_002_100));
        assert_eq!(windows.opening(Share::Whole), Opening::At(free));
        windows.advance(free);
        assert_eq!(windows.opening(Share::Whole), Opening::Now);
        assert!(windows.released.is_empty());
    }

    #[test]
    fn the_reserve_is_two_ten_and_forty_and_leaves_something() {
        let reserves = |text| windows(text).rules.iter().map(|rule| rule.reserve).collect::<Vec<_>>();
        assert_eq!(reserves("upstox"), [2, 10, 40]);
        assert_eq!(reserves("1/1s,1/60s"), [0, 0]);
        assert_eq!(reserves("25/1s,50/60s"), [1, 1]);
    }

    #[test]
    fn a_restraint_counts_what_was_granted_before() {
        let limits = "5/250ms,9/10s".parse().unwrap();
        let mut windows = Windows::new(&limits);
        for _ in 0..4 {
            windows.take();
            windows.release(at(0));
        }
        windows.advance(at(500));
        assert_eq!(windows.opening(Share::WithoutReserve), Opening::Now);
        let per_second = std::num::NonZeroU32::new(3);
        windows.restrain(&limits, Restraint { per_second, reserve_percent: Some(50) });
        windows.advance(at(500));
        assert_eq!(
            windows.uses().map(|(max, _, used)| (max, used)).collect::<Vec<_>>(),
            [(5, 0), (3, 4), (9, 4)]
        );
        let Opening::At(free) = windows.opening(Share::Whole) else { panic!("three of a second are used") };
        assert_eq!(free.since(at(0)), Duration::from_micros(1_002_100));
        // Half of nine is kept for people, and four are used.
        assert_eq!(windows.rules.iter().map(|rule| rule.reserve).collect::<Vec<_>>(), [2, 1, 4]);
        windows.restrain(&limits, Restraint::default());
        windows.advance(at(600));
        assert_eq!(windows.uses().map(|(max, _, used)| (max, used)).collect::<Vec<_>>(), [(5, 0), (9, 4)]);
        assert_eq!(windows.opening(Share::WithoutReserve), Opening::Now);
    }

    #[test]
    fn a_request_given_up_counts_from_its_time_to_come() {
        let mut windows = windows("2/1s");
        windows.take();
        windows.take();
        windows.release(at(10_000));
        windows.release(at(100));
        windows.advance(at(1_200));
        assert_eq!(windows.opening(Share::Whole), Opening::Now);
        windows.advance(at(10_900));
        assert_eq!(windows.uses().next().unwrap().2, 1);
    }

    #[test]
    fn of_too_many_restored_the_newest_decide() {
        let mut windows = windows("2/10s");
        windows.restore(vec![at(30), at(10), at(40), at(20)]);
        windows.advance(at(50));
        assert_eq!(windows.released.len(), 2);
        let Opening::At(free) = windows.opening(Share::Whole) else { panic!("it is full") };
        assert_eq!(free.since(at(30)), Duration::from_millis(10_003));
    }

    #[test]
    fn without_limits_nothing_is_kept() {
        let mut windows = windows("off");
        windows.take();
        windows.release(at(1));
        windows.advance(at(2));
        assert_eq!((windows.released.len(), windows.in_flight()), (0, 0));
        assert_eq!(windows.opening(Share::WithoutReserve), Opening::Now);
    }
}
