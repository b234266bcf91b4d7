//! Reading what is stored: ladders, bars of any interval. Never asks the broker.

use market::{
    Bar, Candle, ChartInterval, Contract, Day, DayRange, EpochSeconds, ExpiredKey, InstrumentKey, Interval,
    PriceRows, TradingCalendar, resample,
};
use protocol::{ContractRow, ContractState, StoredFigures, UnderlyingRow};
use store::{ContractId, ContractStats, Store};

use crate::error::EngineError;

/// Bars of one contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bars {
    pub contract: Contract,
    pub interval: ChartInterval,
    pub bars: Vec<Bar>,
}

#[derive(Clone)]
pub struct MarketDataService {
    store: Store,
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
                standing: Default::default(),
                former: Vec::new(),
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
            return Err(EngineError::NothingStored { key: key.to_string() });
        };
        let Some(expiry) = self.store.expiry(underlying, expiry).await? else { return Ok(Vec::new()) };
        let stats = self.store.contract_stats(expiry.id, interval).await?;
        Ok(stats.into_iter().map(contract_row).collect())
    }

    pub async fn contract(&self, key: &ExpiredKey) -> Result<Contract, EngineError> {
        match self.store.contract(key).await? {
            Some(stored) => Ok(stored.contract),
            None => Err(EngineError::UnknownContract(key.clone())),
        }
    }

    /// Bars of a contract, oldest first; none when nothing was collected or traded.
    ///
    /// Intervals are made of the 1-minute candles where there are any, else the interval's own series is
    /// read. A day is the other way round: the exchange's close is an average that minutes do not give.
    pub async fn bars(
        &self,
        key: &ExpiredKey,
        interval: ChartInterval,
        range: Option<DayRange>,
    ) -> Result<Bars, EngineError> {
        let Some(stored) = self.store.contract(key).await? else {
            return Err(EngineError::UnknownContract(key.clone()));
        };
        let own = interval.collected();
        let own_first = interval == ChartInterval::Day;
        let mut bars = Vec::new();
        if let (true, Some(own)) = (own_first, own) {
            bars = plain(self.candles(stored.id, own, range).await?);
        }
        if bars.is_empty() {
            let minutes = self.candles(stored.id, Interval::Minute1, range).await?;
            bars = resample(&minutes, interval, PriceRows::WithVolume, TradingCalendar::bundled());
        }
        if let (true, false, Some(own)) = (bars.is_empty(), own_first, own) {
            bars = plain(self.candles(stored.id, own, range).await?);
        }
        Ok(Bars { contract: stored.contract, interval, bars })
    }

    async fn candles(
        &self,
        contract: ContractId,
        interval: Interval,
        range: Option<DayRange>,
    ) -> Result<Vec<Candle>, EngineError> {
        let Some(series) = self.store.series(contract.into(), interval).await? else {
            return Ok(Vec::new());
        };
        let from = range.map_or(EpochSeconds(i64::MIN), |range| range.from().start());
        let to = range.map_or(EpochSeconds(i64::MAX), |range| range.to().next().start());
        Ok(self.store.candles(series, from, to).await?)
    }
}

fn plain(candles: Vec<Candle>) -> Vec<Bar> {
    candles.into_iter().map(Bar::from).collect()
}

fn contract_row(stats: ContractStats) -> ContractRow {
    let reaches_expiry = stats.answered_to.is_some_and(|to| to >= stats.stored.contract.expiry);
    let state = match (reaches_expiry, stats.candles) {
        (true, 0) => ContractState::Empty,
        (true, _) => ContractState::Collected,
        (false, 0) => ContractState::NotAsked,
        (false, _) => ContractState::Partial,
    };
    ContractRow {
        contract: stats.stored.contract,
        state,
        candles: stats.candles,
        traded_days: stats.traded_days,
        first: stats.first,
        last: stats.last,
        volume: stats.volume,
        open_interest: stats.open_interest,
    }
}
