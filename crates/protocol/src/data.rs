//! What is stored, as pages and REST show it.

use market::{Bar, Contract, Day, EpochSeconds, Underlying};
use serde::{Deserialize, Serialize};

use crate::{JobPicture, SessionPicture};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnderlyingRow {
    pub underlying: Underlying,
    /// Expiries seen so far; `None` before they were ever asked.
    pub expiries: Option<u32>,
    pub contracts: u64,
    pub candles: u64,
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
    pub candles: u64,
}

impl ExpiryRow {
    pub fn is_complete(&self) -> bool {
        self.contracts.is_some_and(|contracts| contracts > 0 && self.collected >= contracts)
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
