//! What stored minutes say of options: forwards, volatility, greeks, chains, strategies, and series made from
//! contracts. One place, so that page, REST, command line and export show the same number.
//!
//! Pure: no clock, nothing fetched or stored, and it compiles to WASM. Where a number would be a guess there is none,
//! and the reason is a value. Prices are `market::Price`; volatility, greeks and everything reckoned from them are
//! `f64`, finite, in rupees where they are money.

mod averages;
mod black76;
mod chain;
mod chain_state;
mod curve;
mod exposure;
mod forward;
mod legs;
mod max_pain;
mod open_interest;
mod payoff;
mod plan;
mod put_call;
mod quote;
mod reading;
mod realised;
mod reason;
#[cfg(test)]
mod samples;
pub mod series;
mod settlement;
mod side;
mod smile;
mod snapshot;
mod spot;
mod term;
mod units;

pub use averages::{AVERAGE_BARS_MAX, day_vwap, exponential_average, simple_average};
pub use black76::{Black76, Greeks};
pub use chain::{Cell, Chain, Head, Marks, Row, Straddle};
pub use chain_state::{CandleOf, ChainState, Terms, Traded};
pub use exposure::{GammaExposure, SIGN_WORDS, StrikeExposure, gamma_exposure};
pub use forward::{BothSides, Forward, ForwardSource, NoForward, forward};
pub use legs::{DeltaSize, NotChosen, Offset, StrikeRule};
pub use max_pain::{StrikeInterest, max_pain};
pub use open_interest::{InterestBetween, interest_between};
pub use payoff::{Extreme, Instrument, LEGS_MAX, Leg, Payoff, Strategy, StrategyError};
pub use plan::{
    LOTS_MAX, LegExpiry, LegKind, LegPlan, LegStrike, PlanError, STRATEGIES_MAX, StrategyPlan, StrategyPlans,
};
pub use put_call::{PutCall, SideTotals};
pub use quote::{ListedOption, Quote, Trade};
pub use reading::Refused;
pub use realised::{Nights, RealisedVolatility};
pub use reason::NoVolatility;
pub use settlement::{Settlement, TOO_NEAR_MINUTES, TimeLeft};
pub use side::Side;
pub use smile::{DeltaBucket, Skew, Smile, SmilePoint, delta_buckets};
pub use snapshot::{
    LEG_AGE_MINUTES_MAX, Snapshot, StrikeVolatility, VOLATILITY_AGE_MINUTES_MAX, VolatilityOf,
};
pub use spot::{DIVIDED_WORDS, NoSpot, fits_contracts};
pub use term::{ConstantMaturity, TermPoint, constant_maturity};
pub use units::{Rate, Volatility, YearFraction};
