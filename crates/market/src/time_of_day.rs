//! A time of day, as people write it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::EpochSeconds;

/// A time of day in IST, as `06:30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay(u16);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no time of day: write it as HH:MM from 00:00 to 23:59 IST")]
pub struct TimeOfDayError(String);

impl TimeOfDay {
    /// `None` from 24:00 on.
    pub const fn new(hours: u16, minutes: u16) -> Option<Self> {
        if hours < 24 && minutes < 60 { Some(Self(hours * 60 + minutes)) } else { None }
    }

    /// The minute that holds a moment, in IST.
    pub fn of(moment: EpochSeconds) -> Self {
        Self(moment.minute_of_day())
    }

    /// Minutes after midnight IST.
    pub fn minute_of_day(self) -> u16 {
        self.0
    }
}

impl FromStr for TimeOfDay {
    type Err = TimeOfDayError;

    fn from_str(text: &str) -> Result<Self, TimeOfDayError> {
        let two_digits = |part: &str| {
            (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| part.parse::<u16>().ok())?
        };
        let minute = || {
            let (hours, minutes) = text.trim().split_once(':')?;
            Self::new(two_digits(hours)?, two_digits(minutes)?)
        };
        minute().ok_or_else(|| TimeOfDayError(text.to_owned()))
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = TimeOfDayError;

    fn try_from(text: String) -> Result<Self, TimeOfDayError> {
        text.parse()
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_minute_of_a_day_is_written_with_four_digits() {
        for (text, minute) in [("00:00", 0), ("06:30", 390), ("23:59", 1439), (" 07:30 ", 450)] {
            assert_eq!(text.parse::<TimeOfDay>().unwrap().minute_of_day(), minute);
        }
        for bad in ["24:00", "7:30", "07:60", "0730", "", "07:3x", "+7:30", "07:30:00", "noon"] {
            let error = bad.parse::<TimeOfDay>().unwrap_err().to_string();
            assert!(error.contains("HH:MM"), "{bad}: {error}");
        }
    }
}
