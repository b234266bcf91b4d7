//! Lines over the prices: averages of the bars themselves, and the closes of others at the same interval.

use std::borrow::Cow;
use std::collections::BTreeMap;

use analytics::{day_vwap, exponential_average, simple_average};
use market::{
    Bar, BarStarts, Bars, ChartInterval, ContractKinds, DayRange, EpochSeconds, ExpiredKey, PriceRows,
    SessionAnchors, UnderlyingKind,
};
use protocol::{CandlesWith, told_apart};
use store::{SeriesOwner, StoredContract};

use super::Sparse;
use crate::error::EngineError;
use crate::market_data::MarketDataService;

/// What lines are laid over: at least one bar.
pub(super) struct Lines<'a> {
    pub data: &'a MarketDataService,
    pub stored: &'a StoredContract,
    pub bars: &'a Bars,
    /// From the first bar's first day to the last one's last.
    pub days: DayRange,
    pub anchors: &'a SessionAnchors<'static>,
}

impl Lines<'_> {
    pub fn simple(&self, closes: u16) -> Sparse<f64> {
        let values = simple_average(&self.bars.bars, closes.into());
        self.average(CandlesWith::Simple(closes), format!("SMA {closes}"), values)
    }

    pub fn exponential(&self, closes: u16) -> Sparse<f64> {
        let values = exponential_average(&self.bars.bars, closes.into());
        self.average(CandlesWith::Exponential(closes), format!("EMA {closes}"), values)
    }

    fn average(&self, with: CandlesWith, title: String, values: Vec<Option<f64>>) -> Sparse<f64> {
        let values = self.bars.bars.iter().zip(values).filter_map(|(bar, value)| Some((bar.start, value?)));
        Sparse { name: with.to_string(), title, unit: "rupees", values: values.collect() }
    }

    /// The day's up to the end of each bar, of its minutes however long the bars are: of bars it would be another number
    /// at each length. A day of which no minute is stored has none, nor has a bar of several days.
    pub async fn vwap(&self) -> Result<Sparse<f64>, EngineError> {
        let interval = self.bars.interval;
        let minutes = match interval {
            ChartInterval::MINUTE_1 => Cow::Borrowed(self.bars.bars.as_slice()),
            _ if interval.spans_days() => Cow::Borrowed(&[][..]),
            _ => Cow::Owned(self.minutes().await?),
        };
        let title = match minutes.is_empty() {
            _ if interval.spans_days() => "No VWAP of the day: a bar is of several days",
            true => "No VWAP of the day: its minutes are not stored",
            false => "VWAP",
        };
        let mut starts = BarStarts::new(interval, self.anchors);
        let mut values: BTreeMap<EpochSeconds, f64> = BTreeMap::new();
        for (minute, value) in minutes.iter().zip(day_vwap(&minutes)) {
            let start = starts.of(minute.start);
            values.extend(value.map(|value| (start, value)));
        }
        let (name, title) = (CandlesWith::Vwap.to_string(), title.to_owned());
        Ok(Sparse { name, title, unit: "rupees", values: values.into_iter().collect() })
    }

    async fn minutes(&self) -> Result<Vec<Bar>, EngineError> {
        let minute = ChartInterval::MINUTE_1;
        let series = self.data.series_of(self.stored.id.into(), minute, Some(self.days)).await?;
        Ok(market::best_bars(&series, minute, PriceRows::WithVolume, self.anchors))
    }

    pub async fn underlying(&self) -> Result<Sparse<f64>, EngineError> {
        let found = self.data.store.underlying(&self.stored.contract.underlying_key).await?;
        let (title, values) = match found {
            Some((id, underlying)) => {
                let is_index = underlying.kind == UnderlyingKind::Index;
                let rows = if is_index { PriceRows::All } else { PriceRows::WithVolume };
                // The broker divides a share's old candles; its options' it does not.
                let title = match underlying.kind {
                    UnderlyingKind::Index => underlying.name,
                    _ => format!("{} (divided after a bonus or a split)", underlying.name),
                };
                (title, self.closes(SeriesOwner::Underlying(id), rows).await?)
            }
            None => ("The underlying".to_owned(), Vec::new()),
        };
        Ok(Sparse { name: CandlesWith::Underlying.to_string(), title, unit: "rupees", values })
    }

    /// Of the same expiry.
    pub async fn future(&self) -> Result<Sparse<f64>, EngineError> {
        let futures = self.data.store.contracts(self.stored.expiry_id, ContractKinds::Futures).await?;
        let (title, values) = match futures.first() {
            Some(future) => {
                let closes = self.closes(future.id.into(), PriceRows::WithVolume).await?;
                (future.contract.trading_symbol.clone(), closes)
            }
            None => ("No future of this expiry".to_owned(), Vec::new()),
        };
        Ok(Sparse { name: CandlesWith::Future.to_string(), title, unit: "rupees", values })
    }

    /// Other contracts, by their names; the one itself is passed over.
    pub async fn compared(&self, keys: &[ExpiredKey]) -> Result<Vec<Sparse<f64>>, EngineError> {
        let own = &self.stored.contract;
        let mut symbols = vec![own.trading_symbol.clone()];
        let mut compared = Vec::new();
        for key in keys.iter().filter(|key| **key != own.expired_key) {
            let other = self.data.stored_contract(key).await?;
            let symbol = other.contract.trading_symbol;
            let name = key.to_string();
            let is_twin = symbols.contains(&symbol);
            let title = told_apart(&symbol, is_twin.then_some(name.as_str()));
            let values = self.closes(other.id.into(), PriceRows::WithVolume).await?;
            symbols.push(symbol);
            compared.push(Sparse { name, title, unit: "rupees", values });
        }
        Ok(compared)
    }

    async fn closes(
        &self,
        owner: SeriesOwner,
        rows: PriceRows,
    ) -> Result<Vec<(EpochSeconds, f64)>, EngineError> {
        let interval = self.bars.interval;
        let series = self.data.series_of(owner, interval, Some(self.days)).await?;
        let bars = market::best_bars(&series, interval, rows, self.anchors);
        let close = |bar: Bar| Some((bar.start, bar.prices?.close.to_rupees()));
        Ok(bars.into_iter().filter_map(close).collect())
    }
}
