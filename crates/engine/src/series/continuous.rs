//! The continuous future: the futures of all expiries whose lives touch the days, with their minutes of these days.
//! Expiries of options alone are passed over.

use std::collections::BTreeSet;

use analytics::series::{Adjustment, Continued, ContinuousFuture, FutureLife, Gap, Point, Roll};
use market::{
    Bar, Candle, ContractKinds, Day, Interval, Price, PriceRows, Prices, TradingCalendar, is_weekly, resample,
};
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
    let days = StoredDays { days: all, of: &words, to_collect: None }.chosen(of.wish, true)?;
    let (first, last) = (days[0], days[days.len() - 1]);
    let anchors = of.anchors(&days).await?;

    // The one before the first says from when on the first was the nearest.
    let begin = months.partition_point(|month| month.expiry < first).saturating_sub(1);
    let mut lives: Vec<(Day, Vec<Candle>)> = Vec::new();
    for month in &months[begin..] {
        lives.push((month.expiry, candles(of, month, first, last).await?));
    }
    let mut sentences = missing(series, &lives, (first, last));
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
    sentences.extend(left_out(series, &rolls));
    let addition = (!sentences.is_empty()).then(|| sentences.join(" "));
    Ok(Made { expiry: None, span, points, rolls, addition })
}

/// Sentences for the futures that were to be held on these days and of which days are not stored, or nothing at all.
fn missing(series: ContinuousFuture, lives: &[(Day, Vec<Candle>)], days: (Day, Day)) -> Vec<String> {
    let behind = usize::from(series.month.max(1)) - 1;
    let last_day = |place: usize| lives[place].0.plus_days(-i64::from(series.roll_days));
    let (mut unknown, mut sentences) = (Vec::new(), Vec::new());
    for (front, (expiry, candles)) in lives.iter().skip(behind).enumerate() {
        // Where nothing is known of an earlier one, it is held from its first row on.
        let begin = match front.checked_sub(1) {
            Some(earlier) => last_day(earlier).next(),
            None => candles.first().map_or(days.0, |first| first.start.day()),
        };
        let held = (begin.max(days.0), last_day(front).min(days.1));
        if candles.is_empty() {
            unknown.extend((held.0 <= held.1).then(|| expiry.to_long_text()));
            continue;
        }
        let without = trading_days_without(candles, held);
        let (Some(first), Some(last)) = (without.first(), without.last()) else { continue };
        let (expiry, first, last) = (expiry.to_long_text(), first.to_long_text(), last.to_long_text());
        sentences.push(match without.len() {
            1 => format!("Of the future of {expiry} nothing is stored on {first}, a trading day on which it is held."),
            days => format!(
                "Of the future of {expiry} nothing is stored on {days} trading days on which it is held, from {first} to {last}."
            ),
        });
    }
    if !unknown.is_empty() {
        let of = unknown.join(", of ");
        sentences.insert(0, format!("The days of the future of {of} are missing: nothing is stored of it."));
    }
    sentences
}

/// From one day to another, both included.
fn trading_days_without(candles: &[Candle], (from, to): (Day, Day)) -> Vec<Day> {
    let stored: BTreeSet<Day> = candles.iter().map(|candle| candle.start.day()).collect();
    let days = (from.days_since_1970()..=to.days_since_1970()).map(Day::from_days_since_1970);
    days.filter(|day| TradingCalendar::bundled().day(*day).is_open() && !stored.contains(day)).collect()
}

/// A sentence where an adjusted line had to leave out what came before a roll.
fn left_out(series: ContinuousFuture, rolls: &[Roll]) -> Option<String> {
    let unmeasured = |roll: &&Roll| series.adjusted == Adjustment::Difference && roll.difference.is_none();
    rolls.iter().rev().find(unmeasured).map(|roll| {
        let [after, from, to] = [roll.after, roll.from, roll.to].map(Day::to_long_text);
        format!(
            "What came up to {after} is left out: no minute of that day is stored in which the futures of {from} and of {to} were both traded, so nothing tells the difference by which to adjust it."
        )
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
