//! Series made from contracts: what each is called, what it is made of and by which rule, in words that travel with
//! it. How they are made stands in the files beside this one, as functions of minutes.

mod catalogue;
mod coarser;
mod continuous;
mod day_choice;
mod maturity;
mod of_expiry;
mod parameters;
mod point;
mod read;
mod realised;
mod strategy;
mod words;

use market::{EpochSeconds, ExpiredKey, Paise, Price, Strike, TimeOfDay};
use serde::{Deserialize, Serialize};

use crate::legs::{DeltaSize, Offset};
use crate::{Nights, Side};

pub use catalogue::{Described, ParameterWords, catalogue};
pub use coarser::{RULE_OF_BARS, coarser, value_bars};
pub use continuous::{Adjustment, Continued, ContinuousFuture, FutureLife, MONTHS_MAX, ROLL_DAYS_MAX, Roll};
pub use maturity::constant_maturity_point;
pub use of_expiry::ExpirySeriesMaker;
pub use parameters::SeriesError;
pub use point::{Column, Gap, Point, Unit};
pub use realised::realised_points;
pub use strategy::{LegMinute, StrategyMaker};
pub use words::names;

/// What is made, with all that it depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Series {
    OfExpiry(ExpirySeries),
    ConstantMaturity(ConstantMaturityOf),
    Realised(RealisedOf),
    ContinuousFuture(ContinuousFuture),
    Strategy(StrategyOf),
}

/// Those that are made of the minutes of one expiry.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpirySeries {
    /// `fixed`: the day's strike of that time is kept.
    AtmStraddle {
        fixed: Option<TimeOfDay>,
    },
    Strangle {
        width: Width,
    },
    AtmOption {
        side: Side,
        offset: Offset,
    },
    ByPremium {
        side: Side,
        premium: Price,
        held: Held,
    },
    ByDelta {
        side: Side,
        delta: DeltaSize,
        held: Held,
    },
    SyntheticFuture,
    ForwardBasis,
    AtmVolatility,
    Skew {
        delta: DeltaSize,
    },
    PutCallRatio,
    MaxPain,
    /// Of all strikes, or of one.
    OpenInterest {
        strike: Option<Strike>,
    },
}

/// How far out both legs of a strangle are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Width {
    Strikes(Offset),
    Points(Paise),
    Delta(DeltaSize),
}

/// Chosen at one time of each day and held until another, both minutes included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub from: TimeOfDay,
    pub until: TimeOfDay,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConstantMaturityOf {
    pub days: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RealisedOf {
    pub window_minutes: u16,
    pub nights: Nights,
}

/// Up to six legs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrategyOf {
    pub legs: Vec<StrategyLeg>,
    /// From when on profit is counted.
    pub since: Option<EpochSeconds>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrategyLeg {
    pub key: ExpiredKey,
    /// Bought above nought, sold below.
    pub lots: i32,
}

impl ExpirySeries {
    /// The time of each day at which its strike is chosen, to be kept.
    pub fn chosen_at(&self) -> Option<TimeOfDay> {
        match self {
            Self::AtmStraddle { fixed } => *fixed,
            Self::ByPremium { held, .. } | Self::ByDelta { held, .. } => Some(held.from),
            Self::Strangle { .. }
            | Self::AtmOption { .. }
            | Self::SyntheticFuture
            | Self::ForwardBasis
            | Self::AtmVolatility
            | Self::Skew { .. }
            | Self::PutCallRatio
            | Self::MaxPain
            | Self::OpenInterest { .. } => None,
        }
    }
}

impl From<ExpirySeries> for Series {
    fn from(of: ExpirySeries) -> Self {
        Self::OfExpiry(of)
    }
}
