//! Reading what is stored: figures and ladders; bars of any interval are in `bars`. Never asks the broker.

use std::collections::BTreeMap;

use market::{
    Contract, Day, DayRange, ExpiredKey, InstrumentKey, Interval, Reach, TradingCalendar, UnderlyingKind,
    life_days_max,
};
use protocol::{ContractRow, ContractState, LifeAsked, StoredFigures, StoredUnderlying};
use store::{ContractStats, Place, Store};

use crate::archive::open_for_reading;
use crate::error::EngineError;
use crate::final_days::data_floor;

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
    pub async fn open_for_reading(place: impl Into<Place>) -> Result<Self, EngineError> {
        Ok(Self { store: open_for_reading(place).await? })
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

    /// Underlyings with candles, and how much of each.
    pub async fn collected_underlyings(&self) -> Result<Vec<StoredUnderlying>, EngineError> {
        let row = |row: store::StoredUnderlyingRow| StoredUnderlying {
            underlying: row.underlying,
            expiries: row.expiries,
            contracts: row.contracts,
            candles: row.candles,
        };
        Ok(self.store.stored_underlyings().await?.into_iter().map(row).collect())
    }

    /// The contracts of an expiry with what is stored of each; empty when nothing is listed.
    pub async fn contract_rows(
        &self,
        key: &InstrumentKey,
        expiry: Day,
        interval: Interval,
    ) -> Result<Vec<ContractRow>, EngineError> {
        let Some((underlying, _)) = self.store.underlying(key).await? else {
            return Err(EngineError::NothingStored { key: key.to_string() });
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
    let state = match (stats.reach, stats.candles) {
        (Reach::Back(_), 0) => ContractState::Empty,
        (Reach::Back(_), _) => ContractState::Collected,
        (Reach::Unasked, 0) => ContractState::NotAsked,
        (Reach::Pruned, _) => ContractState::Pruned,
        (Reach::Unasked | Reach::Open, _) => ContractState::Partial,
    };
    ContractRow {
        interval,
        state,
        reach: stats.reach,
        life: life_asked(&stats),
        contract: stats.stored.contract,
        candles: stats.candles,
        traded_days: stats.traded_days,
        first: stats.first,
        last: stats.last,
        volume: stats.volume,
        open_interest: stats.open_interest,
        prices: stats.traded,
        pruned_at: stats.pruned_at,
    }
}

/// Whether the days that were asked can be all days of a contract.
fn life_asked(stats: &ContractStats) -> LifeAsked {
    let Contract { underlying_key, weekly, expiry, .. } = &stats.stored.contract;
    let life = life_days_max(UnderlyingKind::of(underlying_key.segment()), *weekly, *expiry);
    let since_floor = expiry.days_since_1970() - data_floor().days_since_1970();
    let Some(first_asked) = stats.reach.first_day(*expiry) else { return LifeAsked::MayBeLonger };
    if stats.reach.covers(life) || stats.reach.covers(since_floor.try_into().unwrap_or(0)) {
        return LifeAsked::Whole;
    }
    let calendar = TradingCalendar::bundled();
    let was_closed_until = |day: Day| {
        DayRange::new(first_asked, day.previous())
            .map_or(true, |range| range.days().all(|before| !calendar.day(before).is_open()))
    };
    match stats.first {
        Some(first) if first.day() >= first_asked && was_closed_until(first.day()) => LifeAsked::Longer,
        // Rows from before the days without a gap.
        Some(first) if first.day() < first_asked => LifeAsked::Longer,
        _ => LifeAsked::MayBeLonger,
    }
}
