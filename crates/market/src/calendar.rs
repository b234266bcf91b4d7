//! When the market was open: holidays, special sessions and the regular hours, from the exchange's
//! circulars (`data/nse_fo_calendar_2024_2026.json`). It judges coverage and anchors resampling, and says how often an
//! empty answer is to be heard; no day is left unasked because of it alone. Beyond its years it says "assumed", and never
//! that it knows.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::Day;

/// Trading time within one day: minutes after midnight IST, `open` included, `close` not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionWindow {
    pub open: u16,
    pub close: u16,
}

impl SessionWindow {
    pub fn minutes(self) -> u16 {
        self.close - self.open
    }
}

/// What is known of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TradingDay {
    Closed,
    /// Open by circular. No windows: a session was announced, its hours are not known.
    Open(Vec<SessionWindow>),
    /// A weekday outside the calendar's years.
    AssumedOpen(Vec<SessionWindow>),
}

impl TradingDay {
    pub fn windows(&self) -> &[SessionWindow] {
        match self {
            Self::Closed => &[],
            Self::Open(windows) | Self::AssumedOpen(windows) => windows,
        }
    }

    /// One-minute candles of a full day.
    pub fn minutes(&self) -> u16 {
        self.windows().iter().map(|window| window.minutes()).sum()
    }

    pub fn is_open(&self) -> bool {
        !matches!(self, Self::Closed)
    }
}

#[derive(Debug)]
pub struct TradingCalendar {
    first: Day,
    last: Day,
    holidays: BTreeMap<Day, String>,
    special: BTreeMap<Day, (String, Vec<SessionWindow>)>,
    /// Regular hours from a day on, ascending.
    regimes: Vec<(Day, SessionWindow)>,
}

#[derive(Deserialize)]
struct CalendarFile {
    continuous_trading_regimes: Vec<RegimeRow>,
    weekday_holidays: Vec<HolidayRow>,
    special_sessions: Vec<SpecialRow>,
}

#[derive(Deserialize)]
struct RegimeRow {
    from: Day,
    open: String,
    close: String,
}

#[derive(Deserialize)]
struct HolidayRow {
    date: Day,
    name: String,
}

#[derive(Deserialize)]
struct SpecialRow {
    date: Day,
    name: String,
    windows: Option<Vec<(String, String)>>,
}

impl TradingCalendar {
    /// The calendar that is compiled in: NSE F&O, 2024 to 2026.
    pub fn bundled() -> &'static Self {
        static CALENDAR: OnceLock<TradingCalendar> = OnceLock::new();
        CALENDAR.get_or_init(|| {
            Self::parse(include_str!("../data/nse_fo_calendar_2024_2026.json"))
                // A constant of the build; a test parses it.
                .unwrap_or_else(|error| panic!("the bundled calendar does not parse: {error}"))
        })
    }

    fn parse(text: &str) -> Result<Self, serde_json::Error> {
        let file: CalendarFile = serde_json::from_str(text)?;
        let broken = |what: &str| <serde_json::Error as serde::de::Error>::custom(what);
        let regimes = file
            .continuous_trading_regimes
            .iter()
            .map(|row| Some((row.from, parse_window(&row.open, &row.close)?)))
            .collect::<Option<Vec<_>>>()
            .filter(|regimes| !regimes.is_empty())
            .ok_or_else(|| broken("regular hours"))?;
        let special = file
            .special_sessions
            .iter()
            .map(|row| {
                let windows = row.windows.iter().flatten().map(|(open, close)| parse_window(open, close));
                Some((row.date, (row.name.clone(), windows.collect::<Option<Vec<_>>>()?)))
            })
            .collect::<Option<BTreeMap<_, _>>>()
            .ok_or_else(|| broken("special sessions"))?;
        let holidays: BTreeMap<_, _> =
            file.weekday_holidays.into_iter().map(|row| (row.date, row.name)).collect();
        let last_holiday = *holidays.keys().next_back().ok_or_else(|| broken("holidays"))?;
        let last = format!("{}-12-31", &last_holiday.to_string()[..4]).parse().map_err(|_| broken("year"))?;
        Ok(Self { first: regimes[0].0, last, holidays, special, regimes })
    }

    pub fn day(&self, day: Day) -> TradingDay {
        if let Some((_, windows)) = self.special.get(&day) {
            return TradingDay::Open(windows.clone());
        }
        if day.is_weekend() || self.holidays.contains_key(&day) {
            return TradingDay::Closed;
        }
        let windows = vec![self.regular_hours(day)];
        if self.first <= day && day <= self.last {
            TradingDay::Open(windows)
        } else {
            TradingDay::AssumedOpen(windows)
        }
    }

    /// The hours of an ordinary day, whether or not this one is open.
    pub fn regular_hours(&self, day: Day) -> SessionWindow {
        let in_force = self.regimes.iter().rev().find(|(from, _)| *from <= day);
        // Before the first regime its hours were the same.
        in_force.unwrap_or(&self.regimes[0]).1
    }

    /// Whether the circulars cover a day, and have no session on it. What they do not cover may have one, weekends too.
    pub fn is_surely_closed(&self, day: Day) -> bool {
        self.first <= day && day <= self.last && !self.day(day).is_open()
    }

    /// `the market was closed on 27 Aug 2025 (Ganesh Chaturthi)`, of a day without a session; nothing of any other.
    pub fn closed_words(&self, day: Day) -> Option<String> {
        if self.day(day).is_open() {
            return None;
        }
        let holiday = self.holiday_name(day).map(|name| format!(" ({name})")).unwrap_or_default();
        Some(format!("the market was closed on {}{holiday}", day.to_long_text()))
    }

    pub fn holiday_name(&self, day: Day) -> Option<&str> {
        self.holidays.get(&day).map(String::as_str)
    }

    /// What a session was announced as that is not an ordinary one.
    pub fn special_name(&self, day: Day) -> Option<&str> {
        self.special.get(&day).map(|(name, _)| name.as_str())
    }

    /// The day itself when the market is open on it, else the last open day before it.
    pub fn open_on_or_before(&self, day: Day) -> Day {
        // No closure of the market has lasted longer.
        const CLOSED_DAYS_MAX: i64 = 15;
        (0..CLOSED_DAYS_MAX).map(|back| day.plus_days(-back)).find(|d| self.day(*d).is_open()).unwrap_or(day)
    }

    /// The last day that the circulars cover.
    pub fn last_known_day(&self) -> Day {
        self.last
    }
}

fn parse_window(open: &str, close: &str) -> Option<SessionWindow> {
    let minute = |text: &str| {
        let (hours, minutes) = text.split_once(':')?;
        let minute = hours.parse::<u16>().ok()? * 60 + minutes.parse::<u16>().ok()?;
        (minute <= 24 * 60).then_some(minute)
    };
    let window = SessionWindow { open: minute(open)?, close: minute(close)? };
    (window.open < window.close).then_some(window)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> TradingDay {
        TradingCalendar::bundled().day(text.parse().unwrap())
    }

    #[test]
    fn the_days_that_are_known_to_be_special() {
        assert_eq!(day("2025-08-01").minutes(), 375);
        assert_eq!(day("2026-07-31").minutes(), 375);
        assert_eq!(day("2026-08-03").minutes(), 385);
        assert_eq!(day("2025-08-02"), TradingDay::Closed);
        assert_eq!(day("2025-08-15"), TradingDay::Closed);
        assert_eq!(day("2024-11-01").windows(), [SessionWindow { open: 18 * 60, close: 19 * 60 }]);
        assert_eq!(day("2025-10-21").windows(), [SessionWindow { open: 13 * 60 + 45, close: 14 * 60 + 45 }]);
        assert_eq!(day("2024-03-02").windows().len(), 2);
        assert_eq!(day("2024-03-02").minutes(), 105);
        assert!(day("2025-02-01").is_open(), "a Saturday with a session");
        assert_eq!(day("2026-11-08"), TradingDay::Open(vec![]), "announced, hours unknown");
        assert!(matches!(day("2027-03-01"), TradingDay::AssumedOpen(_)));
    }

    #[test]
    fn a_day_is_surely_closed_where_a_circular_could_have_opened_it() {
        let is_closed = |text: &str| TradingCalendar::bundled().is_surely_closed(text.parse().unwrap());
        assert!(is_closed("2025-08-24") && is_closed("2025-08-27"), "a Sunday, a holiday");
        assert!(!is_closed("2025-08-28") && !is_closed("2026-11-08"), "a session, a session without hours");
        assert!(!is_closed("2027-03-06") && !is_closed("2023-11-12"), "weekends of years without circulars");
    }
}
