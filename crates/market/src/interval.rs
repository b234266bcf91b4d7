//! Candle intervals. The broker has six; a chart adds the hour, which is always made from minutes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

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
        ChartInterval::from(self).as_str()
    }

    /// Minutes of one candle; `None` for a day, which is as long as its session.
    pub fn minutes(self) -> Option<u16> {
        ChartInterval::from(self).minutes()
    }
}

/// An interval that can be read: the collected ones and the hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ChartInterval {
    #[default]
    Minute1,
    Minute3,
    Minute5,
    Minute15,
    Minute30,
    Hour1,
    Day,
}

impl ChartInterval {
    pub const ALL: [Self; 7] =
        [Self::Minute1, Self::Minute3, Self::Minute5, Self::Minute15, Self::Minute30, Self::Hour1, Self::Day];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minute1 => "1minute",
            Self::Minute3 => "3minute",
            Self::Minute5 => "5minute",
            Self::Minute15 => "15minute",
            Self::Minute30 => "30minute",
            Self::Hour1 => "1hour",
            Self::Day => "day",
        }
    }

    /// On a button: `1`, `3`, … `1h`, `1D`.
    pub fn short_label(self) -> &'static str {
        match self {
            Self::Minute1 => "1",
            Self::Minute3 => "3",
            Self::Minute5 => "5",
            Self::Minute15 => "15",
            Self::Minute30 => "30",
            Self::Hour1 => "1h",
            Self::Day => "1D",
        }
    }

    pub fn minutes(self) -> Option<u16> {
        match self {
            Self::Minute1 => Some(1),
            Self::Minute3 => Some(3),
            Self::Minute5 => Some(5),
            Self::Minute15 => Some(15),
            Self::Minute30 => Some(30),
            Self::Hour1 => Some(60),
            Self::Day => None,
        }
    }

    /// The interval of the broker of the same length, where there is one.
    pub fn collected(self) -> Option<Interval> {
        match self {
            Self::Minute1 => Some(Interval::Minute1),
            Self::Minute3 => Some(Interval::Minute3),
            Self::Minute5 => Some(Interval::Minute5),
            Self::Minute15 => Some(Interval::Minute15),
            Self::Minute30 => Some(Interval::Minute30),
            Self::Hour1 => None,
            Self::Day => Some(Interval::Day),
        }
    }
}

impl From<Interval> for ChartInterval {
    fn from(interval: Interval) -> Self {
        match interval {
            Interval::Minute1 => Self::Minute1,
            Interval::Minute3 => Self::Minute3,
            Interval::Minute5 => Self::Minute5,
            Interval::Minute15 => Self::Minute15,
            Interval::Minute30 => Self::Minute30,
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
        Self::ALL.into_iter().find(|interval| interval.as_str() == text).ok_or_else(|| IntervalError {
            given: text.to_owned(),
            accepted: "1minute, 3minute, 5minute, 15minute, 30minute, 1hour, day",
        })
    }
}

macro_rules! text_forms {
    ($($type:ty),*) => {$(
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl From<$type> for String {
            fn from(interval: $type) -> Self {
                interval.as_str().to_owned()
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
text_forms!(Interval, ChartInterval);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_brokers_and_nothing_else_passes() {
        for interval in Interval::ALL {
            assert_eq!(interval.as_str().parse(), Ok(interval));
            assert_eq!(ChartInterval::from(interval).as_str(), interval.as_str());
        }
        for text in ["", "1", "10minute", "1hour", "week", "1MINUTE"] {
            assert!(text.parse::<Interval>().is_err(), "{text}");
        }
        let names = ChartInterval::ALL.map(ChartInterval::as_str);
        assert_eq!(names, ["1minute", "3minute", "5minute", "15minute", "30minute", "1hour", "day"]);
        for interval in ChartInterval::ALL {
            assert_eq!(interval.as_str().parse(), Ok(interval));
        }
    }
}
