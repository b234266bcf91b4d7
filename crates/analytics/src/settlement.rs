//! When an expiry settles and how long that is from a minute, on the calendar and in minutes of sessions.
//!
//! A minute is named by its start and holds its own candle: at 15:20 there are ten minutes left, at 15:29 one. The
//! sessions are NSE's as the circulars tell them; one whose hours are not announced counts no minutes.

use market::{Day, EpochSeconds, SessionWindow, TimeOfDay, TradingCalendar};
use serde::{Deserialize, Serialize};

use crate::YearFraction;

/// From here on a price says more of ticks than of volatility.
pub const TOO_NEAR_MINUTES: i64 = 10;
/// The longest life that is walked through day by day; the longest that the exchange lists is five years.
const LIFE_DAYS_MAX: i64 = 10 * 366;

/// The moment to which time is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    expiry: Day,
    at: TimeOfDay,
}

/// Minutes until the settlement, never below zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeLeft {
    pub minutes: i64,
    /// Of them those in which the market is open.
    pub session_minutes: i64,
}

impl Settlement {
    /// At 15:30 IST: the end of the session until 2026-08-03, when it moved to 15:40. Whether options settle later
    /// since then is UNCERTAIN.
    pub const DEFAULT_TIME: TimeOfDay = match TimeOfDay::new(15, 30) {
        Some(time) => time,
        None => unreachable!(),
    };

    /// At 15:30 of the expiry day.
    pub fn of(expiry: Day) -> Self {
        Self { expiry, at: Self::DEFAULT_TIME }
    }

    /// At another time of the expiry day.
    pub fn at(expiry: Day, at: TimeOfDay) -> Self {
        Self { expiry, at }
    }

    /// At the time that somebody set, where the time is uncertain: an expiry whose session ended at 15:30 settled then,
    /// whatever is set.
    pub fn by_setting(expiry: Day, at: TimeOfDay) -> Self {
        let closes = TradingCalendar::bundled().regular_hours(expiry).close;
        let is_certain = closes <= Self::DEFAULT_TIME.minute_of_day();
        if is_certain { Self::of(expiry) } else { Self::at(expiry, at) }
    }

    pub fn expiry(self) -> Day {
        self.expiry
    }

    pub fn moment(self) -> EpochSeconds {
        self.expiry.at_minute(self.at.minute_of_day())
    }

    /// On the calendar alone, which walks through no days; `None` once it has settled.
    pub fn years_left(self, from: EpochSeconds) -> Option<YearFraction> {
        YearFraction::of_calendar_minutes(self.minutes_left(from))
    }

    /// At the settlement or after it not above nought.
    fn minutes_left(self, from: EpochSeconds) -> i64 {
        self.moment().0.saturating_sub(from.0) / 60
    }

    pub fn time_left(self, from: EpochSeconds) -> TimeLeft {
        DayClock::of(from.day(), self).time_left(from)
    }

    /// The minutes of a day's sessions that lie before the settlement.
    fn windows(self, day: Day) -> Vec<SessionWindow> {
        let end = if day < self.expiry { u16::MAX } else { self.at.minute_of_day() };
        let mut windows = TradingCalendar::bundled().day(day).windows().to_vec();
        windows.retain_mut(|window| {
            window.close = window.close.min(end);
            window.open < window.close
        });
        windows
    }
}

impl TimeLeft {
    pub fn years(self) -> Option<YearFraction> {
        YearFraction::of_calendar_minutes(self.minutes)
    }

    pub fn session_years(self) -> Option<YearFraction> {
        YearFraction::of_session_minutes(self.session_minutes)
    }

    pub fn is_too_near(self) -> bool {
        self.minutes <= TOO_NEAR_MINUTES
    }

    pub fn whole_days(self) -> i64 {
        self.minutes / (24 * 60)
    }
}

/// The clock of one day: what lies after it is counted once, and each of its minutes is a subtraction.
#[derive(Clone, Debug)]
pub(crate) struct DayClock {
    day: Day,
    settlement: Settlement,
    today: Vec<SessionWindow>,
    session_minutes_after: i64,
}

impl DayClock {
    pub(crate) fn of(day: Day, settlement: Settlement) -> Self {
        let first = day.days_since_1970();
        let last = settlement.expiry.days_since_1970().min(first.saturating_add(LIFE_DAYS_MAX));
        let later = (first + 1..=last).map(Day::from_days_since_1970);
        let minutes = |window: &SessionWindow| i64::from(window.minutes());
        let session_minutes_after =
            later.map(|day| settlement.windows(day).iter().map(minutes).sum::<i64>()).sum();
        let today = if day > settlement.expiry { Vec::new() } else { settlement.windows(day) };
        Self { day, settlement, today, session_minutes_after }
    }

    pub(crate) fn holds(&self, moment: EpochSeconds) -> bool {
        self.day.holds(moment)
    }

    pub(crate) fn day(&self) -> Day {
        self.day
    }

    /// From a minute of this day.
    pub(crate) fn time_left(&self, from: EpochSeconds) -> TimeLeft {
        let minutes = self.settlement.minutes_left(from);
        if minutes <= 0 {
            return TimeLeft::default();
        }
        let minute = from.minute_of_day();
        let left = |window: &SessionWindow| i64::from(window.close.saturating_sub(window.open.max(minute)));
        TimeLeft {
            minutes,
            session_minutes: self.session_minutes_after + self.today.iter().map(left).sum::<i64>(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn left(expiry: &str, on: &str, minute: u16) -> (i64, i64) {
        let left = Settlement::of(day(expiry)).time_left(day(on).at_minute(minute));
        (left.minutes, left.session_minutes)
    }

    #[test]
    fn minutes_on_the_calendar_and_of_sessions() {
        let at = |hours: u16, minutes: u16| hours * 60 + minutes;
        // The expiry day itself, its last candle, the settlement, and after it.
        assert_eq!(left("2025-08-28", "2025-08-28", at(9, 30)), (360, 360));
        assert_eq!(left("2025-08-28", "2025-08-28", at(15, 29)), (1, 1));
        assert_eq!(left("2025-08-28", "2025-08-28", at(15, 30)), (0, 0));
        assert_eq!(left("2025-08-28", "2025-08-29", at(10, 0)), (0, 0));
        // 2025-08-27 was a holiday.
        assert_eq!(left("2025-08-28", "2025-08-26", at(15, 0)), (2 * 1440 + 30, 30 + 375));
        // Before the open the whole session is left, after the close none of it.
        assert_eq!(left("2025-08-28", "2025-08-28", at(8, 0)), (450, 375));
        assert_eq!(left("2025-08-28", "2025-08-26", at(16, 0)), (2 * 1440 - 30, 375));
        // From 2026-08-03 sessions are longer, and the settlement is not.
        assert_eq!(left("2026-08-04", "2026-08-03", at(9, 15)), (1440 + 375, 385 + 375));
    }

    #[test]
    fn the_last_ten_candles_are_too_near() {
        let expiry = day("2025-08-28");
        let is_too_near = |minute| Settlement::of(expiry).time_left(expiry.at_minute(minute)).is_too_near();
        assert!(!is_too_near(15 * 60 + 19));
        assert!(is_too_near(15 * 60 + 20));
        assert!(is_too_near(16 * 60));
    }

    #[test]
    fn another_time_of_settlement() {
        let expiry = day("2026-08-04");
        let later = Settlement::at(expiry, "15:40".parse().unwrap());
        let left = later.time_left(expiry.at_minute(15 * 60));
        assert_eq!((left.minutes, left.session_minutes), (40, 40));
        assert_eq!(later.moment(), expiry.at_minute(15 * 60 + 40));
    }

    /// Until 2026-08-03 nobody doubts it.
    #[test]
    fn a_setting_moves_only_what_is_uncertain() {
        for (expiry, settles) in [
            ("2025-08-28", 15 * 60 + 30),
            ("2026-07-31", 15 * 60 + 30),
            ("2026-08-03", 15 * 60 + 40),
            ("2026-08-04", 15 * 60 + 40),
        ] {
            let set = Settlement::by_setting(day(expiry), "15:40".parse().unwrap());
            assert_eq!(set.moment(), day(expiry).at_minute(settles), "{expiry}");
        }
    }

    /// At 09:30 of the expiry day they differ by more than a factor of two in volatility.
    #[test]
    fn the_two_times_are_parts_of_two_years() {
        let expiry = day("2025-08-28");
        let left = Settlement::of(expiry).time_left(expiry.at_minute(570));
        let [calendar, session] = [left.years(), left.session_years()].map(|years| years.unwrap().years());
        assert_eq!(calendar, 360.0 / 525_600.0);
        assert_eq!(session, 360.0 / 375.0 / 252.0);
        assert!((session / calendar).sqrt() > 2.0);
    }
}
