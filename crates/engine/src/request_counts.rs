//! The requests to the broker, counted since the program began: by endpoint, how they ended and how long they took.
//! What was before stands in the audit.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use upstox::{Record, Remedy};

/// Upper ends of the pieces in which times are counted, in milliseconds; longer ones are in none.
pub const LATENCY_BOUNDS_MS: [u64; 9] = [50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000];

/// How a request ended, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequestOutcome {
    Ok,
    /// It may go well another time.
    Fault,
    SlowDown,
    SignIn,
    NoPlus,
    Blocked,
    Refused,
}

impl RequestOutcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Fault => "fault",
            Self::SlowDown => "slow_down",
            Self::SignIn => "sign_in",
            Self::NoPlus => "no_plus",
            Self::Blocked => "blocked",
            Self::Refused => "refused",
        }
    }

    fn of(remedy: Option<Remedy>) -> Self {
        match remedy {
            None => Self::Ok,
            Some(Remedy::Retry) => Self::Fault,
            Some(Remedy::SlowDown { .. }) => Self::SlowDown,
            Some(Remedy::SignIn) => Self::SignIn,
            Some(Remedy::GetPlus) => Self::NoPlus,
            Some(Remedy::Blocked) => Self::Blocked,
            Some(Remedy::ShortenRange | Remedy::OtherToken | Remedy::GiveUp) => Self::Refused,
        }
    }
}

/// The requests to one endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointCounts {
    pub by_outcome: BTreeMap<RequestOutcome, u64>,
    /// How many took at most as long as each bound; each piece counts those of the ones before it too.
    pub within: [u64; LATENCY_BOUNDS_MS.len()],
    pub took: Duration,
}

impl EndpointCounts {
    pub fn count(&self) -> u64 {
        self.by_outcome.values().sum()
    }

    fn add(&mut self, outcome: RequestOutcome, took: Duration) {
        *self.by_outcome.entry(outcome).or_default() += 1;
        self.took += took;
        for (within, bound) in self.within.iter_mut().zip(LATENCY_BOUNDS_MS) {
            *within += u64::from(took <= Duration::from_millis(bound));
        }
    }
}

/// The client has few endpoints, so there are few names.
pub type RequestCounts = BTreeMap<&'static str, EndpointCounts>;

#[derive(Default)]
pub(crate) struct RequestCounter {
    counts: Mutex<RequestCounts>,
}

impl RequestCounter {
    pub(crate) fn add(&self, record: &Record, remedy: Option<Remedy>) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.entry(record.endpoint).or_default().add(RequestOutcome::of(remedy), record.duration);
    }

    pub(crate) fn counts(&self) -> RequestCounts {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_counted_in_every_piece_that_reaches_it() {
        let mut counts = EndpointCounts::default();
        for (millis, outcome) in
            [(50, RequestOutcome::Ok), (51, RequestOutcome::Ok), (40_000, RequestOutcome::Fault)]
        {
            counts.add(outcome, Duration::from_millis(millis));
        }
        assert_eq!(counts.within, [1, 2, 2, 2, 2, 2, 2, 2, 2]);
        assert_eq!((counts.count(), counts.took), (3, Duration::from_millis(40_101)));
        assert_eq!(counts.by_outcome[&RequestOutcome::Ok], 2);
    }
}
