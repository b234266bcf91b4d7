//! A point on the limiter's own time line.
//!
//! It is the clock's monotonic time, but signed: what was answered before a restart lies before the clock's
//! origin, and a [`Duration`] could not say so.

use std::time::Duration;

/// Nanoseconds since the origin of the clock's monotonic time, negative before it. Three hundred years each way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(i64);

impl Moment {
    pub(crate) fn from_monotonic(monotonic: Duration) -> Self {
        Self(nanos(monotonic))
    }

    /// The clock's time of this moment; what lies before the clock's origin is its origin.
    pub(crate) fn to_monotonic(self) -> Duration {
        Duration::from_nanos(u64::try_from(self.0).unwrap_or(0))
    }

    pub(crate) fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(nanos(duration)))
    }

    /// The moment `millis` milliseconds before this one (after it, when negative).
    pub(crate) fn minus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_sub(millis.saturating_mul(NANOS_PER_MILLI)))
    }

    /// How long after `earlier` this is; zero when it is not.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Whole milliseconds from `other` to this moment, rounded towards later.
    pub(crate) fn millis_from(self, other: Self) -> i64 {
        let difference = self.0.saturating_sub(other.0);
        difference.div_euclid(NANOS_PER_MILLI) + i64::from(difference.rem_euclid(NANOS_PER_MILLI) > 0)
    }
}

const NANOS_PER_MILLI: i64 = 1_000_000;

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_before_the_origin_work() {
        let now = Moment::from_monotonic(Duration::from_millis(10));
        let before = now.minus_millis(25);
        assert_eq!(before.to_monotonic(), Duration::ZERO);
        assert_eq!(now.since(before), Duration::from_millis(25));
        assert_eq!(before.since(now), Duration::ZERO);
        assert_eq!(before.millis_from(now), -25);
        assert_eq!(now.plus(Duration::from_nanos(1)).millis_from(now), 1);
        assert_eq!(before.plus(Duration::from_nanos(1)).millis_from(now), -24);
    }
}
