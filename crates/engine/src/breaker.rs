//! The circuit breaker: after many faults in a row nothing is asked for a while; then one probe goes, and its
//! answer closes the breaker or opens it for longer. It counts faults of the way and of the broker, never
//! refusals: a 400 is an answer.
//!
//! The probe asks for something else than what failed. So a broker that is down is told from a few contracts
//! that it cannot answer: those use up their own tries and fail, and the others go on.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Faults in a row, whoever met them, after which the broker is taken to be down.
pub(crate) const FAULTS_TO_OPEN: u32 = 12;
const OPEN_FIRST: Duration = Duration::from_secs(15);
const OPEN_MAX: Duration = Duration::from_secs(600);
/// A probe that was given up (cancelled) frees its place after this.
const PROBE_PATIENCE: Duration = Duration::from_secs(120);

#[derive(Default)]
pub(crate) struct Breaker {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    faults_in_a_row: u32,
    /// Openings since the last success of a request that was no probe.
    openings: u32,
    /// Until when nothing is asked (monotonic).
    open_until: Option<Duration>,
    /// When the probe was let through.
    probing_since: Option<Duration>,
}

/// Whether a request may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    Go,
    /// A probe goes first.
    Probe,
    /// Not before this long.
    Wait(Duration),
}

impl Breaker {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn admit(&self, now: Duration) -> Admission {
        let mut state = self.lock();
        let Some(until) = state.open_until else { return Admission::Go };
        if now < until {
            return Admission::Wait(until - now);
        }
        match state.probing_since.map(|since| since + PROBE_PATIENCE) {
            Some(end) if now < end => Admission::Wait(Duration::from_secs(1).min(end - now)),
            _ => {
                state.probing_since = Some(now);
                Admission::Probe
            }
        }
    }

    /// How long nothing is asked yet, for whoever looks.
    pub(crate) fn open_for(&self, now: Duration) -> Option<Duration> {
        self.lock().open_until?.checked_sub(now).filter(|left| !left.is_zero())
    }

    pub(crate) fn succeeded(&self) {
        *self.lock() = State::default();
    }

    /// The broker is there; whether it answers what is asked is seen next. If not, the breaker opens for longer.
    pub(crate) fn probe_succeeded(&self) {
        let mut state = self.lock();
        *state = State { openings: state.openings, ..State::default() };
    }

    /// Says whether the breaker is open after this fault.
    pub(crate) fn failed(&self, now: Duration) -> bool {
        let mut state = self.lock();
        state.faults_in_a_row += 1;
        let probe_failed = state.probing_since.take().is_some();
        if probe_failed || (state.open_until.is_none() && state.faults_in_a_row >= FAULTS_TO_OPEN) {
            let pause = OPEN_FIRST.saturating_mul(1 << state.openings.min(16)).min(OPEN_MAX);
            state.openings += 1;
            state.open_until = Some(now + pause);
        }
        state.open_until.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn opened() -> Breaker {
        let breaker = Breaker::default();
        for fault in 1..=FAULTS_TO_OPEN {
            assert_eq!(breaker.failed(at(0)), fault == FAULTS_TO_OPEN);
        }
        breaker
    }

    #[test]
    fn it_opens_after_faults_in_a_row_and_not_before() {
        let breaker = Breaker::default();
        for _ in 0..5 {
            for _ in 1..FAULTS_TO_OPEN {
                assert!(!breaker.failed(at(0)));
            }
            breaker.succeeded();
        }
        assert_eq!(breaker.admit(at(0)), Admission::Go);
        assert_eq!(opened().admit(at(5)), Admission::Wait(at(10)));
    }

    #[test]
    fn one_request_probes_and_its_answer_decides() {
        let breaker = opened();
        assert_eq!(breaker.admit(at(15)), Admission::Probe);
        assert!(matches!(breaker.admit(at(15)), Admission::Wait(_)), "the second waits for the first");
        assert!(breaker.failed(at(16)));
        assert_eq!(breaker.admit(at(17)), Admission::Wait(at(29)), "twice as long");
        assert_eq!(breaker.admit(at(46)), Admission::Probe);
        breaker.probe_succeeded();
        assert_eq!(breaker.admit(at(46)), Admission::Go);
        assert_eq!(breaker.admit(at(46)), Admission::Go);
    }

    #[test]
    fn what_still_fails_after_a_good_probe_opens_it_for_longer() {
        let breaker = opened();
        breaker.admit(at(15));
        breaker.probe_succeeded();
        for fault in 1..=FAULTS_TO_OPEN {
            assert_eq!(breaker.failed(at(20)), fault == FAULTS_TO_OPEN);
        }
        assert_eq!(breaker.admit(at(20)), Admission::Wait(at(30)));
    }

    #[test]
    fn a_late_fault_from_before_the_opening_does_not_lengthen_it() {
        let breaker = opened();
        assert!(breaker.failed(at(1)));
        assert_eq!(breaker.admit(at(1)), Admission::Wait(at(14)));
    }
}
