//! On which days the market was open: the exchange's circulars, checked against the underlying's own candles.
//! Beyond the circulars' years a weekday is assumed to be open until those candles prove it, or prove it closed.

use market::{ChartInterval, Day, Interval, SessionWindow, TradingCalendar, TradingDay};
use protocol::CalendarRemark;
use store::SeriesFacts;

/// The days of one underlying.
pub(crate) struct MarketDays {
    calendar: &'static TradingCalendar,
    own: SeriesFacts,
}

impl MarketDays {
    /// `own`: the facts of the underlying's own 1-minute series.
    pub(crate) fn new(own: SeriesFacts) -> Self {
        Self { calendar: TradingCalendar::bundled(), own }
    }

    /// The windows of trade of a day; none when the market was closed.
    pub(crate) fn windows(&self, day: Day) -> Vec<SessionWindow> {
        match (self.calendar.day(day), self.own.days.contains_key(&day)) {
            (TradingDay::Closed, true) => self.seen(day),
            (TradingDay::Closed, false) => Vec::new(),
            (TradingDay::Open(windows), true) if windows.is_empty() => self.seen(day),
            (TradingDay::Open(windows), _) => windows,
            (TradingDay::AssumedOpen(windows), true) => windows,
            (TradingDay::AssumedOpen(_), false) if self.is_answered(day) => Vec::new(),
            (TradingDay::AssumedOpen(windows), false) => windows,
        }
    }

    /// A session whose hours no circular says lasts as long as the underlying traded.
    fn seen(&self, day: Day) -> Vec<SessionWindow> {
        let window = |stored: &store::StoredDay| SessionWindow {
            open: stored.first.minute_of_day(),
            close: stored.last.minute_of_day() + 1,
        };
        self.own.days.get(&day).map(window).into_iter().collect()
    }

    fn is_answered(&self, day: Day) -> bool {
        self.own.answered.iter().any(|answer| !answer.provisional && answer.range.contains(day))
    }

    pub(crate) fn is_open(&self, day: Day) -> bool {
        !self.windows(day).is_empty() || self.has_unknown_hours(day)
    }

    /// A session that was announced, and neither circular nor underlying says when it was.
    pub(crate) fn has_unknown_hours(&self, day: Day) -> bool {
        matches!(self.calendar.day(day), TradingDay::Open(windows) if windows.is_empty())
            && self.windows(day).is_empty()
    }

    /// Candles for which a day has room between two minutes after midnight.
    pub(crate) fn room(&self, day: Day, interval: Interval, from: u16, to: u16) -> u64 {
        let Some(length) = ChartInterval::from(interval).minutes() else {
            return u64::from(self.is_open(day));
        };
        let candles = |window: SessionWindow| {
            let (open, close) = (window.open.max(from), window.close.min(to));
            u64::from(close.saturating_sub(open).div_ceil(length))
        };
        self.windows(day).into_iter().map(candles).sum()
    }

    /// Where the circulars and the underlying's candles disagree.
    pub(crate) fn remarks(&self) -> Vec<CalendarRemark> {
        let (mut remarks, known) = (Vec::new(), self.own.answered.iter());
        let days: std::collections::BTreeSet<Day> =
            known.filter(|answer| !answer.provisional).flat_map(|answer| answer.range.days()).collect();
        for day in days {
            let remark = match (self.calendar.day(day), self.own.days.contains_key(&day)) {
                (TradingDay::Closed, true) => "closed by the circulars, and the underlying traded: open",
                (TradingDay::Open(_), false) => "open by the circulars, and no candle of the underlying came",
                (TradingDay::AssumedOpen(_), false) => {
                    "beyond the calendar's end, and no candle came: closed"
                }
                _ => continue,
            };
            remarks.push(CalendarRemark { day, remark: remark.to_owned() });
        }
        remarks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::DayRange;
    use store::{AnsweredRange, Outcome, StoredDay};

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn own(traded: &[&str]) -> MarketDays {
        let range = DayRange::new(day("2025-01-01"), day("2027-12-31")).unwrap();
        let stored = |text: &&str| {
            let (first, last) = (day(text).at_minute(600), day(text).at_minute(659));
            (day(text), StoredDay { candles: 60, first, last, volume: 0, open_interest: 0 })
        };
        MarketDays::new(SeriesFacts {
            answered: vec![AnsweredRange { range, outcome: Outcome::Rows, provisional: false }],
            days: traded.iter().map(stored).collect(),
            ..SeriesFacts::default()
        })
    }

    #[test]
    fn beyond_the_calendar_the_underlying_says_what_was_open() {
        let unasked = MarketDays::new(SeriesFacts::default());
        assert!(unasked.is_open(day("2027-03-01")), "a Monday, assumed open");
        let asked = own(&["2027-03-02"]);
        assert!(!asked.is_open(day("2027-03-01")), "no candle came");
        assert_eq!(asked.room(day("2027-03-02"), Interval::Minute1, 0, 1440), 385);
        assert!(asked.remarks().iter().any(|remark| remark.day == day("2027-03-01")));
    }

    #[test]
    fn a_session_that_no_circular_knows_lasts_as_long_as_the_underlying_traded() {
        let asked = own(&["2025-08-02", "2026-11-08"]);
        assert_eq!(asked.room(day("2025-08-02"), Interval::Minute1, 0, 1440), 60, "a Saturday");
        assert_eq!(asked.room(day("2026-11-08"), Interval::Minute5, 0, 1440), 12, "announced, hours unknown");
        assert_eq!(own(&[]).room(day("2025-08-02"), Interval::Minute1, 0, 1440), 0);
    }

    #[test]
    fn room_is_counted_by_window_and_between_two_minutes() {
        let days = own(&[]);
        assert_eq!(days.room(day("2025-08-01"), Interval::Minute1, 0, 1440), 375);
        assert_eq!(days.room(day("2025-08-01"), Interval::Minute30, 0, 1440), 13);
        assert_eq!(days.room(day("2025-08-01"), Interval::Day, 0, 1440), 1);
        assert_eq!(days.room(day("2024-03-02"), Interval::Minute1, 0, 1440), 105, "two windows");
        assert_eq!(days.room(day("2025-08-01"), Interval::Minute1, 600, 660), 60);
    }
}
