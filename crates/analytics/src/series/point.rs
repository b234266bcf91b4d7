//! What a made series consists of: points a minute, with values under named columns or a gap with its reason. Nothing
//! is filled forward.

use std::fmt;

use market::{EpochSeconds, Strike, TimeOfDay};
use serde::{Deserialize, Serialize};

use crate::{LEG_AGE_MINUTES_MAX, NoForward, NoSpot, NoVolatility, NotChosen, Side};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Rupees,
    /// A volatility or a rate: 0.1136 is 11.36 %.
    Fraction,
    /// Puts a call.
    Ratio,
    /// Units of the underlying, not lots.
    Units,
    Days,
    /// A greek, in its own measure.
    Greek,
}

impl Unit {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rupees => "rupees",
            Self::Fraction => "fraction",
            Self::Ratio => "ratio",
            Self::Units => "units",
            Self::Days => "days",
            Self::Greek => "greek",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    pub unit: Unit,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The start of the minute, or of the bar where the series was made coarser.
    pub at: EpochSeconds,
    /// By the series' columns.
    pub values: Result<Vec<Option<f64>>, Gap>,
}

/// Why a minute has no values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gap {
    NoForward(NoForward),
    NoVolatility(NoVolatility),
    NotChosen(NotChosen),
    /// An option of it was not traded within two minutes.
    Unpriced {
        strike: Strike,
        side: Side,
    },
    /// The contract itself had no trade in its minute.
    NoTrade,
    /// A leg of a strategy was not, by its place.
    LegUnpriced {
        leg: usize,
    },
    /// The minutes of a leg were never asked for on this day.
    LegNotStored {
        leg: usize,
    },
    /// The underlying's price is missing or older than two minutes.
    NoSpot,
    /// A share's, which cannot be believed.
    SpotLeftOut(NoSpot),
    /// No row told of open interest.
    NoOpenInterest,
    /// Nothing was known of the minute of the day in which the strike is chosen.
    NothingChosen {
        from: TimeOfDay,
    },
    /// No expiry had a volatility on one of the sides of so many days.
    NotAround {
        days: u16,
    },
    /// No strike on one of the sides had such a delta.
    NoSuchDelta {
        delta: f64,
    },
    /// Not as many minutes as the window has.
    WindowNotFull,
}

/// A sentence for people.
impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoForward(reason) => reason.fmt(f),
            Self::NoVolatility(reason) => f.write_str(reason.words()),
            Self::NotChosen(reason) => reason.fmt(f),
            Self::Unpriced { strike, side } => {
                write!(f, "The {side} at {strike} was not traded in the last {LEG_AGE_MINUTES_MAX} minutes.")
            }
            Self::NoTrade => f.write_str("The contract was not traded in this minute."),
            Self::LegUnpriced { leg } => {
                write!(f, "Leg {} was not traded in the last {LEG_AGE_MINUTES_MAX} minutes.", leg + 1)
            }
            Self::LegNotStored { leg } => {
                write!(f, "Nothing of leg {} is stored on this day: collect it first.", leg + 1)
            }
            Self::NoSpot => {
                write!(f, "The underlying has no price of the last {LEG_AGE_MINUTES_MAX} minutes.")
            }
            Self::SpotLeftOut(reason) => write!(f, "No price of the underlying. {reason}"),
            Self::NoOpenInterest => f.write_str("No row tells of open interest."),
            Self::NothingChosen { from } => {
                write!(f, "Nothing is known of {from}, when the strike of this day is chosen.")
            }
            Self::NotAround { days } => {
                write!(f, "There is no volatility of an expiry on both sides of {days} days.")
            }
            Self::NoSuchDelta { delta } => {
                write!(f, "No strikes with a volatility lie around a delta of {delta} on both sides.")
            }
            Self::WindowNotFull => f.write_str("There are not yet as many minutes as the window has."),
        }
    }
}

impl From<NoForward> for Gap {
    fn from(reason: NoForward) -> Self {
        Self::NoForward(reason)
    }
}

impl From<NoVolatility> for Gap {
    fn from(reason: NoVolatility) -> Self {
        Self::NoVolatility(reason)
    }
}

impl From<NoSpot> for Gap {
    fn from(reason: NoSpot) -> Self {
        match reason {
            NoSpot::NotStored => Self::NoSpot,
            other => Self::SpotLeftOut(other),
        }
    }
}

impl From<NotChosen> for Gap {
    fn from(reason: NotChosen) -> Self {
        match reason {
            NotChosen::NoForward(reason) => Self::NoForward(reason),
            other => Self::NotChosen(other),
        }
    }
}
