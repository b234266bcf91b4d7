//! Bars of one contract at any interval, day by day from the best series that is stored. Never asks the broker.

use std::collections::BTreeMap;

use market::{
    Bar, Bars, ChartInterval, Day, DayRange, EpochSeconds, ExpiredKey, PriceRows, SeriesCandles,
    SessionAnchors, TradingCalendar, Underlying, UnderlyingKind, best_bars,
};
use store::{SeriesOwner, StoredContract, UnderlyingId};

use crate::error::EngineError;
use crate::market_data::MarketDataService;

impl MarketDataService {
    /// Bars of a contract, oldest first; none when nothing was collected or traded.
    pub async fn bars(
        &self,
        key: &ExpiredKey,
        interval: ChartInterval,
        range: Option<DayRange>,
    ) -> Result<Bars, EngineError> {
        let stored = self.stored_contract(key).await?;
        Ok(self.bars_of(&stored, interval, range).await?.0)
    }

    pub(crate) async fn stored_contract(&self, key: &ExpiredKey) -> Result<StoredContract, EngineError> {
        let stored = self.store.contract(key).await?;
        stored.ok_or_else(|| EngineError::UnknownContract(key.clone()))
    }

    /// With what they are counted from.
    pub(crate) async fn bars_of(
        &self,
        stored: &StoredContract,
        interval: ChartInterval,
        range: Option<DayRange>,
    ) -> Result<(Bars, SessionAnchors<'static>), EngineError> {
        let series = self.series_of(stored.id.into(), interval, range).await?;
        let anchors = match interval.counts_from_the_open() {
            true => self.session_anchors(stored, &series).await?,
            false => SessionAnchors::of(TradingCalendar::bundled()),
        };
        let bars = best_bars(&series, interval, PriceRows::WithVolume, &anchors);
        Ok((Bars { contract: stored.contract.clone(), interval, bars }, anchors))
    }

    /// Of every series that such bars can be made of, the best first.
    pub(crate) async fn series_of(
        &self,
        owner: SeriesOwner,
        interval: ChartInterval,
        range: Option<DayRange>,
    ) -> Result<Vec<SeriesCandles>, EngineError> {
        let from = range.map_or(EpochSeconds(i64::MIN), |range| range.from().start());
        let to = range.map_or(EpochSeconds(i64::MAX), |range| range.to().next().start());
        let mut all = Vec::new();
        for interval in interval.sources() {
            if let Some(series) = self.store.series(owner, interval).await? {
                all.push(SeriesCandles { interval, candles: self.store.candles(series, from, to).await? });
            }
        }
        Ok(all)
    }

    /// From the first to the last of these days of which an underlying's own candles are stored, in what such bars can
    /// be made of.
    pub(crate) async fn own_days(
        &self,
        id: UnderlyingId,
        interval: ChartInterval,
        wanted: Option<DayRange>,
    ) -> Result<Option<DayRange>, EngineError> {
        let mut ends: Option<(Day, Day)> = None;
        for interval in interval.sources() {
            let facts = self.store.facts(SeriesOwner::Underlying(id), interval).await?;
            let is_wanted = |day: &&Day| wanted.is_none_or(|wanted| wanted.contains(**day));
            for day in facts.days.keys().filter(is_wanted) {
                let (from, to) = ends.unwrap_or((*day, *day));
                ends = Some((from.min(*day), to.max(*day)));
            }
        }
        Ok(ends.and_then(|(from, to)| DayRange::new(from, to).ok()))
    }

    /// An underlying's own bars.
    pub(crate) async fn own_bars(
        &self,
        id: UnderlyingId,
        underlying: &Underlying,
        interval: ChartInterval,
        days: DayRange,
    ) -> Result<Vec<Bar>, EngineError> {
        let series = self.series_of(SeriesOwner::Underlying(id), interval, Some(days)).await?;
        let mut anchors = SessionAnchors::of(TradingCalendar::bundled());
        for (day, first_row) in undescribed_days(&series, &anchors) {
            anchors.begin(day, first_row.minute_of_day());
        }
        // No row of an index has volume.
        let is_index = underlying.kind == UnderlyingKind::Index;
        let rows = if is_index { PriceRows::All } else { PriceRows::WithVolume };
        Ok(best_bars(&series, interval, rows, &anchors))
    }

    /// Sessions that no circular describes begin with the underlying's first stored minute, for every contract of
    /// it alike; where there is none, with the first minute that is stored of any contract of the expiry.
    async fn session_anchors(
        &self,
        stored: &StoredContract,
        series: &[SeriesCandles],
    ) -> Result<SessionAnchors<'static>, EngineError> {
        let mut anchors = SessionAnchors::of(TradingCalendar::bundled());
        let undescribed = undescribed_days(series, &anchors);
        let (Some((first, _)), Some((last, _))) =
            (undescribed.first_key_value(), undescribed.last_key_value())
        else {
            return Ok(anchors);
        };
        let days = DayRange::new(*first, *last)?;
        let of_underlying = match self.store.underlying(&stored.contract.underlying_key).await? {
            Some((id, _)) => self.store.first_minutes_of_underlying(id, days).await?,
            None => BTreeMap::new(),
        };
        let of_expiry = if undescribed.keys().all(|day| of_underlying.contains_key(day)) {
            BTreeMap::new()
        } else {
            self.store.first_minutes_of_expiry(stored.expiry_id, days).await?
        };
        for (day, first_row) in undescribed {
            let begun = of_underlying.get(&day).or_else(|| of_expiry.get(&day)).unwrap_or(&first_row);
            anchors.begin(day, begun.minute_of_day());
        }
        Ok(anchors)
    }
}

/// With the first row of each.
fn undescribed_days(series: &[SeriesCandles], anchors: &SessionAnchors<'_>) -> BTreeMap<Day, EpochSeconds> {
    let mut days: BTreeMap<Day, EpochSeconds> = BTreeMap::new();
    for of in series.iter().filter(|of| of.interval.minutes().is_some()) {
        let mut rest = of.candles.as_slice();
        while let Some(first_row) = rest.first().map(|row| row.start) {
            let day = first_row.day();
            let end = day.next().start();
            rest = &rest[rest.partition_point(|row| row.start < end)..];
            if anchors.is_undescribed(day, first_row.minute_of_day()) {
                let first = days.entry(day).or_insert(first_row);
                *first = first_row.min(*first);
            }
        }
    }
    days
}
