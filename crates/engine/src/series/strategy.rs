//! A strategy through time: the expiries of its legs are walked through side by side, on the days that all of them
//! have.

use std::collections::{BTreeMap, BTreeSet};

use analytics::series::{LegMinute, Point, StrategyMaker, StrategyOf};
use market::{Contract, Day, EpochSeconds, Interval};
use protocol::Minute;

use super::days::StoredDays;
use super::document::Made;
use super::maturity::common_minutes;
use super::of_expiry::words;
use super::service::Making;
use crate::blocking::on_blocking_thread;
use crate::chains::{DayWalk, ExpiryDay, KnownExpiry};
use crate::error::EngineError;

pub(super) async fn make(of: &Making<'_>, strategy: &StrategyOf) -> Result<Made, EngineError> {
    let legs = legs(of, strategy).await?;
    let dates: BTreeSet<Day> = legs.iter().map(|leg| leg.expiry).collect();
    let (mut expiries, mut days): (Vec<KnownExpiry>, Option<BTreeSet<Day>>) = (Vec::new(), None);
    for date in dates {
        let known = KnownExpiry::find(of.store, &of.wish.underlying, date).await?;
        let of_expiry = of.days_of(&known).await?;
        days = Some(days.map_or(of_expiry.clone(), |common| &common & &of_expiry));
        expiries.push(known);
    }
    let named = expiries.iter().map(words).collect::<Vec<_>>().join(" together with ");
    let to_collect = match expiries.as_slice() {
        [one] => Some(one.expiry.date),
        _ => None,
    };
    let stored = StoredDays { days: days.unwrap_or_default(), of: &named, to_collect };
    let days = stored.chosen(of.wish, false)?;
    let anchors = of.anchors(&days).await?;

    let places: BTreeMap<Day, usize> =
        expiries.iter().enumerate().map(|(place, known)| (known.expiry.date, place)).collect();
    let lots = strategy.legs.iter().map(|leg| leg.lots).collect();
    let mut maker = StrategyMaker::new(lots, strategy.since);
    let mut has_entry = false;
    let mut points = Vec::new();
    for day in &days {
        let mut read = Vec::new();
        for known in &expiries {
            read.push(known.read(of.store, *day, known.terms(of.reading, of.wish.rate)).await?);
        }
        let (legs, places) = (legs.clone(), places.clone());
        let (maker_after, of_day) = on_blocking_thread(move || {
            let of_day = minutes_of_day(&mut maker, &read, &legs, &places);
            (maker, of_day)
        })
        .await?;
        maker = maker_after;
        has_entry |= of_day.iter().any(|point| Some(point.at) == strategy.since && point.values.is_ok());
        points.extend(anchors.coarser(of_day));
    }
    if let Some(since) = strategy.since.filter(|_| !has_entry) {
        return Err(no_entry(since));
    }
    let span = (days[0], days[days.len() - 1]);
    Ok(Made { expiry: None, span, points, rolls: Vec::new(), addition: None })
}

fn minutes_of_day(
    maker: &mut StrategyMaker,
    read: &[ExpiryDay],
    legs: &[Contract],
    places: &BTreeMap<Day, usize>,
) -> Vec<Point> {
    // Where each leg stands: its expiry, and its option there; a future has none.
    let found: Vec<Option<(usize, Option<usize>)>> = legs
        .iter()
        .map(|leg| {
            let expiry = *places.get(&leg.expiry)?;
            let option = read[expiry].place_of(&leg.expired_key);
            let is_future = read[expiry].future().is_some_and(|future| future.expired_key == leg.expired_key);
            (option.is_some() || is_future).then_some((expiry, option))
        })
        .collect();
    let mut walks: Vec<DayWalk<'_>> = read.iter().map(ExpiryDay::walk).collect();
    let point = |at: EpochSeconds| {
        let snapshots: Vec<_> = walks.iter_mut().map(|walk| walk.to(at).snapshot()).collect();
        let leg = |(found, leg): (&Option<(usize, Option<usize>)>, &Contract)| match *found {
            Some((expiry, Some(option))) => LegMinute::of_option(&snapshots[expiry], option),
            Some((expiry, None)) => Some(LegMinute::of_future(snapshots[expiry].future(), leg.lot_size)),
            None => None,
        };
        let minutes: Vec<Option<LegMinute>> = found.iter().zip(legs).map(leg).collect();
        maker.minute(at, &minutes)
    };
    common_minutes(read).into_iter().map(point).collect()
}

/// Its legs, each of the underlying and with minutes.
async fn legs(of: &Making<'_>, strategy: &StrategyOf) -> Result<Vec<Contract>, EngineError> {
    let mut legs = Vec::new();
    for leg in &strategy.legs {
        let Some(stored) = of.store.contract(&leg.key).await? else {
            return Err(EngineError::UnknownContract(leg.key.clone()));
        };
        let contract = stored.contract;
        let (symbol, key) = (&contract.trading_symbol, &leg.key);
        if contract.underlying_key != of.wish.underlying {
            let name = &of.underlying.name;
            return Err(EngineError::NoSeries(format!("{symbol} ({key}) is no contract of {name}")));
        }
        if of.store.series(stored.id.into(), Interval::Minute1).await?.is_none() {
            let words =
                format!("no 1-minute candle was ever asked for of {symbol} ({key}): collect it first");
            return Err(EngineError::NotStored { expiry: contract.expiry, words });
        }
        legs.push(contract);
    }
    Ok(legs)
}

fn no_entry(since: EpochSeconds) -> EngineError {
    EngineError::NoSeries(format!(
        "at {} not every leg had been traded within two minutes, or it lies outside of these days: choose another \
         minute from which profit is counted",
        Minute::of(since)
    ))
}
