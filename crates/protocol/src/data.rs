//! What is stored, as pages and REST show it.

use market::{
    Contract, ContractKinds, Day, EpochSeconds, Interval, Price, Reach, SearchEntry, Standing, Underlying,
};
use serde::{Deserialize, Serialize};

use crate::{HistoricalDays, ListStates};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnderlyingRow {
    pub underlying: Underlying,
    /// Expiries seen so far; `None` before they were ever asked.
    pub expiries: Option<u32>,
    pub contracts: u64,
    pub candles: u64,
    #[serde(default)]
    pub standing: Standing,
    /// Symbols and names that it had before; a search finds it by them too.
    #[serde(default)]
    pub former: Vec<String>,
}

impl UnderlyingRow {
    /// What a search looks through.
    pub fn search_entry(&self) -> SearchEntry<'_> {
        SearchEntry { underlying: &self.underlying, standing: self.standing, former: &self.former }
    }
}

/// What can be collected, and whether that is all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstrumentList {
    pub rows: Vec<UnderlyingRow>,
    pub master: MasterState,
}

/// The broker's instrument master, from which the stocks with futures and options are known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MasterState {
    /// When one was had last; `None`: never, so only the eight indices are known by name.
    pub had_at: Option<EpochSeconds>,
    /// Why the last one that was asked for could not be had, as the end of a sentence.
    pub problem: Option<String>,
}

impl MasterState {
    /// What a list of instruments lacks, where it lacks something.
    pub fn sentence(&self) -> Option<String> {
        let problem = self.problem.as_ref()?;
        Some(match self.had_at {
            None => format!(
                "Stocks are missing here: the list of instruments could not be had from Upstox ({problem}). Only the indices are known."
            ),
            Some(at) => format!(
                "The list of instruments is of {}: a newer one could not be had from Upstox ({problem}). What is newer is missing.",
                at.day().to_long_text()
            ),
        })
    }
}

/// What "complete" is said of: so many days before an expiry, in one interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Span {
    #[serde(default)]
    pub days: HistoricalDays,
    #[serde(default)]
    pub interval: Interval,
}

/// An expiry, and what is known of it over a span.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExpiryRow {
    pub date: Day,
    /// `None` where nothing says it yet.
    pub weekly: Option<bool>,
    /// Contracts listed; `None` before they were asked.
    pub contracts: Option<u64>,
    /// Contracts of which every day of the span is answered for good.
    pub collected: u64,
    /// The same of options alone; `None` before options were asked.
    pub options: Option<KindCounts>,
    pub futures: Option<KindCounts>,
    /// Of all intervals together.
    pub candles: u64,
    /// How far the lists of its contracts are believed.
    #[serde(default)]
    pub lists: ListStates,
    /// The intervals with candles.
    pub intervals: Vec<Interval>,
    /// What the counts are said of.
    pub days: HistoricalDays,
    pub interval: Interval,
    /// When something of it was pruned last, whatever came since.
    #[serde(default)]
    pub pruned_at: Option<EpochSeconds>,
}

/// Contracts of one kind of an expiry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KindCounts {
    pub contracts: u64,
    /// Those of which every day of the span is answered for good.
    pub collected: u64,
    /// Those with an answer of any sort, or with days back from the expiry that the exchange's files prove to be empty.
    pub asked: u64,
    /// Those whose candles a person has removed, and of which nothing was asked since.
    #[serde(default)]
    pub pruned: u64,
    /// Days before the expiry that are answered for good of every contract; `None` where one has none.
    pub days: Option<u32>,
}

impl KindCounts {
    /// What the reaches of contracts add up to over so many days.
    pub fn of(reaches: impl IntoIterator<Item = Reach>, days: HistoricalDays) -> Self {
        Self::of_many(reaches.into_iter().map(|reach| (reach, 1)), days)
    }

    /// The same of so many contracts of each reach.
    pub fn of_many(reaches: impl IntoIterator<Item = (Reach, u64)>, days: HistoricalDays) -> Self {
        reaches.into_iter().fold(Self::default(), |counts, (reach, contracts)| {
            counts.with(Self {
                contracts,
                collected: if reach.covers(days.get()) { contracts } else { 0 },
                asked: if matches!(reach, Reach::Unasked | Reach::Pruned) { 0 } else { contracts },
                pruned: if reach == Reach::Pruned { contracts } else { 0 },
                days: reach.days(),
            })
        })
    }

    fn with(self, other: Self) -> Self {
        let days = match (self.contracts, other.contracts) {
            (0, _) => other.days,
            (_, 0) => self.days,
            _ => self.days.zip(other.days).map(|(days, others)| days.min(others)),
        };
        Self {
            contracts: self.contracts + other.contracts,
            collected: self.collected + other.collected,
            asked: self.asked + other.asked,
            pruned: self.pruned + other.pruned,
            days,
        }
    }

    fn is_complete(self) -> bool {
        self.collected >= self.contracts
    }
}

/// How much of an expiry is known, of the kinds, the days and the interval that are asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpiryState {
    /// No contract of these kinds was ever listed.
    NotListed,
    /// Listed, and nothing of it was answered.
    NotAsked,
    /// A person has removed what was answered, on that day.
    Pruned(Day),
    /// A part of the contracts, or of their days.
    Partly {
        counts: KindCounts,
        days: HistoricalDays,
    },
    /// One of two kinds is complete, the other was not listed.
    OnlyOptions,
    OnlyFutures,
    Complete,
}

impl ExpiryState {
    /// For people.
    pub fn words(self) -> String {
        let words = match self {
            Self::NotListed => "not listed",
            Self::NotAsked => "listed",
            Self::Pruned(day) => return pruned_words(day),
            Self::OnlyOptions => "options complete, futures not asked",
            Self::OnlyFutures => "futures complete, options not asked",
            Self::Complete => "complete",
            Self::Partly { counts: KindCounts { contracts, collected, asked, days: known, .. }, days } => {
                return match (collected, known) {
                    (0, Some(known)) => format!("{known} of {days} days"),
                    (0, None) if asked == contracts => "asked, and not answered for good yet".to_owned(),
                    (0, None) => format!("{asked} of {contracts} contracts begun"),
                    _ => format!("{collected} of {contracts} contracts"),
                };
            }
        };
        words.to_owned()
    }
}

/// For people.
fn pruned_words(day: Day) -> String {
    format!("pruned on {}", day.to_long_text())
}

impl ExpiryRow {
    /// The contracts of these kinds, as far as they are listed.
    pub fn counts_for(&self, kinds: ContractKinds) -> KindCounts {
        let of = |wanted: bool, counts: Option<KindCounts>| counts.filter(|_| wanted).unwrap_or_default();
        of(kinds.options(), self.options).with(of(kinds.futures(), self.futures))
    }

    /// Whether every contract of these kinds is listed, there is one, and every day of the span is answered for
    /// good.
    pub fn is_complete_for(&self, kinds: ContractKinds) -> bool {
        self.state_for(kinds) == ExpiryState::Complete && self.lists.doubts(kinds).is_none()
    }

    /// For people: what its lists leave open comes first, because nothing is complete before it.
    pub fn words_for(&self, kinds: ContractKinds) -> String {
        let words = || match (self.state_for(kinds), self.lists.refused) {
            (ExpiryState::Complete, 1..) => self.refused_words(),
            (state, _) => state.words(),
        };
        self.lists.doubts(kinds).unwrap_or_else(words)
    }

    /// Complete as far as its lists could be read.
    pub fn refused_words(&self) -> String {
        match self.lists.refused {
            1 => "complete but for a listed row that could not be read".to_owned(),
            rows => format!("complete but for {rows} listed rows that could not be read"),
        }
    }

    pub fn state_for(&self, kinds: ContractKinds) -> ExpiryState {
        let counts = self.counts_for(kinds);
        let is_done = |counts: Option<KindCounts>| counts.is_some_and(KindCounts::is_complete);
        let (options, futures) = (is_done(self.options), is_done(self.futures));
        let is_missing = |wanted: bool, counts: Option<KindCounts>| wanted && counts.is_none();
        let missing = (is_missing(kinds.options(), self.options), is_missing(kinds.futures(), self.futures));
        match missing {
            (true, true) => ExpiryState::NotListed,
            (true, false) if !kinds.futures() => ExpiryState::NotListed,
            (false, true) if !kinds.options() => ExpiryState::NotListed,
            _ if counts.asked == 0 => match self.pruned_at.filter(|_| counts.pruned > 0) {
                Some(at) => ExpiryState::Pruned(at.day()),
                None => ExpiryState::NotAsked,
            },
            (true, false) if futures => ExpiryState::OnlyFutures,
            (false, true) if options => ExpiryState::OnlyOptions,
            (false, false) if counts.is_complete() => ExpiryState::Complete,
            _ => ExpiryState::Partly { counts, days: self.days },
        }
    }
}

/// How far a contract's candles are collected. Nothing is claimed of days that were not asked: how many were says
/// its [`Reach`], and whether there can have been more [`LifeAsked`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ContractState {
    NotAsked,
    /// A person has removed what was answered, and nothing was asked since.
    Pruned,
    /// Answered, and not from the expiry backwards, or not for good yet.
    Partial,
    /// The days of its reach are answered, and there are rows.
    Collected,
    /// The days of its reach are answered without a row.
    Empty,
}

/// Whether the days that were asked are a contract's whole life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LifeAsked {
    /// Asked back to before it can have been listed, or to where the broker's data begin.
    Whole,
    /// It may have been listed before the first day asked.
    MayBeLonger,
    /// Its rows begin on the first day asked, so it was likely listed before.
    Longer,
}

/// What was paid for a contract, over all that is stored of a series, in rupees. Of candles with a trade alone: the
/// price of a minute without one is nobody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TradedPrices {
    /// The close of the last candle with a trade.
    #[serde(with = "market::rupees")]
    #[cfg_attr(feature = "openapi", schema(value_type = f64))]
    pub last: Price,
    #[serde(with = "market::rupees")]
    #[cfg_attr(feature = "openapi", schema(value_type = f64))]
    pub high: Price,
    #[serde(with = "market::rupees")]
    #[cfg_attr(feature = "openapi", schema(value_type = f64))]
    pub low: Price,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContractRow {
    pub contract: Contract,
    /// The series that the figures are of.
    pub interval: Interval,
    pub state: ContractState,
    pub reach: Reach,
    pub life: LifeAsked,
    pub candles: u64,
    pub traded_days: u32,
    pub first: Option<EpochSeconds>,
    pub last: Option<EpochSeconds>,
    pub volume: i64,
    /// At the last candle.
    pub open_interest: i64,
    /// `None` where no trade is stored.
    pub prices: Option<TradedPrices>,
    /// When its candles were removed, where it was not asked since.
    #[serde(default)]
    pub pruned_at: Option<EpochSeconds>,
}

impl ContractRow {
    /// Asked for its whole life, and without a row.
    pub fn never_traded(&self) -> bool {
        self.state == ContractState::Empty && self.life == LifeAsked::Whole
    }

    /// What is known of it, said of the days that were asked.
    pub fn words(&self) -> String {
        let (Some(days), Some(first)) = (self.reach.days(), self.reach.first_day(self.contract.expiry))
        else {
            if let Some(at) = self.pruned_at {
                return pruned_words(at.day());
            }
            let is_asked = self.state != ContractState::NotAsked;
            return if is_asked { "asked, and not answered for good yet" } else { "not asked" }.to_owned();
        };
        let asked = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
        let since = first.date().format("%-d %b %Y");
        match (self.state, self.life) {
            (ContractState::Empty, LifeAsked::Whole) => {
                format!(
                    "never traded: asked back to {since}, before it can have been listed or Upstox has data"
                )
            }
            (ContractState::Empty, _) => {
                format!("no trade in the {asked} asked (since {since}); its life may have been longer")
            }
            (_, LifeAsked::Whole) => "collected, its whole life".to_owned(),
            (_, LifeAsked::MayBeLonger) => format!("collected, the {asked} asked (since {since})"),
            (_, LifeAsked::Longer) => {
                format!(
                    "collected, the {asked} asked (since {since}); its rows begin on the first of them, so its life was likely longer"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(options: Option<Vec<Reach>>, futures: Option<Vec<Reach>>) -> ExpiryRow {
        let days = HistoricalDays::default();
        let counts = |reaches: Option<Vec<Reach>>| reaches.map(|reaches| KindCounts::of(reaches, days));
        ExpiryRow {
            date: "2025-08-28".parse().unwrap(),
            weekly: None,
            contracts: None,
            collected: 0,
            options: counts(options),
            futures: counts(futures),
            candles: 0,
            lists: ListStates::default(),
            intervals: Vec::new(),
            days,
            interval: Interval::default(),
            pruned_at: Some(EpochSeconds(1_762_900_000)),
        }
    }

    #[test]
    fn an_expiry_is_complete_for_the_kinds_and_days_that_were_asked() {
        let back = |days: &[u32]| Some(days.iter().copied().map(Reach::Back).collect());
        let open = Some(vec![Reach::Open, Reach::Open]);
        let unasked = Some(vec![Reach::Unasked, Reach::Unasked]);
        for (row, words) in [
            (row(None, None), ["not listed", "not listed", "not listed"]),
            (row(unasked.clone(), Some(vec![])), ["listed", "listed", "listed"]),
            (row(back(&[90, 120]), back(&[90])), ["complete", "complete", "complete"]),
            // Removed again; and a part of it collected since.
            (
                row(Some(vec![Reach::Pruned; 2]), None),
                ["pruned on 12 Nov 2025", "not listed", "pruned on 12 Nov 2025"],
            ),
            (
                row(Some(vec![Reach::Pruned, Reach::Back(90)]), None),
                ["1 of 2 contracts", "not listed", "1 of 2 contracts"],
            ),
            // A job over one day, and one that was stopped.
            (row(back(&[1, 1]), back(&[1])), ["1 of 90 days", "1 of 90 days", "1 of 90 days"]),
            (row(back(&[1, 30]), back(&[90])), ["1 of 90 days", "complete", "1 of 3 contracts"]),
            (row(back(&[90, 1]), back(&[1])), ["1 of 2 contracts", "1 of 90 days", "1 of 3 contracts"]),
            // One kind alone.
            (row(back(&[90]), None), ["complete", "not listed", "options complete, futures not asked"]),
            (row(None, back(&[90])), ["not listed", "complete", "futures complete, options not asked"]),
            (row(back(&[1]), None), ["1 of 90 days", "not listed", "1 of 90 days"]),
            (row(unasked, back(&[90])), ["listed", "complete", "1 of 3 contracts"]),
            // A weekly expiry has no future.
            (row(back(&[90, 90]), back(&[])), ["complete", "listed", "complete"]),
            // Before it was final.
            (
                row(open, back(&[])),
                ["asked, and not answered for good yet", "listed", "asked, and not answered for good yet"],
            ),
            (
                row(Some(vec![Reach::Back(1), Reach::Unasked]), None),
                ["1 of 2 contracts begun", "not listed", "1 of 2 contracts begun"],
            ),
        ] {
            use ContractKinds::{Both, Futures, Options};
            assert_eq!([Options, Futures, Both].map(|kinds| row.state_for(kinds).words()), words, "{row:?}");
            let complete = words.map(|words| words == "complete");
            assert_eq!([Options, Futures, Both].map(|kinds| row.is_complete_for(kinds)), complete);
        }
    }
}
