//! Where an underlying went, by what is stored of its own candles: its minutes where they account for a day, else the
//! day's one candle. Asks nobody; who may ask is `jobs/courses.rs`.

use std::collections::BTreeMap;

use market::{Day, DayRange, Interval, Price};
use store::{SeriesOwner, Store, UnderlyingId};

use crate::error::EngineError;
use crate::near_money::{Extent, Unknown};

/// Some days of one underlying.
#[derive(Debug, Default)]
pub(crate) struct Course {
    /// The lowest and the highest price.
    days: BTreeMap<Day, (Price, Price)>,
    /// Answered for good, with a price or without.
    known: Vec<DayRange>,
}

impl Course {
    pub(crate) async fn read(
        store: &Store,
        underlying: UnderlyingId,
        range: DayRange,
    ) -> Result<Self, EngineError> {
        let owner = SeriesOwner::Underlying(underlying);
        let mut course = Self::default();
        // Of a day that both account for, the minutes have the last word.
        for interval in [Interval::Day, Interval::Minute1] {
            let Some(series) = store.series(owner, interval).await? else { continue };
            let known = store.covered_ranges(owner, interval).await?;
            let is_known = |day: Day| known.iter().any(|range| range.contains(day));
            let extremes = store.extremes_of_days(series, range).await?;
            course.days.extend(extremes.into_iter().filter(|(day, _)| is_known(*day)));
            course.known.extend(known);
        }
        Ok(course)
    }

    /// Its lowest and its highest price of a day.
    pub(crate) fn of_day(&self, day: Day) -> Option<(Price, Price)> {
        self.days.get(&day).copied()
    }

    /// Days that nothing accounts for, oldest first.
    pub(crate) fn missing(&self, range: DayRange) -> Vec<DayRange> {
        range.without(|day| self.known.iter().any(|known| known.contains(day)))
    }

    pub(crate) fn over(&self, range: DayRange) -> Result<Extent, Unknown> {
        match self.missing(range).first() {
            Some(missing) => Err(Unknown::Days(*missing)),
            None => self.extent(range),
        }
    }

    /// By the days that are known, however few they are.
    pub(crate) fn extent(&self, range: DayRange) -> Result<Extent, Unknown> {
        let days = || self.days.range(range.from()..=range.to());
        let low = days().map(|(_, (low, _))| *low).min();
        let high = days().map(|(_, (_, high))| *high).max();
        match (low, high, days().next_back()) {
            (Some(low), Some(high), Some((day, last))) => {
                Ok(Extent { low, high, last: (*day, last.0, last.1) })
            }
            _ => Err(Unknown::NoPrice),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_nothing_accounts_for_makes_the_whole_unknown() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        let range = |from: &str, to: &str| DayRange::new(day(from), day(to)).unwrap();
        let mut course = Course {
            days: BTreeMap::from([
                (day("2025-08-25"), (Price(20), Price(30))),
                (day("2025-08-26"), (Price(10), Price(25))),
                (day("2025-08-28"), (Price(15), Price(40))),
            ]),
            known: vec![range("2025-08-24", "2025-08-26"), range("2025-08-28", "2025-08-28")],
        };
        let two_days = course.over(range("2025-08-25", "2025-08-26")).unwrap();
        assert_eq!(
            two_days,
            Extent { low: Price(10), high: Price(30), last: (day("2025-08-26"), Price(10), Price(25)) }
        );
        let with_a_hole = course.over(range("2025-08-25", "2025-08-28"));
        assert_eq!(with_a_hole, Err(Unknown::Days(range("2025-08-27", "2025-08-27"))));
        course.known.push(range("2025-08-27", "2025-08-27"));
        let with_a_holiday = course.over(range("2025-08-25", "2025-08-28")).unwrap();
        assert_eq!((with_a_holiday.low, with_a_holiday.high), (Price(10), Price(40)));
        assert_eq!(course.over(range("2025-08-24", "2025-08-24")), Err(Unknown::NoPrice));
    }
}
