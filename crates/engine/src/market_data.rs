//! Reading what is stored: figures and ladders; bars of any interval are in `bars`. Never asks the broker.

use std::collections::BTreeMap;

use market::{Contract, Day, ExpiredKey, InstrumentKey, Interval};
use protocol::{ContractRow, ContractState, StoredFigures, UnderlyingRow};
use store::{ContractStats, Store};

use crate::error::EngineError;

/// The contracts of an expiry with the figures of their best series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BestContractRows {
    /// The intervals in which any of them has candles.
    pub stored: Vec<Interval>,
    pub rows: Vec<ContractRow>,
}

impl BestContractRows {
    /// `rows` of a coarser interval than all before.
    fn take(&mut self, rows: Vec<ContractRow>, preferred: Option<Interval>) {
        if self.rows.is_empty() {
            self.rows = rows;
            return;
        }
        let rank = |row: &ContractRow| {
            let is_preferred = preferred == Some(row.interval) && row.candles > 0;
            (is_preferred, row.candles > 0, row.traded_days, row.state != ContractState::NotAsked)
        };
        let mut others: BTreeMap<ExpiredKey, ContractRow> =
            rows.into_iter().map(|row| (row.contract.expired_key.clone(), row)).collect();
        for row in &mut self.rows {
            if let Some(other) = others.remove(&row.contract.expired_key)
                && rank(&other) > rank(row)
            {
                *row = other;
            }
        }
    }
}

#[derive(Clone)]
pub struct MarketDataService {
    pub(crate) store: Store,
}

impl MarketDataService {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Opens an existing data directory for reading, beside whoever owns it.
    pub async fn open_for_reading(data_dir: &std::path::Path) -> Result<Self, EngineError> {
        Ok(Self { store: Store::open_for_reading(data_dir).await? })
    }

    pub async fn figures(&self) -> Result<StoredFigures, EngineError> {
        let figures = self.store.figures().await?;
        Ok(StoredFigures {
            underlyings: figures.underlyings,
            expiries: figures.expiries,
            contracts: figures.contracts,
            candles: figures.candles,
            database_bytes: self.store.bytes_on_disk(),
        })
    }

    /// Underlyings with candles.
    pub async fn collected_underlyings(&self) -> Result<Vec<UnderlyingRow>, EngineError> {
        let stats = self.store.underlying_stats().await?;
        let known = self.store.underlyings().await?;
        let row = |stats: store::UnderlyingStats| {
            let (_, underlying) = known.iter().find(|(_, underlying)| underlying.key == stats.key)?.clone();
            Some(UnderlyingRow {
                underlying,
                expiries: stats.expiries.try_into().ok(),
                contracts: stats.contracts,
                candles: stats.candles,
            })
        };
        Ok(stats.into_iter().filter(|stats| stats.candles > 0).filter_map(row).collect())
    }

    /// The contracts of an expiry with what is stored of each; empty when nothing is listed.
    pub async fn contract_rows(
        &self,
        key: &InstrumentKey,
        expiry: Day,
        interval: Interval,
    ) -> Result<Vec<ContractRow>, EngineError> {
        let Some((underlying, _)) = self.store.underlying(key).await? else {
            return Err(EngineError::UnknownUnderlying { key: key.to_string() });
        };
        let Some(expiry) = self.store.expiry(underlying, expiry).await? else { return Ok(Vec::new()) };
        let stats = self.store.contract_stats(expiry.id, interval).await?;
        Ok(stats.into_iter().map(|stats| contract_row(stats, interval)).collect())
    }

    /// The contracts of an expiry, each with the figures of its best stored series: the preferred one where it has
    /// candles, else the one with most days, the finer of equals.
    pub async fn best_contract_rows(
        &self,
        key: &InstrumentKey,
        expiry: Day,
        preferred: Option<Interval>,
    ) -> Result<BestContractRows, EngineError> {
        let mut best = BestContractRows { stored: Vec::new(), rows: Vec::new() };
        for interval in Interval::ALL {
            let rows = self.contract_rows(key, expiry, interval).await?;
            if rows.iter().any(|row| row.candles > 0) {
                best.stored.push(interval);
            }
            best.take(rows, preferred);
        }
        Ok(best)
    }

    pub async fn contract(&self, key: &ExpiredKey) -> Result<Contract, EngineError> {
        match self.store.contract(key).await? {
            Some(stored) => Ok(stored.contract),
            None => Err(EngineError::UnknownContract(key.clone())),
        }
    }
}

fn contract_row(stats: ContractStats, interval: Interval) -> ContractRow {
    let reaches_expiry = stats.answered_to.is_some_and(|to| to >= stats.stored.contract.expiry);
    let state = match (reaches_expiry, stats.candles) {
        (true, 0) => ContractState::Empty,
        (true, _) => ContractState::Collected,
        (false, 0) => ContractState::NotAsked,
        (false, _) => ContractState::Partial,
    };
    ContractRow {
        contract: stats.stored.contract,
        interval,
        state,
        candles: stats.candles,
        traded_days: stats.traded_days,
        first: stats.first,
        last: stats.last,
        volume: stats.volume,
        open_interest: stats.open_interest,
    }
}
