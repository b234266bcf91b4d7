//! What is known of each day of a series, and what a check of the database found.

use std::collections::BTreeMap;

use market::{Day, EpochSeconds, ExpiredKey, InstrumentKey, Interval};
use serde::{Deserialize, Serialize};

/// What is known of one day of a series. Nothing is guessed from absence: every state but those that say
/// so rests on an answer of the broker or on a file of the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DayState {
    /// Answered with rows.
    Traded,
    /// Answered without a row, between the first and the last trade, or in a contract that never traded.
    NoTrade,
    /// Answered without a row, before the first trade. It is no listing date.
    BeforeFirst,
    AfterLast,
    /// Answered without a row, before the broker's data begin.
    BeforeFloor,
    /// Answered without a row, and the market was closed.
    Closed,
    /// Answered with rows, and neither the circulars nor the underlying's own candles know of a session: odd.
    TradedWhenClosed,
    /// Answered before the day was final: to be asked once more.
    Provisional,
    /// Asked without an answer.
    Failed,
    NotAsked,
    /// Asked once, and removed again by a person.
    Pruned,
    /// Without a row, and the exchange's file says that nothing was traded.
    ProvenEmpty,
    /// Asked and without a row, and the exchange's file says that it was traded.
    ProvenHole,
    /// Not answered, and a file of a person's brought rows of it.
    Imported,
}

impl DayState {
    pub const ALL: [Self; 14] = [
        Self::Traded,
        Self::NoTrade,
        Self::BeforeFirst,
        Self::AfterLast,
        Self::BeforeFloor,
        Self::Closed,
        Self::TradedWhenClosed,
        Self::Provisional,
        Self::Failed,
        Self::NotAsked,
        Self::Pruned,
        Self::ProvenEmpty,
        Self::ProvenHole,
        Self::Imported,
    ];

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Traded => "traded",
            Self::NoTrade => "no trade",
            Self::BeforeFirst => "before the first trade",
            Self::AfterLast => "after the last trade",
            Self::BeforeFloor => "before the broker's data begin",
            Self::Closed => "market closed",
            Self::TradedWhenClosed => "traded on a closed day",
            Self::Provisional => "provisional",
            Self::Failed => "failed",
            Self::NotAsked => "not asked",
            Self::Pruned => "pruned",
            Self::ProvenEmpty => "proven empty",
            Self::ProvenHole => "proven hole",
            Self::Imported => "imported",
        }
    }

    /// Whether nothing more is to be asked for such a day.
    pub fn is_settled(self) -> bool {
        !matches!(
            self,
            Self::Provisional
                | Self::Failed
                | Self::NotAsked
                | Self::Pruned
                | Self::ProvenHole
                | Self::Imported
        )
    }
}

/// How many days are in each state; states without a day are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct DayCounts(pub BTreeMap<DayState, u64>);

impl DayCounts {
    pub fn add(&mut self, state: DayState) {
        *self.0.entry(state).or_default() += 1;
    }

    pub fn join(&mut self, other: &Self) {
        for (state, days) in &other.0 {
            *self.0.entry(*state).or_default() += days;
        }
    }

    pub fn of(&self, state: DayState) -> u64 {
        self.0.get(&state).copied().unwrap_or(0)
    }

    pub fn unsettled(&self) -> u64 {
        self.0.iter().filter(|(state, _)| !state.is_settled()).map(|(_, days)| days).sum()
    }
}

/// A day of a liquid series with far fewer candles than its session has room for, between days that are full.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hole {
    /// `None`: the underlying itself.
    pub expired_key: Option<ExpiredKey>,
    pub symbol: String,
    pub day: Day,
    /// Stored within the session.
    pub candles: u64,
    /// Minutes that came and were refused: they are known, and no part of the hole.
    pub refused: u64,
    pub expected: u64,
}

/// One series: a contract's, or the underlying's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeriesCoverage {
    /// `None`: the underlying itself.
    pub expired_key: Option<ExpiredKey>,
    pub symbol: String,
    pub days: DayCounts,
    /// Stored within the sessions.
    pub candles: u64,
    /// Stored besides: before or after a session, or on a closed day.
    pub outside: u64,
    /// Minutes that came and were refused, by day; what was refused and came right later is not among them.
    pub refused: BTreeMap<Day, u64>,
    /// Candles for which the sessions between the first and the last trade have room.
    pub expected: u64,
    pub first: Option<EpochSeconds>,
    pub last: Option<EpochSeconds>,
    pub holes: Vec<Hole>,
    /// When its candles were removed, where it was not asked since.
    #[serde(default)]
    pub pruned_at: Option<EpochSeconds>,
}

/// The contracts of one expiry together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExpiryCoverage {
    pub expiry: Day,
    pub contracts: u64,
    /// Contracts of which every day is settled.
    pub settled: u64,
    /// Days of all contracts.
    pub days: DayCounts,
    /// Stored within the sessions.
    pub candles: u64,
    /// Stored besides: before or after a session, or on a closed day.
    pub outside: u64,
    /// Minutes that came and were refused.
    pub refused: u64,
    pub expected: u64,
    pub holes: Vec<Hole>,
    /// When something of it was removed last, where that was not asked since.
    #[serde(default)]
    pub pruned_at: Option<EpochSeconds>,
}

/// A day on which the underlying's own candles and the calendar of the exchange's circulars disagree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CalendarRemark {
    pub day: Day,
    pub remark: String,
}

/// Expiries of a page: each one's contracts are judged day by day, so a page is what can be waited for.
pub const COVERAGE_EXPIRIES: usize = 6;
pub const COVERAGE_EXPIRIES_MAX: usize = 60;

/// Which expiries are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoveragePage {
    /// Only those before this day.
    pub before: Option<Day>,
    pub limit: usize,
}

impl Default for CoveragePage {
    fn default() -> Self {
        Self { before: None, limit: COVERAGE_EXPIRIES }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnderlyingCoverage {
    pub underlying: InstrumentKey,
    pub interval: Interval,
    /// Newest first, a page of them.
    pub expiries: Vec<ExpiryCoverage>,
    /// The next page begins before this expiry; `None`: there is no older one.
    pub next: Option<Day>,
    /// The underlying's own 1-minute candles; `None` before they were asked for.
    pub own: Option<SeriesCoverage>,
    pub calendar: Vec<CalendarRemark>,
}

/// The series of one expiry, one by one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExpiryCoverageDetail {
    pub underlying: InstrumentKey,
    pub expiry: Day,
    pub interval: Interval,
    pub contracts: Vec<SeriesCoverage>,
}

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Check {
    pub name: String,
    /// How many things were looked at.
    pub examined: u64,
    pub problems: u64,
    /// The first of them, in words.
    pub examples: Vec<String>,
}

impl Check {
    /// Examples that are kept.
    pub const EXAMPLES_MAX: usize = 5;

    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), examined: 0, problems: 0, examples: Vec::new() }
    }

    pub fn problem(&mut self, example: impl FnOnce() -> String) {
        self.problems += 1;
        if self.examples.len() < Self::EXAMPLES_MAX {
            self.examples.push(example());
        }
    }
}

/// What `verify` found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyReport {
    pub checks: Vec<Check>,
    /// What `--mend` opened again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopened: Option<Reopened>,
    /// Doubtful, and no fault of the database: days of liquid contracts with few candles.
    pub holes: Vec<Hole>,
}

/// How the last check of the whole database ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LastVerify {
    pub at: EpochSeconds,
    pub sound: bool,
    /// What was not as it should be.
    pub problems: Vec<String>,
}

/// What was settled wrongly and is open again: the next order asks for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reopened {
    /// Ranges that were called empty.
    pub ranges: u64,
    /// Contracts that stand under the date of their key now.
    pub contracts: u64,
}

impl VerifyReport {
    pub fn is_sound(&self) -> bool {
        self.checks.iter().all(|check| check.problems == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_written_by_their_names() {
        let mut counts = DayCounts::default();
        counts.add(DayState::NoTrade);
        counts.add(DayState::NoTrade);
        counts.add(DayState::NotAsked);
        let text = serde_json::to_string(&counts).unwrap();
        assert_eq!(text, r#"{"no_trade":2,"not_asked":1}"#);
        assert_eq!(serde_json::from_str::<DayCounts>(&text).unwrap(), counts);
        assert_eq!(counts.unsettled(), 1);
    }
}
