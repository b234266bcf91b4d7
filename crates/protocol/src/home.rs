//! What the home page shows: what is stored, what runs and comes next, and what may be lost.

use market::{Day, EpochSeconds, InstrumentKey, Underlying};
use serde::{Deserialize, Serialize};

use crate::{JobPicture, ScheduleId, SessionPicture};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StoredFigures {
    pub underlyings: u64,
    pub expiries: u64,
    pub contracts: u64,
    pub candles: u64,
    pub database_bytes: u64,
}

/// What is stored of the expiries of one month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StoredMonth {
    /// Its first day.
    pub month: Day,
    pub underlyings: u64,
    pub expiries: u64,
    pub contracts: u64,
    pub candles: u64,
}

/// An underlying with candles of contracts: how many expiries and contracts have any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StoredUnderlying {
    pub underlying: Underlying,
    pub expiries: u64,
    pub contracts: u64,
    pub candles: u64,
}

/// How much of an expiry is there, of the kinds that are collected of its underlying.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ExpiryShade {
    Complete,
    Partly,
    Missing,
    /// Removed by a person.
    Pruned,
}

/// The expiries of an underlying at a glance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnderlyingStrip {
    #[serde(flatten)]
    pub stored: StoredUnderlying,
    /// The first and the last expiry with candles.
    pub first: Option<Day>,
    pub last: Option<Day>,
    pub complete: u64,
    /// All that are known.
    pub known: u64,
    /// The newest known ones, oldest first.
    pub shades: Vec<ExpiryShade>,
}

/// An expiry that the broker still promises, and that is not complete here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AtRisk {
    pub underlying: InstrumentKey,
    pub symbol: String,
    pub expiry: Day,
    /// How much of it is there, in words.
    pub state: String,
    /// The last day on which the broker promises it.
    pub until: Day,
}

/// The next run of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NextRun {
    pub schedule: ScheduleId,
    pub name: String,
    pub at: EpochSeconds,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HomePicture {
    pub session: SessionPicture,
    pub stored: StoredFigures,
    /// The newest two years of it by month of expiry, oldest first; a month between of which nothing is stored is there, too.
    pub months: Vec<StoredMonth>,
    /// Newest first, a handful.
    pub jobs: Vec<JobPicture>,
    /// Those with candles.
    pub underlyings: Vec<UnderlyingStrip>,
    /// The soonest first, a handful.
    pub next_runs: Vec<NextRun>,
    /// The first to be lost first, a handful.
    pub at_risk: Vec<AtRisk>,
    /// How many more there are.
    pub at_risk_besides: u64,
    /// The oldest expiry whose contracts the broker has listed here, of the underlyings with candles: it may answer further
    /// back than it promises.
    pub seen_back_to: Option<Day>,
}
