//! Numbers that a person chooses, within their bounds.

use std::fmt;
use std::str::FromStr;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be a whole number from {min} to {max}{}", instead(.given))]
pub struct BoundError {
    what: &'static str,
    min: u32,
    max: u32,
    /// Empty where nothing was.
    given: String,
}

fn instead(given: &str) -> String {
    if given.is_empty() { "; it is missing".to_owned() } else { format!(", not {given}") }
}

fn quoted(text: &str) -> String {
    if text.trim().is_empty() { String::new() } else { format!("\"{text}\"") }
}

/// Says in its refusals what may stand in its place, where what stands there is no number at all.
struct WholeNumber {
    min: u32,
    max: u32,
}

impl Visitor<'_> for WholeNumber {
    type Value = u32;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from {} to {}", self.min, self.max)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<u32, E> {
        u32::try_from(number).map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }
}

macro_rules! bounded {
    ($(#[$doc:meta])* $name:ident, $what:literal, $min:literal ..= $max:literal $(, default $default:literal)?) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
        #[serde(into = "u32")]
        pub struct $name(u32);

        impl $name {
            pub const MIN: u32 = $min;
            pub const MAX: u32 = $max;

            pub fn get(self) -> u32 {
                self.0
            }
        }

        $(impl Default for $name {
            fn default() -> Self {
                Self($default)
            }
        })?

        impl TryFrom<u32> for $name {
            type Error = BoundError;

            fn try_from(number: u32) -> Result<Self, BoundError> {
                if (Self::MIN..=Self::MAX).contains(&number) {
                    Ok(Self(number))
                } else {
                    Err(BoundError { what: $what, min: $min, max: $max, given: number.to_string() })
                }
            }
        }

        impl FromStr for $name {
            type Err = BoundError;

            fn from_str(text: &str) -> Result<Self, BoundError> {
                text.trim().parse::<u32>().ok().and_then(|number| number.try_into().ok()).ok_or_else(|| {
                    BoundError { what: $what, min: $min, max: $max, given: quoted(text) }
                })
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(number: D) -> Result<Self, D::Error> {
                let number = number.deserialize_u32(WholeNumber { min: $min, max: $max })?;
                number.try_into().map_err(D::Error::custom)
            }
        }

        #[cfg(feature = "openapi")]
        market::schema_of!($name, market::schemas::whole_number($min, $max, None$(.or(Some($default)))?));

        impl From<$name> for u32 {
            fn from(value: $name) -> u32 {
                value.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

bounded!(
    /// Requests that a job keeps under way at once.
    Workers, "the number of workers", 1 ..= 10, default 5
);
bounded!(
    /// Requests to the broker in any second.
    RequestsPerSecond, "the number of requests a second", 1 ..= 50
);
bounded!(
    /// Of each rate window, for a person who waits.
    ReservePercent, "the reserve for a person in percent", 0 ..= 50
);
bounded!(
    /// Days before an expiry from which its candles are asked.
    HistoricalDays, "the number of days before expiry", 1 ..= 1000, default 90
);
bounded!(
    /// Days from one backup of the rule to the next.
    BackupDays, "the number of days between backups", 1 ..= 366, default 1
);
bounded!(
    /// The newest backups, so many of which stay in their folder.
    BackupsKept, "the number of backups that are kept", 1 ..= 100, default 7
);
bounded!(
    /// The newest listed expiries that a quality report looks at day by day.
    QualityExpiries, "the number of expiries looked at", 1 ..= 60, default 6
);
bounded!(
    /// Listed strikes each side of the money. An order without it takes them all.
    StrikesEachSide, "the number of strikes each side of the money", 1 ..= 50
);

impl QualityExpiries {
    /// What a page offers.
    pub const OFFERED: [Self; 4] = [Self(6), Self(12), Self(24), Self(Self::MAX)];
}

impl StrikesEachSide {
    /// What is offered first to somebody who wants fewer than all.
    pub const OFFERED: Self = Self(10);

    /// `ATM ± 10`.
    pub fn words(self) -> String {
        format!("ATM ± {self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_outside_one_to_ten_are_refused_in_words() {
        assert_eq!(Workers::default().get(), 5);
        for bad in ["0", "11", "-1", "five", "", "4294967296"] {
            let error = bad.parse::<Workers>().unwrap_err().to_string();
            assert!(error.contains("from 1 to 10"), "{error}");
        }
        let missing = " ".parse::<Workers>().unwrap_err().to_string();
        assert_eq!(missing, "the number of workers must be a whole number from 1 to 10; it is missing");
        assert!(serde_json::from_str::<Workers>("11").is_err());
        assert_eq!(serde_json::from_str::<Workers>("10").unwrap().get(), 10);
    }

    #[test]
    fn strikes_each_side_are_one_to_fifty() {
        assert_eq!("50".parse::<StrikesEachSide>().unwrap().words(), "ATM ± 50");
        for bad in ["0", "51", "all", "2.5"] {
            let error = bad.parse::<StrikesEachSide>().unwrap_err().to_string();
            assert!(error.starts_with("the number of strikes each side of the money must be"), "{error}");
        }
    }
}
