//! The numbers of the model that are no money: volatility, the rate, and time as a part of a year. Each is finite and
//! in its bounds once it is made; what is not is refused here and nowhere later.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::reading::Refused;

/// Minutes of a calendar year of 365 days.
const CALENDAR_YEAR_MINUTES: f64 = 525_600.0;
/// Minutes of a year of sessions: 375 a day on 252 days, whatever a single session had.
pub(crate) const SESSION_YEAR_MINUTES: f64 = 375.0 * 252.0;

macro_rules! shipped_as_number {
    ($name:ident, $words:literal) => {
        impl TryFrom<f64> for $name {
            type Error = Refused;

            fn try_from(number: f64) -> Result<Self, Refused> {
                Self::new(number).ok_or_else(|| Refused::new(&number.to_string(), $words))
            }
        }

        impl From<$name> for f64 {
            fn from(number: $name) -> Self {
                number.0
            }
        }
    };
}

/// Standard deviation of the forward's logarithm over a year, as a fraction: 0.1136 is 11.36 %. Above zero: a price
/// that holds no time value has no volatility rather than one of nought.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Volatility(f64);

impl Volatility {
    pub fn new(fraction: f64) -> Option<Self> {
        (fraction.is_finite() && fraction > 0.0).then_some(Self(fraction))
    }

    pub fn fraction(self) -> f64 {
        self.0
    }
}

shipped_as_number!(Volatility, "no volatility: it is a fraction above zero, for example 0.1136");

/// Interest a year, continuous, as a fraction.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Rate(f64);

impl Rate {
    /// 6.5 %.
    pub const DEFAULT: Self = Self(0.065);
    const LEAST: f64 = -0.1;
    const MOST: f64 = 0.5;
    const WORDS: &str = "no rate that can be reckoned with: without a % it is a fraction, so that 6.5 is 650%. Write one \
                         from -10% to 50% a year, for example 6.5% or 0.065";

    pub fn new(fraction: f64) -> Option<Self> {
        (Self::LEAST..=Self::MOST).contains(&fraction).then_some(Self(fraction))
    }

    pub fn fraction(self) -> f64 {
        self.0
    }
}

shipped_as_number!(Rate, "no rate that can be reckoned with: it is a fraction from -0.1 to 0.5");

impl Default for Rate {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// `6.5%`, or as a fraction `0.065`.
impl FromStr for Rate {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let trimmed = text.trim();
        let number = match trimmed.strip_suffix('%') {
            Some(percent) => percent.trim_end().parse::<f64>().map(|percent| percent / 100.0),
            None => trimmed.parse(),
        };
        number.ok().and_then(Self::new).ok_or_else(|| Refused::new(text, Self::WORDS))
    }
}

/// As a fraction, which is read again as the same rate.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Time that is left, as a part of a year; above zero.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct YearFraction(f64);

impl YearFraction {
    /// No contract lives so long; beyond it only a wrong date lies.
    const MOST: f64 = 100.0;

    pub fn new(years: f64) -> Option<Self> {
        (years > 0.0 && years <= Self::MOST).then_some(Self(years))
    }

    /// Of 525,600 minutes a year.
    pub fn of_calendar_minutes(minutes: i64) -> Option<Self> {
        Self::new(minutes as f64 / CALENDAR_YEAR_MINUTES)
    }

    /// Of minutes of sessions, 375 a day and 252 days a year.
    pub fn of_session_minutes(minutes: i64) -> Option<Self> {
        Self::new(minutes as f64 / SESSION_YEAR_MINUTES)
    }

    pub fn years(self) -> f64 {
        self.0
    }
}

shipped_as_number!(YearFraction, "no time that is left: it is a part of a year above zero");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_volatility_no_rate_and_no_time_is_refused() {
        for number in [0.0, -0.1, f64::NAN, f64::INFINITY] {
            assert_eq!(Volatility::new(number), None, "{number}");
            assert_eq!(YearFraction::new(number), None, "{number}");
        }
        for number in [-1.0, 4.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Rate::new(number), None, "{number}");
        }
        assert_eq!(YearFraction::of_calendar_minutes(525_600), YearFraction::new(1.0));
        assert_eq!(YearFraction::of_session_minutes(94_500), YearFraction::new(1.0));
        assert_eq!(YearFraction::of_calendar_minutes(-5), None);
        assert!(serde_json::from_str::<Volatility>("-0.1").is_err());
        assert_eq!(serde_json::from_str::<Volatility>("0.1136").unwrap().fraction(), 0.1136);
    }

    #[test]
    fn a_rate_is_written_as_a_fraction_or_in_per_cent() {
        for (text, rate) in [("6.5%", 0.065), ("0.065", 0.065), (" 0 ", 0.0), ("-0.5 %", -0.005)] {
            assert_eq!(text.parse::<Rate>().unwrap().fraction(), rate, "{text}");
        }
        for text in ["", "6.5", "-1", "400%", "nan", "inf", "6,5%", "%"] {
            let error = text.parse::<Rate>().unwrap_err().to_string();
            assert!(error.contains("6.5%"), "{error}");
        }
        assert_eq!(Rate::DEFAULT.to_string().parse(), Ok(Rate::DEFAULT));
    }
}
