//! Strategies of one expiry side by side: opened in the same minute, then all followed through the days, each of which
//! is read once.

use std::collections::BTreeMap;

use analytics::StrategyPlan;
use analytics::series::{LegMinute, Point};
use market::{Day, DayRange, EpochSeconds, Interval};
use protocol::{Minute, Preferences, STRATEGY_REMARK, StrategyDocument, StrategyPicture};
use store::{SeriesOwner, Store};

use super::costs::Costs;
use super::follow::{Ends, Follower};
use super::market_then::MarketThen;
use super::opened::Opened;
use super::payoff::payoff;
use super::picture::opened_picture;
use super::sentence::sentence;
use super::sessions::{check_minute, session_minutes, trading_days};
use super::wish::StrategyWish;
use crate::blocking::on_blocking_thread;
use crate::chains::{DayWalk, ExpiryDay, rate_of};
use crate::error::{EngineError, ErrorKind};
use crate::series::{Anchors, days_joined};

/// Half a year of trading. Longer ones want an exit.
pub(super) const DAYS_MAX: usize = 130;

/// A strategy on its way.
struct Way {
    opened: Opened,
    follower: Follower,
    points: Vec<Point>,
    /// Of each leg, the days whose minutes were asked for.
    asked: Vec<Vec<DayRange>>,
}

pub(super) async fn look(
    store: &Store,
    wish: &StrategyWish,
    set: Preferences,
) -> Result<StrategyDocument, EngineError> {
    let entry = wish.entry.start();
    check(wish)?;
    let costs_set = wish.terms.costs(set.costs);
    let costs = Costs::of(costs_set);
    let with = (set.reading, wish.terms.rate);
    let legs = || wish.plans.strategies().iter().flat_map(|plan| plan.legs());
    let of = (&wish.underlying, wish.expiry);
    let market = MarketThen::read(store, of, entry, legs(), with).await?;

    let (mut ways, mut refused): (Vec<Way>, Vec<Option<EngineError>>) = (Vec::new(), Vec::new());
    for plan in wish.plans.strategies() {
        match set_out(store, plan, &market, wish, costs).await {
            Ok(way) => {
                ways.push(way);
                refused.push(None);
            }
            Err(error) if error.kind() == ErrorKind::Failed => return Err(error),
            Err(error) => refused.push(Some(error)),
        }
    }
    // Where none can be opened there is no document.
    if ways.is_empty()
        && let Some(error) = refused.iter_mut().find_map(Option::take)
    {
        return Err(error);
    }
    let (moment, later);
    let seen_from = match wish.at {
        Some(at) => {
            moment = at.start();
            later = MarketThen::read(store, of, moment, legs(), with).await?;
            &later
        }
        None => {
            moment = entry;
            &market
        }
    };
    let payoffs: Vec<_> = ways.iter().map(|way| payoff(&way.opened, seen_from, moment, costs)).collect();
    let mut followed = follow(store, wish, &market, ways).await?.into_iter().zip(payoffs);
    let strategies = refused.into_iter().zip(wish.plans.strategies()).map(|(refused, plan)| {
        let way = if refused.is_none() { followed.next() } else { None };
        let opened = way.map(|(way, payoff)| {
            let Way { opened, follower, points, .. } = way;
            opened_picture(&opened, points, follower.outcome(), payoff)
        });
        StrategyPicture {
            legs: plan.to_string(),
            to_collect: refused.as_ref().and_then(EngineError::to_collect),
            refused: refused.map(|error| sentence(&error.to_string())),
            opened,
        }
    });
    let strategies = strategies.collect();
    Ok(StrategyDocument {
        underlying: wish.underlying.clone(),
        name: market.expiries[&wish.expiry].known.underlying.name.clone(),
        expiry: wish.expiry,
        entry: entry.to_rfc3339(),
        interval: wish.interval,
        rate: wish.terms.rate.unwrap_or_else(|| rate_of(set.reading)).fraction(),
        costs: costs_set,
        remark: STRATEGY_REMARK.to_owned(),
        strategies,
    })
}

fn check(wish: &StrategyWish) -> Result<(), EngineError> {
    let entry = wish.entry.start();
    check_minute("entry", entry)?;
    if entry.day() > wish.expiry {
        let (day, expiry) = (entry.day().to_long_text(), wish.expiry.to_long_text());
        return Err(EngineError::NoSuchMinute(format!(
            "the entry on {day} lies after the expiry on {expiry}: choose a minute before it"
        )));
    }
    if let Some(at) = wish.at {
        let expiry = wish.expiry.to_long_text();
        if at < wish.entry {
            return Err(EngineError::NoSuchMinute(format!(
                "the payoff is seen from the entry at {} on, and {at} lies before it",
                wish.entry
            )));
        }
        if at.start().day() > wish.expiry {
            return Err(EngineError::NoSuchMinute(format!(
                "the payoff is seen up to the expiry on {expiry}, and {at} lies after it"
            )));
        }
        check_minute("payoff", at.start())?;
    }
    let Some(exit) = wish.exit else { return Ok(()) };
    check_minute("exit", exit.start())?;
    if exit <= wish.entry {
        let entry = wish.entry;
        return Err(EngineError::NoSuchMinute(format!(
            "the exit at {exit} does not lie after the entry at {entry}"
        )));
    }
    Ok(())
}

async fn set_out(
    store: &Store,
    plan: &StrategyPlan,
    market: &MarketThen,
    wish: &StrategyWish,
    costs: Costs,
) -> Result<Way, EngineError> {
    let opened = Opened::open(store, plan, market, wish.entry.start()).await?;
    let ends =
        Ends { exit: wish.exit.map(Minute::start), stops: wish.stops, last_minute: opened.last_minute() };
    check_end(&ends, opened.at)?;
    let asked = asked(store, &opened).await?;
    let follower = Follower::new(&opened, costs, ends);
    Ok(Way { opened, follower, points: Vec::new(), asked })
}

/// Refuses an exit after the first settlement, and more days than are followed.
pub(super) fn check_end(ends: &Ends, entry: EpochSeconds) -> Result<(), EngineError> {
    if let Some(exit) = ends.exit.filter(|exit| *exit > ends.last_minute) {
        let (exit, last) = (Minute::of(exit), Minute::of(ends.last_minute));
        return Err(EngineError::NoSuchMinute(format!(
            "the exit at {exit} lies after the first expiry of its legs: their last minute is {last}"
        )));
    }
    let days = trading_days(entry.day(), ends.last().day()).take(DAYS_MAX + 1).count();
    if days > DAYS_MAX {
        return Err(EngineError::NoStrategy(format!(
            "a strategy is followed for at most {DAYS_MAX} trading days: choose an exit before"
        )));
    }
    Ok(())
}

/// Of each leg, the days whose minutes were asked for, or of which the exchange proves that there are none.
pub(super) async fn asked(store: &Store, opened: &Opened) -> Result<Vec<Vec<DayRange>>, EngineError> {
    let mut asked = Vec::new();
    for leg in &opened.legs {
        // An index has minutes of every day on which anything was collected.
        let ranges = match &leg.contract {
            Some(contract) => match store.contract(&contract.expired_key).await? {
                Some(stored) => {
                    let owner = SeriesOwner::from(stored.id);
                    let mut days = store.covered_ranges(owner, Interval::Minute1).await?;
                    days.append(&mut store.proved_ranges(owner).await?);
                    days
                }
                None => Vec::new(),
            },
            None => DayRange::new(leg.expiry.plus_days(-1000), leg.expiry).into_iter().collect(),
        };
        asked.push(ranges);
    }
    Ok(asked)
}

async fn follow(
    store: &Store,
    wish: &StrategyWish,
    market: &MarketThen,
    mut ways: Vec<Way>,
) -> Result<Vec<Way>, EngineError> {
    let entry = wish.entry.start();
    let last = ways.iter().map(|way| way.follower.last()).max().unwrap_or(entry);
    let dates: Vec<Day> = market.expiries.keys().copied().collect();
    let days: Vec<Day> = trading_days(entry.day(), last.day()).collect();
    let id = market.expiries[&wish.expiry].known.id;
    let anchors = Anchors::read(store, id, wish.interval, &days).await?;
    for day in days {
        let mut read = Vec::new();
        for date in &dates {
            let then = &market.expiries[date];
            read.push(then.known.read(store, day, then.terms).await?);
        }
        let (dates, anchors) = (dates.clone(), anchors.clone());
        ways = on_blocking_thread(move || {
            for way in &mut ways {
                let points = way.through(&read, &dates, (day, entry));
                way.points.extend(anchors.coarser(points));
            }
            ways
        })
        .await?;
        if ways.iter().all(|way| way.follower.has_ended()) {
            break;
        }
    }
    for way in &mut ways {
        way.points = days_joined(std::mem::take(&mut way.points), wish.interval);
    }
    Ok(ways)
}

impl Way {
    /// The points of a day.
    fn through(
        &mut self,
        read: &[ExpiryDay],
        dates: &[Day],
        (day, entry): (Day, EpochSeconds),
    ) -> Vec<Point> {
        let place_of_date = |date: Day| dates.iter().position(|known| *known == date);
        // Where each leg stands: its expiry, and its option there; a future and the underlying have none.
        let found: Vec<Option<(usize, Option<usize>)>> = self
            .opened
            .legs
            .iter()
            .map(|leg| {
                let expiry = place_of_date(leg.expiry)?;
                let key = leg.contract.as_ref().map(|contract| &contract.expired_key);
                let option = key.and_then(|key| read[expiry].place_of(key));
                (leg.strike.is_none() || option.is_some()).then_some((expiry, option))
            })
            .collect();
        let used: BTreeMap<usize, ()> = found.iter().flatten().map(|(expiry, _)| (*expiry, ())).collect();
        let within = (entry, self.follower.last());
        let mut minutes: Vec<EpochSeconds> = session_minutes(day, within).collect();
        let told = used.keys().flat_map(|expiry| read[*expiry].session_minutes());
        minutes.extend(told.filter(|at| (within.0..=within.1).contains(at)));
        minutes.sort_unstable();
        minutes.dedup();

        let mut walks: BTreeMap<usize, DayWalk<'_>> =
            used.keys().map(|expiry| (*expiry, read[*expiry].walk())).collect();
        let asked: Vec<bool> =
            self.asked.iter().map(|ranges| ranges.iter().any(|range| range.contains(day))).collect();
        let mut points = Vec::new();
        for at in minutes {
            if self.follower.has_ended() {
                break;
            }
            let snapshots: BTreeMap<usize, _> =
                walks.iter_mut().map(|(expiry, walk)| (*expiry, walk.to(at).snapshot())).collect();
            let legs: Vec<Option<LegMinute>> = found
                .iter()
                .zip(&self.opened.legs)
                .map(|(found, leg)| match *found {
                    Some((expiry, Some(option))) => LegMinute::of_option(&snapshots[&expiry], option),
                    Some((expiry, None)) => {
                        let of = &snapshots[&expiry];
                        let last = if leg.contract.is_some() { of.future() } else { of.spot() };
                        Some(LegMinute::of_future(last, leg.lot))
                    }
                    None => None,
                })
                .collect();
            let has_row = |leg: &Option<LegMinute>| {
                leg.and_then(|leg| leg.last).is_some_and(|last| last.at.day() == day)
            };
            let stored: Vec<bool> =
                asked.iter().zip(&legs).map(|(asked, leg)| *asked || has_row(leg)).collect();
            points.push(self.follower.minute(at, &legs, &stored));
        }
        points
    }
}
