//! How many of an expiry's contracts an order takes, as far as that is known before it starts, and how much busier
//! than all of them those are. Pure.

use std::collections::BTreeSet;

use market::{DayRange, Strike};
use protocol::StrikesEachSide;

use crate::course::Course;
use crate::jobs::density::Expected;
use crate::near_money::NearMoney;

/// Those that are taken, at the least, likely and at the most, of all that there are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Taken {
    pub low: f64,
    pub likely: f64,
    pub high: f64,
    all: f64,
}

impl Taken {
    pub(crate) fn all(count: u64) -> Self {
        Self::exactly(count, count)
    }

    fn exactly(taken: u64, all: u64) -> Self {
        let taken = taken as f64;
        Self { low: taken, likely: taken, high: taken, all: all as f64 }
    }

    /// Anything from so many to all of them.
    fn at_least(low: u64, all: u64) -> Self {
        let (low, all) = (low.min(all) as f64, all as f64);
        Self { low, likely: f64::midpoint(low, all), high: all, all }
    }

    /// What one of all the contracts counts for.
    pub(crate) fn of_one(self) -> Self {
        let part = |taken: f64| if self.all > 0.0 { taken / self.all } else { 0.0 };
        Self { low: part(self.low), likely: part(self.likely), high: part(self.high), all: 1.0 }
    }

    /// What each of those that are taken counts for, where it is known which they are.
    fn of_each(self) -> Self {
        Self { low: 1.0, likely: 1.0, high: 1.0, all: self.all / self.likely.max(1.0) }
    }

    /// Of these contracts; `expected` is of all of them. Near the money more is traded: no less than of the mean
    /// contract, and at the most all that is traded at all.
    pub(crate) fn busier(self, expected: &Expected) -> Expected {
        let times = |taken: f64| if taken > 0.0 { (self.all / taken).max(1.0) } else { 1.0 };
        Expected {
            low: expected.low,
            likely: (expected.likely * times(self.likely).sqrt()).min(1.0),
            high: (expected.high * times(self.high)).min(1.0),
            basis: expected.basis,
        }
    }
}

/// The contracts of one sort of an expiry that an order takes.
pub(crate) struct Selection {
    pub count: Taken,
    /// What a listed contract counts for.
    pub of_one: Taken,
    /// Where it is known which they are.
    pub near: Option<NearMoney>,
}

impl Selection {
    pub(crate) fn every_one(count: u64) -> Self {
        let count = Taken::all(count);
        Self { of_one: count.of_one(), count, near: None }
    }

    /// Of an expiry that is not listed: its strikes are guessed by their number alone.
    pub(crate) fn of_guess(each_side: StrikesEachSide, guess: u64) -> Self {
        let count = Taken::at_least(contracts_of_one_price(each_side), guess);
        Self { of_one: count.of_one(), count, near: None }
    }

    /// Of a listed one, by the strike of each of its options.
    pub(crate) fn of_listed(
        each_side: StrikesEachSide,
        strikes: &[Strike],
        course: &Course,
        range: DayRange,
    ) -> Self {
        let ladder: BTreeSet<Strike> = strikes.iter().copied().collect();
        let all = strikes.len() as u64;
        let taken =
            |near: &NearMoney| strikes.iter().filter(|strike| near.takes(Some(**strike))).count() as u64;
        match course.over(range).and_then(|extent| NearMoney::of(&ladder, &extent, each_side)) {
            Ok(near) => {
                let count = Taken::exactly(taken(&near), all);
                Self { of_one: count.of_each(), count, near: Some(near) }
            }
            Err(_) => {
                // The days that are known say where it went at the least.
                let known = course.extent(range).ok();
                let known = known.and_then(|extent| NearMoney::of(&ladder, &extent, each_side).ok());
                let low = known.map_or_else(|| contracts_of_one_price(each_side), |near| taken(&near));
                let count = Taken::at_least(low, all);
                Self { of_one: count.of_one(), count, near: None }
            }
        }
    }
}

/// A call and a put at the money and at so many strikes each side of it: less is near nowhere.
fn contracts_of_one_price(each_side: StrikesEachSide) -> u64 {
    2 * (2 * u64::from(each_side.get()) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::CandleBasis;

    fn each_side(count: u32) -> StrikesEachSide {
        count.try_into().unwrap()
    }

    #[test]
    fn what_is_not_known_is_a_range_from_one_price_to_all_strikes() {
        let count = Selection::of_guess(each_side(5), 196).count;
        assert_eq!((count.low, count.likely, count.high), (22.0, 109.0, 196.0));
        let count = Selection::of_guess(each_side(50), 60).count;
        assert_eq!((count.low, count.high), (60.0, 60.0), "no more than there are");
        let strikes: Vec<Strike> =
            (0..194).map(|at| Strike::from_rupees(24_000.0 + f64::from(at / 2) * 50.0).unwrap()).collect();
        let range = DayRange::single("2025-08-28".parse().unwrap());
        let count = Selection::of_listed(each_side(2), &strikes, &Course::default(), range).count;
        assert_eq!((count.low, count.high), (10.0, 194.0));
    }

    #[test]
    fn near_the_money_more_is_traded_and_never_more_than_all() {
        let expected = Expected { low: 0.1, likely: 0.2, high: 0.3, basis: CandleBasis::Typical };
        let busy = Taken::exactly(22, 198).of_each().busier(&expected);
        assert_eq!((busy.low, busy.high), (0.1, 1.0));
        assert!((busy.likely - 0.6).abs() < 1e-9, "three times as busy, of a ninth: {}", busy.likely);
        assert_eq!(Taken::all(198).of_one().busier(&expected), expected);
        let all_of_it = Taken::at_least(22, 198).of_one();
        assert_eq!(all_of_it.busier(&expected).high, expected.high, "at the most all are taken");
    }
}
