//! How far back from its expiry a contract is known. What is known is always said of days that were asked: a
//! contract of which one day was answered is known for one day, and nothing is claimed of the days before it.

use serde::{Deserialize, Serialize};

use crate::{Day, DayRange};

/// What the answers about one series of a contract add up to, from its expiry backwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Nothing was answered.
    #[default]
    Unasked,
    /// It was answered, a person has removed it again, and nothing was answered since.
    Pruned,
    /// Something was answered, and the expiry's own day not for good: before it was final, without a row and
    /// not often enough to be believed, or older days alone.
    Open,
    /// Every day from so many before the expiry to the expiry itself is answered for good, without a gap.
    Back(u32),
}

impl Reach {
    /// `for_good`: the final, confirmed answers, in any order. `is_asked`: there is an answer of any sort.
    pub fn of(expiry: Day, mut for_good: Vec<DayRange>, is_asked: bool) -> Self {
        for_good.sort_by_key(|range| std::cmp::Reverse(range.to()));
        let mut reached: Option<Day> = None;
        for range in for_good {
            // Newest end first: what does not touch the days so far leaves a gap that nothing later fills.
            if range.to() < reached.map_or(expiry, Day::previous) {
                break;
            }
            reached = Some(reached.map_or(range.from(), |day| day.min(range.from())));
        }
        match reached {
            Some(first) => {
                let days = expiry.days_since_1970() - first.days_since_1970();
                Self::Back(days.try_into().unwrap_or(0))
            }
            None if is_asked => Self::Open,
            None => Self::Unasked,
        }
    }

    /// Days before the expiry that are answered for good; `None` where the expiry's own day is not.
    pub fn days(self) -> Option<u32> {
        match self {
            Self::Back(days) => Some(days),
            Self::Unasked | Self::Pruned | Self::Open => None,
        }
    }

    /// Whether all of so many days before the expiry are answered for good.
    pub fn covers(self, days: u32) -> bool {
        self.days().is_some_and(|reached| reached >= days)
    }

    /// The first day that is answered for good.
    pub fn first_day(self, expiry: Day) -> Option<Day> {
        self.days().map(|days| expiry.plus_days(-i64::from(days)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(ranges: &[(&str, &str)]) -> Reach {
        let range = |(from, to): &(&str, &str)| DayRange::new(from.parse().unwrap(), to.parse().unwrap());
        Reach::of("2025-08-28".parse().unwrap(), ranges.iter().map(|r| range(r).unwrap()).collect(), true)
    }

    #[test]
    fn days_count_from_the_expiry_backwards_to_the_first_gap() {
        for (ranges, reached) in [
            (&[("2025-08-27", "2025-08-28")][..], Reach::Back(1)),
            (&[("2025-08-28", "2025-08-28")], Reach::Back(0)),
            (&[("2025-05-30", "2025-08-28")], Reach::Back(90)),
            // Parts that touch, in any order, and parts that overlap.
            (&[("2025-05-30", "2025-08-26"), ("2025-08-27", "2025-08-28")], Reach::Back(90)),
            (&[("2025-08-20", "2025-08-28"), ("2025-08-10", "2025-08-25")], Reach::Back(18)),
            (&[("2025-08-25", "2025-08-26"), ("2025-08-20", "2025-08-28")], Reach::Back(8)),
            // A gap of one day, and one at the end.
            (&[("2025-05-30", "2025-08-25"), ("2025-08-27", "2025-08-28")], Reach::Back(1)),
            (&[("2025-05-30", "2025-08-27")], Reach::Open),
            (&[], Reach::Open),
        ] {
            assert_eq!(reach(ranges), reached, "{ranges:?}");
        }
        assert_eq!(Reach::of("2025-08-28".parse().unwrap(), Vec::new(), false), Reach::Unasked);
    }

    #[test]
    fn what_is_answered_for_one_day_is_not_answered_for_ninety() {
        let one = Reach::Back(1);
        assert!(one.covers(1) && !one.covers(2) && !one.covers(90));
        assert!(!Reach::Open.covers(1) && !Reach::Unasked.covers(1));
        let expiry: Day = "2025-08-28".parse().unwrap();
        assert_eq!(one.first_day(expiry).unwrap().to_string(), "2025-08-27");
    }
}
