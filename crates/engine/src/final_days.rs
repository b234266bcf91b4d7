//! When a day's history is final, which days a contract is asked for, and where the broker's data begin.

use market::{Day, DayRange, EpochSeconds};
use protocol::HistoricalDays;

/// A day is final when its answer came after 06:00 IST of the next day.
const FINAL_AT_MINUTE: u16 = 6 * 60;

/// The first day of the broker's data of contracts: "about 2024-09-30/10-01" [OBS S7].
pub(crate) fn data_floor() -> Day {
    const DAYS_SINCE_1970: i64 = 19_997;
    Day::from_days_since_1970(DAYS_SINCE_1970)
}

/// The days before an expiry, the expiry included.
pub(crate) fn wanted_range(expiry: Day, days: HistoricalDays) -> DayRange {
    let from = expiry.plus_days(-i64::from(days.get()));
    // `days` is at least one, so the range does not run backwards.
    DayRange::new(from, expiry).unwrap_or(DayRange::single(expiry))
}

/// The last day that is final at a moment.
pub(crate) fn last_final_day(at: EpochSeconds) -> Day {
    let before_six = at.minute_of_day() < FINAL_AT_MINUTE;
    at.day().plus_days(if before_six { -2 } else { -1 })
}

/// Whether an answer of this moment about a day is the last word.
pub(crate) fn is_final(day: Day, answered_at: EpochSeconds) -> bool {
    day <= last_final_day(answered_at)
}

/// The part of an answered range whose days were final when the answer came, and the part that was not.
pub(crate) fn split_final(
    range: DayRange,
    answered_at: EpochSeconds,
) -> (Option<DayRange>, Option<DayRange>) {
    let last_final = last_final_day(answered_at);
    if range.to() <= last_final {
        (Some(range), None)
    } else if range.from() > last_final {
        (None, Some(range))
    } else {
        let part = |from, to| DayRange::new(from, to).ok();
        (part(range.from(), last_final), part(last_final.next(), range.to()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_is_final_at_six_of_the_next_morning() {
        let range = DayRange::new(day("2025-08-25"), day("2025-08-28")).unwrap();
        let split = |moment: &str| split_final(range, EpochSeconds::parse_rfc3339(moment).unwrap());
        assert_eq!(split("2025-08-29T06:00:00+05:30"), (Some(range), None));
        let (fixed, open) = split("2025-08-29T05:59:00+05:30");
        assert_eq!(fixed.unwrap().to(), day("2025-08-27"));
        assert_eq!(open.unwrap(), DayRange::single(day("2025-08-28")));
        assert_eq!(split("2025-08-25T12:00:00+05:30"), (None, Some(range)));
    }

    #[test]
    fn the_data_begin_in_october_2024() {
        assert_eq!(data_floor(), day("2024-10-01"));
    }

    #[test]
    fn ninety_days_before_the_expiry_are_asked() {
        let range = wanted_range(day("2025-08-28"), HistoricalDays::default());
        assert_eq!((range.from(), range.to()), (day("2025-05-30"), day("2025-08-28")));
    }
}
