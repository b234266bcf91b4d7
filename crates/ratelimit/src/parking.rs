//! What a 429 does: everybody waits.
//!
//! For as long as the broker asks, or up a ladder of waits when it does not say. Several requests are in the
//! air when the broker begins to refuse, and all of them come back refused: that is one refusal. So only a
//! request that was granted after the last parking ended says something new, and a parking has a number by
//! which this is told. A parking is not remembered across a restart.

use std::time::Duration;

use crate::moment::Moment;

/// The waits after refusals that name no time; the last one repeats. A success starts again at the first.
pub const PARK_LADDER: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(60), Duration::from_secs(1800)];
/// The longest wait that a broker can ask for.
pub const PARK_LONGEST: Duration = Duration::from_secs(1800);
/// The shortest wait: a broker that asks for none and refuses again must not be hammered.
pub const PARK_SHORTEST: Duration = Duration::from_secs(1);

/// Counts the parkings. A request carries the number at which it was granted.
pub(crate) type Epoch = u64;

#[derive(Debug, Default)]
pub(crate) struct Parking {
    epoch: Epoch,
    until: Option<Moment>,
    /// How many steps of the ladder were taken since the last success.
    rung: usize,
}

impl Parking {
    pub(crate) fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The end of the parking that holds at `now`.
    pub(crate) fn until(&self, now: Moment) -> Option<Moment> {
        self.until.filter(|until| *until > now)
    }

    /// A request granted in `epoch` was refused.
    pub(crate) fn refused(&mut self, epoch: Epoch, retry_after: Option<Duration>, now: Moment) {
        let wait = match retry_after {
            Some(asked) => asked.clamp(PARK_SHORTEST, PARK_LONGEST),
            // Of a storm that has been answered already.
            None if epoch != self.epoch => return,
            None => {
                let wait = PARK_LADDER[self.rung];
                self.rung = (self.rung + 1).min(PARK_LADDER.len() - 1);
                wait
            }
        };
        let parked_until = self.until(now);
        if parked_until.is_none() {
            self.epoch += 1;
        }
        self.until = parked_until.max(Some(now.plus(wait)));
    }

    /// A request granted in `epoch` was accepted.
    pub(crate) fn succeeded(&mut self, epoch: Epoch) {
        if epoch == self.epoch {
            self.rung = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::from_monotonic(Duration::from_secs(seconds))
    }

    #[test]
    fn the_ladder_is_climbed_by_new_refusals_only() {
        let mut parking = Parking::default();
        let mut now = at(100);
        for seconds in [1, 60, 1800, 1800] {
            let epoch = parking.epoch();
            parking.refused(epoch, None, now);
            assert_eq!(parking.until(now), Some(now.plus(Duration::from_secs(seconds))));
            // Four more of the same storm.
            for _ in 0..4 {
                parking.refused(epoch, None, now);
            }
            assert_eq!(parking.until(now), Some(now.plus(Duration::from_secs(seconds))));
            now = now.plus(Duration::from_secs(seconds));
            assert_eq!(parking.until(now), None);
            // A straggler after the end of the parking.
            parking.refused(epoch, None, now);
            assert_eq!(parking.until(now), None);
        }
        parking.succeeded(0);
        parking.refused(parking.epoch(), None, now);
        assert_eq!(
            parking.until(now),
            Some(now.plus(Duration::from_secs(1800))),
            "an old success says nothing"
        );
        now = now.plus(Duration::from_secs(1800));
        parking.succeeded(parking.epoch());
        parking.refused(parking.epoch(), None, now);
        assert_eq!(parking.until(now), Some(now.plus(Duration::from_secs(1))));
    }

    #[test]
    fn the_broker_decides_the_wait_within_bounds() {
        let mut parking = Parking::default();
        parking.refused(0, Some(Duration::from_secs(7)), at(0));
        assert_eq!(parking.until(at(0)), Some(at(7)));
        parking.refused(0, Some(Duration::from_secs(3)), at(1));
        assert_eq!(parking.until(at(1)), Some(at(7)), "a parking is never shortened");
        parking.refused(0, Some(Duration::from_secs(9)), at(1));
        assert_eq!(parking.until(at(1)), Some(at(10)));
        parking.refused(parking.epoch(), Some(Duration::MAX), at(20));
        assert_eq!(parking.until(at(20)), Some(at(1820)));
        parking.refused(parking.epoch(), Some(Duration::ZERO), at(2000));
        assert_eq!(parking.until(at(2000)), Some(at(2001)));
    }
}
