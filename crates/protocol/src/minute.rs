//! A minute of the past, as people and programs name it.

use std::fmt;
use std::str::FromStr;

use market::{Day, EpochSeconds, TimeOfDay};
use serde::{Deserialize, Serialize};

/// The start of a minute in IST: `2025-08-01T10:30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Minute(EpochSeconds);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no minute: write day and time in IST, for example 2025-08-01T10:30")]
pub struct MinuteError(String);

impl Minute {
    /// The minute that holds a moment.
    pub fn of(moment: EpochSeconds) -> Self {
        Self(moment.day().at_minute(moment.minute_of_day()))
    }

    pub fn start(self) -> EpochSeconds {
        self.0
    }

    pub fn day(self) -> Day {
        self.0.day()
    }
}

/// With `T` or a space between; seconds and `+05:30` may stand behind, and no other offset.
impl FromStr for Minute {
    type Err = MinuteError;

    fn from_str(text: &str) -> Result<Self, MinuteError> {
        let refused = || MinuteError(text.to_owned());
        let trimmed = text.trim();
        let trimmed = trimmed.strip_suffix("+05:30").unwrap_or(trimmed);
        let (day, time) = trimmed.split_once(['T', ' ']).ok_or_else(refused)?;
        let time = time.trim();
        let time = time.strip_suffix(":00").filter(|rest| rest.contains(':')).unwrap_or(time);
        let (day, time): (Day, TimeOfDay) =
            (day.parse().map_err(|_| refused())?, time.parse().map_err(|_| refused())?);
        Ok(Self(day.at_minute(time.minute_of_day())))
    }
}

impl fmt::Display for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.to_ist().format("%Y-%m-%dT%H:%M"))
    }
}

impl TryFrom<String> for Minute {
    type Error = MinuteError;

    fn try_from(text: String) -> Result<Self, MinuteError> {
        text.parse()
    }
}

impl From<Minute> for String {
    fn from(minute: Minute) -> Self {
        minute.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_is_written_in_few_ways_and_read_again() {
        let minute: Minute = "2025-08-01T10:30".parse().unwrap();
        assert_eq!(minute.start().to_ist_text(), "2025-08-01 10:30:00");
        for same in ["2025-08-01 10:30", " 2025-08-01T10:30:00 ", "2025-08-01T10:30:00+05:30"] {
            assert_eq!(same.parse(), Ok(minute), "{same}");
        }
        assert_eq!(minute.to_string().parse(), Ok(minute));
        assert_eq!(Minute::of(EpochSeconds(minute.start().0 + 59)), minute);
        for wrong in
            ["", "10:30", "2025-08-01", "2025-08-01T24:00", "2025-08-01T10:30:30", "2025-08-01T10:30Z"]
        {
            let refused = wrong.parse::<Minute>().unwrap_err().to_string();
            assert!(refused.ends_with("for example 2025-08-01T10:30"), "{refused}");
        }
    }
}
