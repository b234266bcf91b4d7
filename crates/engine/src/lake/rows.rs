//! The rows of a partition, as they are stored: by kind, strike, key, interval and time, a contract after the other. The
//! order is that of the words in the columns, so that every engine finds the files sorted as it compares them.

use std::collections::HashMap;

use export::table::{Batch, Column, Kind, Misfit, Values};
use export::{CandleRows, CandleTable, Subject};
use market::{Bar, Contract, ContractKinds, EpochSeconds, Price, Strike};
use protocol::LakeTable;
use store::{ContractId, LakePartitionOf, LakeSeries, Store, StoredContract};

use super::PublishError;
use super::file::{Closed, Sink};
use super::target::Target;
use super::twin::Twins;
use crate::candles::together;
use crate::error::EngineError;

/// All that the rows of a partition are made of, but for the candles.
pub(super) struct Rows<'a> {
    store: &'a Store,
    target: &'a Target,
    contracts: Vec<StoredContract>,
    series: Vec<LakeSeries>,
}

/// What is known of all candles of a partition.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extent {
    pub first: Option<EpochSeconds>,
    pub last: Option<EpochSeconds>,
}

impl Extent {
    fn take(&mut self, bars: &[Bar]) {
        let (Some(first), Some(last)) = (bars.first(), bars.last()) else { return };
        self.first = Some(self.first.map_or(first.start, |known| known.min(first.start)));
        self.last = Some(self.last.map_or(last.start, |known| known.max(last.start)));
    }
}

pub(super) fn columns(table: LakeTable) -> Vec<Column> {
    match table {
        LakeTable::Candles => CandleTable::lake().columns(),
        LakeTable::Spot => CandleTable::spot().columns(),
        LakeTable::Volatility => volatility_table().columns(),
        LakeTable::Contracts => [
            ("expired_key", Kind::Text),
            ("instrument_key", Kind::Text),
            ("expiry", Kind::Day),
            ("kind", Kind::Text),
            ("strike", Kind::Number),
            ("lot_size", Kind::Whole),
            ("tick_size", Kind::Price),
            ("trading_symbol", Kind::Text),
            ("openalgo_symbol", Kind::Text),
            ("weekly", Kind::Whole),
            ("candles", Kind::Whole),
        ]
        .map(|(name, kind)| Column::new(name, kind))
        .to_vec(),
    }
}

/// What the lake keeps of a contract, with what stands beside it.
pub(super) fn volatility_table() -> CandleTable {
    CandleTable::new(export::CandleField::LAKE.into_iter().chain(export::CandleField::TWIN))
}

impl<'a> Rows<'a> {
    pub(super) async fn read(store: &'a Store, target: &'a Target) -> Result<Self, EngineError> {
        let mut contracts = match target.of {
            LakePartitionOf::Expiry(expiry) => store.contracts(expiry, ContractKinds::Both).await?,
            LakePartitionOf::Month(..) => Vec::new(),
        };
        let place = |contract: &Contract| {
            let key = contract.expired_key.to_string();
            (contract.kind.as_str(), contract.strike, key)
        };
        contracts.sort_by_cached_key(|stored| place(&stored.contract));
        Ok(Self { store, target, contracts, series: store.lake_series(target.of).await? })
    }

    pub(super) fn contracts(&self) -> u64 {
        self.contracts.len() as u64
    }

    fn subject(&self, contract: &Contract) -> Subject {
        Subject::Contract { contract: contract.clone(), underlying: self.target.underlying.symbol.clone() }
    }

    /// The candles of a partition, a contract at a time; `each` learns how many came, and says whether to go on.
    pub(super) async fn candles(
        &self,
        sink: &Sink,
        extent: &mut Extent,
        mut each: impl FnMut(u64) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        if let LakePartitionOf::Month(_, month) = self.target.of {
            let (from, to) = (month.start(), month.last_of_month().next().start());
            let underlying = &self.target.underlying;
            let subject =
                Subject::Underlying { key: underlying.key.to_string(), symbol: underlying.symbol.clone() };
            for series in &self.series {
                let bars = self.bars(*series, from, to).await?;
                extent.take(&bars);
                self.pass_on(sink, &CandleTable::spot(), &subject, *series, &bars).await?;
                each(bars.len() as u64)?;
            }
            return Ok(());
        }
        let mut by_contract: HashMap<ContractId, Vec<LakeSeries>> = HashMap::new();
        for series in &self.series {
            let Some(contract) = series.contract else { continue };
            by_contract.entry(contract).or_default().push(*series);
        }
        let table = CandleTable::lake();
        for stored in &self.contracts {
            let mut series = by_contract.remove(&stored.id).unwrap_or_default();
            series.sort_by_key(|series| series.interval.as_str());
            let subject = self.subject(&stored.contract);
            for series in series {
                let bars = self.bars(series, EpochSeconds(i64::MIN), EpochSeconds(i64::MAX)).await?;
                extent.take(&bars);
                self.pass_on(sink, &table, &subject, series, &bars).await?;
                each(bars.len() as u64)?;
            }
        }
        Ok(())
    }

    async fn bars(
        &self,
        series: LakeSeries,
        from: EpochSeconds,
        to: EpochSeconds,
    ) -> Result<Vec<Bar>, EngineError> {
        let candles = self.store.candles(series.series, from, to).await?;
        Ok(candles.into_iter().map(Bar::from).collect())
    }

    async fn pass_on(
        &self,
        sink: &Sink,
        table: &CandleTable,
        subject: &Subject,
        series: LakeSeries,
        bars: &[Bar],
    ) -> Result<(), EngineError> {
        if bars.is_empty() {
            return Ok(());
        }
        let rows = CandleRows { subject, interval: series.interval.into(), bars, twin: None };
        let batch = table.batch(rows).map_err(PublishError::from)?;
        sink.rows(batch).await.map_err(closed)
    }

    /// The candles of a partition in 1 minute, each with what the chain says of it.
    pub(super) async fn candles_with(
        &self,
        twins: &Twins,
        sink: &Sink,
        mut each: impl FnMut() -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        let candles = self.candles_by_contract();
        let of = |stored: &&StoredContract| candles.get(&stored.id).copied().unwrap_or_default();
        for group in together(self.contracts.iter().collect(), of) {
            let subject = |stored: &&StoredContract| {
                (stored.contract.expired_key.clone(), self.subject(&stored.contract))
            };
            let contracts: Vec<_> = group.iter().map(subject).collect();
            for batch in twins.batches(&contracts).await? {
                sink.rows(batch).await.map_err(closed)?;
            }
            each()?;
        }
        Ok(())
    }

    fn candles_by_contract(&self) -> HashMap<ContractId, u64> {
        let mut candles: HashMap<ContractId, u64> = HashMap::new();
        for series in &self.series {
            let Some(contract) = series.contract else { continue };
            *candles.entry(contract).or_default() += series.candles;
        }
        candles
    }

    /// All listed contracts, also those that never traded.
    pub(super) async fn listed(&self, sink: &Sink) -> Result<(), EngineError> {
        let batch =
            self.listed_batch().map_err(|misfit| PublishError::from(export::ExportError::from(misfit)))?;
        sink.rows(batch).await.map_err(closed)
    }

    fn listed_batch(&self) -> Result<Batch, Misfit> {
        let candles = self.candles_by_contract();
        let of = |stored: &StoredContract| stored.contract.clone();
        let texts = |text: &dyn Fn(Contract) -> String| {
            Values::Texts(self.contracts.iter().map(|stored| Some(text(of(stored)).into())).collect())
        };
        let wholes = |whole: &dyn Fn(&StoredContract) -> Option<i64>| {
            Values::Wholes(self.contracts.iter().map(whole).collect())
        };
        let strikes = self.contracts.iter().map(|stored| stored.contract.strike.map(Strike::to_rupees));
        let ticks =
            self.contracts.iter().map(|stored| Some(Price(stored.contract.tick_size * Price::PER_PAISA)));
        let expiries = self.contracts.iter().map(|stored| Some(stored.contract.expiry));
        Batch::new(vec![
            texts(&|contract| contract.expired_key.to_string()),
            texts(&|contract| contract.underlying_key.to_string()),
            Values::Days(expiries.collect()),
            texts(&|contract| contract.kind.as_str().to_owned()),
            Values::Numbers(strikes.collect()),
            wholes(&|stored| Some(stored.contract.lot_size)),
            Values::Prices(ticks.collect()),
            texts(&|contract| contract.trading_symbol),
            texts(&|contract| self.subject(&contract).openalgo_symbol()),
            wholes(&|stored| stored.contract.weekly.map(i64::from)),
            wholes(&|stored| {
                Some(candles.get(&stored.id).map_or(0, |candles| i64::try_from(*candles).unwrap_or(i64::MAX)))
            }),
        ])
    }
}

/// Whoever took the rows has the reason, and tells it.
pub(super) fn closed(_: Closed) -> EngineError {
    EngineError::RowsUnwanted
}
