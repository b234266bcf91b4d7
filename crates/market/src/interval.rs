//! Candle intervals. The broker has six, and series are collected in those alone; bars that are read may be of any whole
//! number of minutes up to a session, of a day, a week or a month, and are made of what is collected.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Day, DayRange};

/// Minutes of an hour.
const HOUR: u16 = 60;

/// An interval that the broker serves, and that a series is collected in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Interval {
    #[default]
    Minute1,
    Minute3,
    Minute5,
    Minute15,
    Minute30,
    Day,
}

impl Interval {
    pub const ALL: [Self; 6] =
        [Self::Minute1, Self::Minute3, Self::Minute5, Self::Minute15, Self::Minute30, Self::Day];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minute1 => "1minute",
            Self::Minute3 => "3minute",
            Self::Minute5 => "5minute",
            Self::Minute15 => "15minute",
            Self::Minute30 => "30minute",
            Self::Day => "day",
        }
    }

    /// Minutes of one candle; `None` for a day, which is as long as its session.
    pub fn minutes(self) -> Option<u16> {
        ChartInterval::from(self).minutes()
    }
}

/// How many minutes a bar of a part of a session has: at least one, at most an ordinary session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BarMinutes(u16);

impl BarMinutes {
    /// From 09:15 to 15:30.
    pub const MAX: u16 = 375;

    pub fn new(minutes: u16) -> Option<Self> {
        (1..=Self::MAX).contains(&minutes).then_some(Self(minutes))
    }

    pub fn get(self) -> u16 {
        self.0
    }
}

/// An interval that can be read; shorter ones come first. An hour has one text, `1hour`, however it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ChartInterval {
    Minutes(BarMinutes),
    Day,
    /// The trading days from a Monday to the Sunday after it.
    Week,
    /// Of the calendar.
    Month,
}

impl ChartInterval {
    pub const MINUTE_1: Self = Self::Minutes(BarMinutes(1));
    pub const MINUTE_3: Self = Self::Minutes(BarMinutes(3));
    pub const MINUTE_5: Self = Self::Minutes(BarMinutes(5));
    pub const MINUTE_15: Self = Self::Minutes(BarMinutes(15));
    pub const MINUTE_30: Self = Self::Minutes(BarMinutes(30));
    pub const HOUR_1: Self = Self::Minutes(BarMinutes(HOUR));

    /// Those that most people look at, the shortest first.
    pub const COMMON: [Self; 7] = [
        Self::MINUTE_1,
        Self::MINUTE_3,
        Self::MINUTE_5,
        Self::MINUTE_15,
        Self::MINUTE_30,
        Self::HOUR_1,
        Self::Day,
    ];

    /// On a button: `1`, `75`, … `1h`, `1D`, `1W`.
    pub fn short_label(self) -> String {
        match self {
            Self::Minutes(BarMinutes(minutes)) if minutes % HOUR == 0 => format!("{}h", minutes / HOUR),
            Self::Minutes(BarMinutes(minutes)) => minutes.to_string(),
            Self::Day => "1D".to_owned(),
            Self::Week => "1W".to_owned(),
            Self::Month => "1M".to_owned(),
        }
    }

    /// `None` for a day and what is made of days: they are as long as their sessions, and stamped with a day.
    pub fn minutes(self) -> Option<u16> {
        match self {
            Self::Minutes(minutes) => Some(minutes.get()),
            Self::Day | Self::Week | Self::Month => None,
        }
    }

    /// Whether it matters when a session began: a minute and whole days are the same whenever it did.
    pub fn counts_from_the_open(self) -> bool {
        matches!(self, Self::Minutes(_)) && self != Self::MINUTE_1
    }

    /// Whether a bar is made of more than one day.
    pub fn spans_days(self) -> bool {
        matches!(self, Self::Week | Self::Month)
    }

    /// The days of the bar that something of this day is in.
    pub fn days_around(self, day: Day) -> DayRange {
        let (from, to) = match self {
            Self::Minutes(_) | Self::Day => (day, day),
            Self::Week => {
                let monday = day.plus_days(-i64::from(day.weekday().num_days_from_monday()));
                (monday, monday.plus_days(6))
            }
            Self::Month => (day.first_of_month(), day.last_of_month()),
        };
        DayRange::new(from, to).unwrap_or_else(|_| DayRange::single(day))
    }

    /// The interval of the broker of the same length, where there is one.
    pub fn collected(self) -> Option<Interval> {
        Interval::ALL.into_iter().find(|interval| Self::from(*interval) == self)
    }
}

impl Default for ChartInterval {
    fn default() -> Self {
        Self::MINUTE_1
    }
}

impl From<Interval> for ChartInterval {
    fn from(interval: Interval) -> Self {
        match interval {
            Interval::Minute1 => Self::MINUTE_1,
            Interval::Minute3 => Self::MINUTE_3,
            Interval::Minute5 => Self::MINUTE_5,
            Interval::Minute15 => Self::MINUTE_15,
            Interval::Minute30 => Self::MINUTE_30,
            Interval::Day => Self::Day,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{given}\" is no interval: use one of {accepted}")]
pub struct IntervalError {
    given: String,
    accepted: &'static str,
}

impl FromStr for Interval {
    type Err = IntervalError;

    fn from_str(text: &str) -> Result<Self, IntervalError> {
        Self::ALL.into_iter().find(|interval| interval.as_str() == text).ok_or_else(|| IntervalError {
            given: text.to_owned(),
            accepted: "1minute, 3minute, 5minute, 15minute, 30minute, day",
        })
    }
}

impl FromStr for ChartInterval {
    type Err = IntervalError;

    fn from_str(text: &str) -> Result<Self, IntervalError> {
        let read = match text {
            "day" => Some(Self::Day),
            "week" => Some(Self::Week),
            "month" => Some(Self::Month),
            _ => minutes_of(text).map(Self::Minutes),
        };
        read.ok_or_else(|| IntervalError {
            given: text.to_owned(),
            accepted: "1minute to 375minute in whole minutes, 1hour to 6hour, day, week, month",
        })
    }
}

/// `75minute`, `2hour`. A sign or a zero in front is refused, so that nothing has two spellings but an hour.
fn minutes_of(text: &str) -> Option<BarMinutes> {
    let of_minutes = text.strip_suffix("minute").map(|count| (count, 1));
    let (count, length) = of_minutes.or_else(|| text.strip_suffix("hour").map(|count| (count, HOUR)))?;
    if count.starts_with('0') || !count.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    BarMinutes::new(count.parse::<u16>().ok()?.checked_mul(length)?)
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for ChartInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Minutes(BarMinutes(HOUR)) => f.write_str("1hour"),
            Self::Minutes(BarMinutes(minutes)) => write!(f, "{minutes}minute"),
            Self::Day => f.write_str("day"),
            Self::Week => f.write_str("week"),
            Self::Month => f.write_str("month"),
        }
    }
}

macro_rules! shipped_as_text {
    ($($type:ty),*) => {$(
        impl From<$type> for String {
            fn from(interval: $type) -> Self {
                interval.to_string()
            }
        }
        impl TryFrom<String> for $type {
            type Error = IntervalError;
            fn try_from(text: String) -> Result<Self, IntervalError> {
                text.parse()
            }
        }
    )*};
}
shipped_as_text!(Interval, ChartInterval);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_brokers_and_nothing_else_passes() {
        for interval in Interval::ALL {
            assert_eq!(interval.as_str().parse(), Ok(interval));
            assert_eq!(ChartInterval::from(interval).to_string(), interval.as_str());
            assert_eq!(ChartInterval::from(interval).collected(), Some(interval));
        }
        for text in ["", "1", "10minute", "1hour", "week", "1MINUTE"] {
            assert!(text.parse::<Interval>().is_err(), "{text}");
        }
        let names = ChartInterval::COMMON.map(|interval| interval.to_string());
        assert_eq!(names, ["1minute", "3minute", "5minute", "15minute", "30minute", "1hour", "day"]);
        assert!(ChartInterval::COMMON.is_sorted());
    }

    #[test]
    fn bars_are_of_any_whole_minutes_of_a_session_and_of_days_weeks_and_months() {
        let others = [2, 10, 45, 75, 90, 120, 125, 180, 375].map(|minutes| format!("{minutes}minute"));
        let others = others.into_iter().chain(["week", "month"].map(str::to_owned));
        for text in others.chain(ChartInterval::COMMON.map(|interval| interval.to_string())) {
            let read: ChartInterval = text.parse().unwrap();
            assert_eq!(read.to_string(), text);
        }
        for (hours, minutes) in [("1hour", "60minute"), ("2hour", "120minute"), ("6hour", "360minute")] {
            let read: ChartInterval = hours.parse().unwrap();
            assert_eq!(minutes.parse(), Ok(read), "one interval, and so one text");
        }
        let labels = ["75minute", "2hour", "90minute", "week", "month"]
            .map(|text| text.parse::<ChartInterval>().unwrap().short_label());
        assert_eq!(labels, ["75", "2h", "90", "1W", "1M"]);
        for text in [
            "",
            "0minute",
            "376minute",
            "1.5minute",
            "-5minute",
            "+5minute",
            "05minute",
            "7day",
            "7hour",
            "0hour",
            "65536minute",
            "minute",
            "hour",
            "5 minute",
            "5minutes",
            "5MINUTE",
            "1week",
            "year",
        ] {
            let error = text.parse::<ChartInterval>().unwrap_err().to_string();
            assert_eq!(
                error,
                format!(
                    "\"{text}\" is no interval: use one of 1minute to 375minute in whole minutes, 1hour to 6hour, day, week, month"
                )
            );
        }
    }

    #[test]
    fn a_week_goes_from_monday_to_sunday() {
        let around =
            |interval: ChartInterval, day: &str| interval.days_around(day.parse().unwrap()).to_string();
        assert_eq!(around(ChartInterval::Week, "2025-08-03"), "2025-07-28 to 2025-08-03");
        assert_eq!(around(ChartInterval::Week, "2025-08-04"), "2025-08-04 to 2025-08-10");
        assert_eq!(around(ChartInterval::Month, "2024-02-10"), "2024-02-01 to 2024-02-29");
        assert_eq!(around(ChartInterval::HOUR_1, "2025-08-04"), "2025-08-04");
    }
}
