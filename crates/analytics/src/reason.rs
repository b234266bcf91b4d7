//! Why an option has no volatility. A number that would be a guess is not given; its reason travels in its place.

use std::fmt;

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoVolatility {
    /// Nothing says what the forward was.
    NoForward,
    /// The listed strikes do not reach to the forward, so none is at the money.
    NoStrike,
    /// The last trade is older than a minute.
    Stale,
    /// The price holds less than two ticks beyond what is in the money.
    NoTimeValue,
    /// Ten minutes to the settlement, or less.
    TooNear,
    /// The price is less than what is in the money.
    BelowIntrinsic,
    /// The price is more than the option can be worth: a call's forward, a put's strike.
    AboveBound,
}

impl NoVolatility {
    pub const ALL: [Self; 7] = [
        Self::NoForward,
        Self::NoStrike,
        Self::Stale,
        Self::NoTimeValue,
        Self::TooNear,
        Self::BelowIntrinsic,
        Self::AboveBound,
    ];

    /// As REST, files and the command line write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoForward => "no_forward",
            Self::NoStrike => "no_strike",
            Self::Stale => "stale",
            Self::NoTimeValue => "no_time_value",
            Self::TooNear => "too_near",
            Self::BelowIntrinsic => "below_intrinsic",
            Self::AboveBound => "above_bound",
        }
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::NoForward => "No volatility: there is no forward to price it on in this minute.",
            Self::NoStrike => "No volatility: the listed strikes do not reach to the forward.",
            Self::Stale => "No volatility: the last trade is older than a minute.",
            Self::NoTimeValue => {
                "No volatility: the price holds less than two ticks beyond its intrinsic value."
            }
            Self::TooNear => "No volatility: it is ten minutes or less to the settlement.",
            Self::BelowIntrinsic => "No volatility: the price is below its intrinsic value.",
            Self::AboveBound => "No volatility: the price is more than the option can be worth.",
        }
    }
}

impl fmt::Display for NoVolatility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_word_for_programs_and_a_sentence_for_people() {
        for reason in NoVolatility::ALL {
            assert_eq!(serde_json::to_string(&reason).unwrap(), format!("\"{reason}\""));
            assert!(reason.words().starts_with("No volatility: ") && reason.words().ends_with('.'));
        }
    }
}
