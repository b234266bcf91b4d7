//! What is stored, as pages and REST show it.

use market::{Bar, Contract, ContractKinds, Day, EpochSeconds, SearchEntry, Standing, Underlying};
use serde::{Deserialize, Serialize};

use crate::{JobPicture, SessionPicture};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiryRow {
    pub date: Day,
    /// `None` where nothing says it yet.
    pub weekly: Option<bool>,
    /// Contracts listed; `None` before they were asked.
    pub contracts: Option<u64>,
    /// Contracts whose whole range was answered.
    pub collected: u64,
    /// The same of options alone; `None` before options were asked.
    pub options: Option<KindCounts>,
    pub futures: Option<KindCounts>,
    pub candles: u64,
}

/// Contracts of one kind of an expiry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindCounts {
    pub contracts: u64,
    pub collected: u64,
}

impl ExpiryRow {
    /// The kinds whose contracts were asked for; `None` before any was.
    pub fn listed_kinds(&self) -> Option<ContractKinds> {
        match (self.options.is_some(), self.futures.is_some()) {
            (true, true) => Some(ContractKinds::Both),
            (true, false) => Some(ContractKinds::Options),
            (false, true) => Some(ContractKinds::Futures),
            (false, false) => None,
        }
    }

    /// The contracts of these kinds, as far as they are listed.
    pub fn counts_for(&self, kinds: ContractKinds) -> KindCounts {
        let of = |wanted: bool, counts: Option<KindCounts>| counts.filter(|_| wanted).unwrap_or_default();
        let (options, futures) = (of(kinds.options(), self.options), of(kinds.futures(), self.futures));
        KindCounts {
            contracts: options.contracts + futures.contracts,
            collected: options.collected + futures.collected,
        }
    }

    /// Whether every contract of these kinds is listed and collected, and there is one.
    pub fn is_complete_for(&self, kinds: ContractKinds) -> bool {
        let is_done = |wanted: bool, counts: Option<KindCounts>| {
            !wanted || counts.is_some_and(|of| of.collected >= of.contracts)
        };
        is_done(kinds.options(), self.options)
            && is_done(kinds.futures(), self.futures)
            && self.counts_for(kinds).contracts > 0
    }
}

/// How far a contract's candles are collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContractState {
    NotAsked,
    Partial,
    Collected,
    /// Asked and answered without a row.
    Empty,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractRow {
    pub contract: Contract,
    pub state: ContractState,
    pub candles: u64,
    pub traded_days: u32,
    pub first: Option<EpochSeconds>,
    pub last: Option<EpochSeconds>,
    pub volume: i64,
    /// At the last candle.
    pub open_interest: i64,
}

/// Bars as one array a column, rupees; a gap has `null` prices.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CandleColumns {
    /// Epoch seconds UTC of each bar's start.
    pub time: Vec<i64>,
    pub open: Vec<Option<f64>>,
    pub high: Vec<Option<f64>>,
    pub low: Vec<Option<f64>>,
    pub close: Vec<Option<f64>>,
    pub volume: Vec<i64>,
    pub open_interest: Vec<i64>,
}

impl CandleColumns {
    pub fn len(&self) -> usize {
        self.time.len()
    }

    pub fn is_empty(&self) -> bool {
        self.time.is_empty()
    }
}

impl FromIterator<Bar> for CandleColumns {
    fn from_iter<I: IntoIterator<Item = Bar>>(bars: I) -> Self {
        let mut columns = Self::default();
        for bar in bars {
            columns.time.push(bar.start.0);
            columns.open.push(bar.prices.map(|prices| prices.open.to_rupees()));
            columns.high.push(bar.prices.map(|prices| prices.high.to_rupees()));
            columns.low.push(bar.prices.map(|prices| prices.low.to_rupees()));
            columns.close.push(bar.prices.map(|prices| prices.close.to_rupees()));
            columns.volume.push(bar.volume);
            columns.open_interest.push(bar.open_interest);
        }
        columns
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFigures {
    pub underlyings: u64,
    pub expiries: u64,
    pub contracts: u64,
    pub candles: u64,
    pub database_bytes: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HomePicture {
    pub session: SessionPicture,
    pub stored: StoredFigures,
    /// Newest first, a handful.
    pub jobs: Vec<JobPicture>,
    /// Underlyings with something stored.
    pub underlyings: Vec<UnderlyingRow>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_is_complete_for_the_kinds_that_were_listed_and_collected() {
        let of = |contracts, collected| Some(KindCounts { contracts, collected });
        let row = |options, futures| ExpiryRow {
            date: "2025-08-28".parse().unwrap(),
            weekly: None,
            contracts: None,
            collected: 0,
            options,
            futures,
            candles: 0,
        };
        use ContractKinds::{Both, Futures, Options};
        for (row, complete) in [
            (row(None, of(1, 1)), [false, true, false]),
            (row(of(194, 194), of(1, 1)), [true, true, true]),
            (row(of(194, 193), of(1, 1)), [false, true, false]),
            // A weekly expiry has no future.
            (row(of(160, 160), of(0, 0)), [true, false, true]),
            (row(None, None), [false, false, false]),
        ] {
            assert_eq!([Options, Futures, Both].map(|kinds| row.is_complete_for(kinds)), complete, "{row:?}");
        }
    }
}
