//! Strategies of past minutes, as page, REST and command line show them. Money is rupees, a volatility is a fraction.
//! What is not priced is not there, and the sentence beside it says why.

use std::fmt;
use std::str::FromStr;

use market::{ChartInterval, Day, ExpiredKey, InstrumentKey, TimeOfDay};
use serde::{Deserialize, Serialize};

use crate::{CostPreferences, SeriesColumn, SeriesGap, SeriesRow};

/// What every answer says of itself.
pub const STRATEGY_REMARK: &str = "A look at the past, not a backtest with fills: every price is the last trade of its minute, and nobody knows whether \
     your order would have been filled at it. The margin is not computed.";

/// Strategies side by side, from one entry on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StrategyDocument {
    pub underlying: InstrumentKey,
    pub name: String,
    pub expiry: Day,
    /// The minute in which the legs are chosen and opened, in IST.
    pub entry: String,
    pub interval: ChartInterval,
    /// A year, continuous, as a fraction.
    pub rate: f64,
    pub costs: CostPreferences,
    /// What this is and what it is not.
    pub remark: String,
    pub strategies: Vec<StrategyPicture>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StrategyPicture {
    /// As it is written: `sell:1:call:atm,sell:1:put:atm`.
    pub legs: String,
    /// A sentence, where it could not be opened; then nothing else is there.
    pub refused: Option<String>,
    /// The expiry that is to be collected first, where that is why.
    #[serde(default)]
    pub to_collect: Option<Day>,
    pub opened: Option<OpenedStrategy>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenedStrategy {
    pub legs: Vec<StrategyLegPicture>,
    /// Rupees paid for the options at the entry; below nought they were received. A future costs no premium.
    pub premium: f64,
    /// `price` of one unit of each lot, `profit` after costs, the net greeks, then the price of each leg.
    pub columns: Vec<SeriesColumn>,
    /// Oldest first; all values null where a leg was not traded within two minutes.
    #[serde(with = "crate::series::rows")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Vec<crate::SeriesCell>>))]
    pub points: Vec<SeriesRow>,
    pub gaps: Vec<SeriesGap>,
    pub outcome: Option<StrategyOutcome>,
    /// A sentence where no outcome can be told.
    pub no_outcome_because: Option<String>,
    pub payoff: Option<StrategyPayoff>,
    pub no_payoff_because: Option<String>,
}

/// A leg with the contract that it found at the entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StrategyLegPicture {
    /// `sell:1:call:atm`.
    pub leg: String,
    /// Bought above nought, sold below.
    pub lots: i32,
    /// `call`, `put`, `future` or `underlying`.
    pub kind: String,
    pub strike: Option<f64>,
    /// Steps up the ladder from the strike at the money, among those traded by the entry.
    pub steps: Option<i32>,
    pub expiry: Day,
    /// None of the underlying itself.
    pub expired_key: Option<ExpiredKey>,
    /// Units in a lot of this contract.
    pub lot_size: i64,
    /// The last trade at the entry, and how old it was.
    pub entry: f64,
    pub entry_age_s: i64,
    /// At the outcome.
    pub exit: Option<f64>,
    /// Before costs.
    pub profit: Option<f64>,
    /// At the entry.
    pub volatility: Option<f64>,
    pub delta: Option<f64>,
}

/// Why a strategy ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExitReason {
    /// The wished minute.
    Time,
    Profit,
    Loss,
    /// The last minute before the first settlement in which every leg was priced.
    Expiry,
}

impl ExitReason {
    pub fn words(self) -> &'static str {
        match self {
            Self::Time => "at its time",
            Self::Profit => "profit reached",
            Self::Loss => "loss reached",
            Self::Expiry => "held to expiry",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StrategyOutcome {
    /// In IST.
    pub at: String,
    pub reason: ExitReason,
    /// After costs.
    pub profit: f64,
    /// Of opening and closing.
    pub costs: f64,
    pub highest: f64,
    pub lowest: f64,
    /// The deepest fall of the profit below what it had been before, or below nought.
    pub drawdown: f64,
}

/// Profit by where the underlying goes, seen from a minute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StrategyPayoff {
    /// The minute whose forwards and volatilities are in it, in IST.
    pub at: String,
    /// The first expiry's forward then; none where `no_moment_because` says why there is none.
    pub forward: Option<f64>,
    /// Of the underlying at the first expiry, upwards.
    pub break_even: Vec<f64>,
    /// None: without a bound.
    pub max_profit: Option<f64>,
    /// The least profit. None: without a bound.
    pub max_loss: Option<f64>,
    /// The prices that were looked at; none where all were, exactly.
    pub within: Option<(f64, f64)>,
    pub curve: Vec<PayoffPoint>,
    /// A sentence, where nothing can be said of the minute itself.
    pub no_moment_because: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PayoffPoint {
    pub underlying: f64,
    /// At the first expiry.
    pub at_expiry: f64,
    /// In the minute.
    pub at_moment: Option<f64>,
}

/// So many trading days before an expiry, at a time: `1@09:20`; of the day itself `09:20`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DaysBefore {
    pub days: u8,
    pub at: TimeOfDay,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no moment before an expiry: write trading days and a time, for example 1@09:20, with at most 90 days"
)]
pub struct DaysBeforeError(String);

impl DaysBefore {
    pub const DAYS_MAX: u8 = 90;
}

impl FromStr for DaysBefore {
    type Err = DaysBeforeError;

    fn from_str(text: &str) -> Result<Self, DaysBeforeError> {
        let (days, at) = text.trim().split_once('@').unwrap_or(("0", text));
        let days = days.parse().ok().filter(|days| *days <= Self::DAYS_MAX);
        let read = days.zip(at.parse().ok()).map(|(days, at)| Self { days, at });
        read.ok_or_else(|| DaysBeforeError(text.to_owned()))
    }
}

impl fmt::Display for DaysBefore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.days, self.at)
    }
}

impl TryFrom<String> for DaysBefore {
    type Error = DaysBeforeError;

    fn try_from(text: String) -> Result<Self, DaysBeforeError> {
        text.parse()
    }
}

impl From<DaysBefore> for String {
    fn from(of: DaysBefore) -> Self {
        of.to_string()
    }
}

#[cfg(feature = "openapi")]
market::schema_of!(
    DaysBefore,
    market::schemas::text(
        "Trading days before the expiry, and a time of that day in IST.",
        "^[0-9]{1,2}@[0-2][0-9]:[0-5][0-9]$",
        "1@09:20"
    )
);

/// Rupees above nought at which a strategy ends, won or lost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StopAt(f64);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no profit or loss to end at: write rupees above 0, for example 5000")]
pub struct StopAtError(String);

impl StopAt {
    const MAX: f64 = 1e9;

    pub fn rupees(self) -> f64 {
        self.0
    }
}

impl FromStr for StopAt {
    type Err = StopAtError;

    fn from_str(text: &str) -> Result<Self, StopAtError> {
        let bare = text.trim().trim_start_matches('₹').replace(',', "");
        let rupees = bare.parse::<f64>().ok().filter(|rupees| *rupees > 0.0 && *rupees <= Self::MAX);
        rupees.map(Self).ok_or_else(|| StopAtError(text.to_owned()))
    }
}

impl fmt::Display for StopAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<String> for StopAt {
    type Error = StopAtError;

    fn try_from(text: String) -> Result<Self, StopAtError> {
        text.parse()
    }
}

impl From<StopAt> for String {
    fn from(of: StopAt) -> Self {
        of.to_string()
    }
}

/// One strategy over many expiries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunDocument {
    pub underlying: InstrumentKey,
    pub name: String,
    pub legs: String,
    pub entry: DaysBefore,
    /// None: held to the first expiry.
    pub exit: Option<DaysBefore>,
    /// Rupees after costs at which it ends before.
    pub profit: Option<f64>,
    pub loss: Option<f64>,
    pub rate: f64,
    pub costs: CostPreferences,
    /// What this is and what it is not.
    pub remark: String,
    /// Oldest expiry first.
    pub runs: Vec<RunRow>,
    pub summary: RunSummary,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunRow {
    pub expiry: Day,
    /// A sentence, where it could not be priced from its entry to its exit.
    pub not_priced_because: Option<String>,
    /// The expiry that is to be collected first, where that is why: of a leg it may be another one.
    #[serde(default)]
    pub to_collect: Option<Day>,
    pub priced: Option<PricedRun>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PricedRun {
    pub entry: String,
    pub exit: String,
    pub reason: ExitReason,
    /// Of each leg in its order; null of a future and of the underlying.
    pub strikes: Vec<Option<f64>>,
    /// Units in a lot of the first leg then.
    pub lot_size: i64,
    /// Rupees paid for the options at the entry; below nought they were received. A future costs no premium.
    pub premium: f64,
    /// After costs.
    pub profit: f64,
    pub costs: f64,
    pub drawdown: f64,
}

/// Of the expiries that were priced.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunSummary {
    pub priced: u32,
    pub not_priced: u32,
    /// With a profit above nought.
    pub won: u32,
    /// Of those that were priced, as a fraction.
    pub hit_rate: Option<f64>,
    pub total: Option<f64>,
    pub mean: Option<f64>,
    pub median: Option<f64>,
    pub best: Option<f64>,
    pub worst: Option<f64>,
    /// Profits by size, upwards, without a hole between them.
    pub distribution: Vec<RunBin>,
}

/// Profits from one to below another; of the last bin to the other, too.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunBin {
    pub from: f64,
    pub to: f64,
    pub count: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_is_rupees_above_nought() {
        assert_eq!("₹5,000".parse::<StopAt>().unwrap().rupees(), 5_000.0);
        for text in ["", "0", "-5", "nan", "inf", "1e10", "much"] {
            let refused = text.parse::<StopAt>().unwrap_err().to_string();
            assert!(refused.contains("rupees above 0"), "{text}: {refused}");
        }
    }

    #[test]
    fn days_before_an_expiry_are_read_as_they_are_written() {
        for (text, told) in [("1@09:20", "1@09:20"), ("15:15", "0@15:15"), (" 90@10:00", "90@10:00")] {
            assert_eq!(text.parse::<DaysBefore>().unwrap().to_string(), told);
        }
        for text in ["", "1", "1@", "@09:20", "91@09:20", "-1@09:20", "1@24:00"] {
            let refused = text.parse::<DaysBefore>().unwrap_err().to_string();
            assert!(refused.contains("for example 1@09:20"), "{text}: {refused}");
        }
    }
}
