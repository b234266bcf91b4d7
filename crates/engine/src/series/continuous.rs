//! The continuous future: the futures of all expiries whose lives touch the days, with their minutes of these days.
//! Expiries of options alone are passed over.

use std::collections::BTreeSet;

use analytics::series::{Continued, ContinuousFuture, FutureLife, Gap, Point};
use market::{Bar, Candle, ContractKinds, Day, Interval, Price, PriceRows, Prices, is_weekly, resample};
use store::{ContractId, StoredExpiry};

use super::days::StoredDays;
use super::document::Made;
use super::service::{Anchors, Making};
use crate::blocking::on_blocking_thread;
use crate::error::EngineError;

/// An expiry that has a future, whether that is stored or not.
struct Month {
    expiry: Day,
    contract: Option<ContractId>,
    days: BTreeSet<Day>,
}

pub(super) async fn make(of: &Making<'_>, series: ContinuousFuture) -> Result<Made, EngineError> {
    let months = months(of).await?;
    let all = months.iter().flat_map(|month| month.days.iter().copied()).collect();
    let words = format!("a future of {}", of.underlying.name);
    let days = StoredDays { days: all, of: &words }.chosen(of.wish, true)?;
    let (first, last) = (days[0], days[days.len() - 1]);
    let anchors = of.anchors(&days).await?;

    // The one before the first says from when on the first was the nearest.
    let begin = months.partition_point(|month| month.expiry < first).saturating_sub(1);
    let mut lives: Vec<(Day, Vec<Candle>)> = Vec::new();
    for month in &months[begin..] {
        lives.push((month.expiry, candles(of, month, first, last).await?));
    }
    let missing = missing(series, &lives, (first, last));
    let (points, continued) = on_blocking_thread(move || {
        let lives: Vec<FutureLife<'_>> =
            lives.iter().map(|(expiry, candles)| FutureLife { expiry: *expiry, candles }).collect();
        let mut continued = series.of(&lives);
        let bars = in_interval(std::mem::take(&mut continued.bars), &anchors);
        (bars.into_iter().map(point).collect::<Vec<_>>(), continued)
    })
    .await?;
    let (Some(begun), Some(ended)) = (points.first(), points.last()) else {
        let (first, last) = (first.to_long_text(), last.to_long_text());
        return Err(EngineError::NoChain(format!(
            "between {first} and {last} no minute is stored of the future of month {} of {}",
            series.month, of.underlying.name
        )));
    };
    let span = (begun.at.day(), ended.at.day());
    let Continued { rolls, .. } = continued;
    Ok(Made { expiry: None, span, points, rolls, addition: missing })
}

/// A sentence where a future was to be held on these days and nothing is stored of it.
fn missing(series: ContinuousFuture, lives: &[(Day, Vec<Candle>)], days: (Day, Day)) -> Option<String> {
    let behind = usize::from(series.month.max(1)) - 1;
    let last_day = |place: usize| lives[place].0.plus_days(-i64::from(series.roll_days));
    let is_nearest = |front: &usize| {
        let begins_in_time = front.checked_sub(1).is_none_or(|earlier| last_day(earlier) < days.1);
        last_day(*front) >= days.0 && begins_in_time
    };
    let held = (0..lives.len()).filter(is_nearest).filter_map(|front| lives.get(front + behind));
    let without: Vec<String> =
        held.filter(|(_, candles)| candles.is_empty()).map(|(expiry, _)| expiry.to_long_text()).collect();
    (!without.is_empty()).then(|| {
        format!("The days of the future of {} are missing: nothing is stored of it.", without.join(", of "))
    })
}

/// Oldest first.
async fn months(of: &Making<'_>) -> Result<Vec<Month>, EngineError> {
    let mut expiries = of.store.expiries(of.id).await?;
    expiries.reverse();
    let dates: Vec<Day> = expiries.iter().map(|expiry| expiry.date).collect();
    let mut months = Vec::new();
    for expiry in expiries {
        let future = of.store.contracts(expiry.id, ContractKinds::Futures).await?.into_iter().next();
        let is_monthly = |expiry: &StoredExpiry| {
            let weekly = expiry.weekly.or_else(|| is_weekly(&of.wish.underlying, expiry.date, &dates));
            // A list of futures that had none says more than the calendar.
            weekly == Some(false) && expiry.futures_listed.is_none()
        };
        if future.is_none() && !is_monthly(&expiry) {
            continue;
        }
        let contract = future.map(|future| future.id);
        let days = match contract {
            Some(id) => of.store.facts(id.into(), Interval::Minute1).await?.days.into_keys().collect(),
            None => BTreeSet::new(),
        };
        months.push(Month { expiry: expiry.date, contract, days });
    }
    Ok(months)
}

async fn candles(of: &Making<'_>, month: &Month, first: Day, last: Day) -> Result<Vec<Candle>, EngineError> {
    let Some(contract) = month.contract else { return Ok(Vec::new()) };
    match of.store.series(contract.into(), Interval::Minute1).await? {
        Some(series) => Ok(of.store.candles(series, first.start(), last.next().start()).await?),
        None => Ok(Vec::new()),
    }
}

/// A bar without prices stays a row without volume, which makes no price.
fn in_interval(bars: Vec<Bar>, anchors: &Anchors) -> Vec<Bar> {
    const NONE: Prices = Prices { open: Price(0), high: Price(0), low: Price(0), close: Price(0) };
    let candle = |bar: Bar| Candle {
        start: bar.start,
        prices: bar.prices.unwrap_or(NONE),
        volume: if bar.prices.is_some() { bar.volume } else { 0 },
        open_interest: bar.open_interest,
    };
    let minutes: Vec<Candle> = bars.into_iter().map(candle).collect();
    resample(&minutes, anchors.interval, PriceRows::WithVolume, &anchors.of_sessions())
}

fn point(bar: Bar) -> Point {
    let values = |Prices { open, high, low, close }: Prices| {
        let prices = [open, high, low, close].map(|price| Some(price.to_rupees()));
        prices.into_iter().chain([bar.volume, bar.open_interest].map(|units| Some(units as f64))).collect()
    };
    let priced = bar.prices.filter(|_| bar.volume > 0);
    Point { at: bar.start, values: priced.map(values).ok_or(Gap::NoTrade) }
}
