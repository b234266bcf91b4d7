//! One strategy over many expiries: the same rules at each, opened and followed by nothing but the minutes of its legs.
//! An expiry that cannot be priced says why and counts in nothing.

use analytics::series::LegMinute;
use analytics::{LegExpiry, Trade};
use market::{Candle, Day, DayRange, EpochSeconds, TradingCalendar};
use protocol::{Preferences, PricedRun, RunRow};
use store::Store;

use super::costs::Costs;
use super::follow::{Ends, Follower};
use super::look::{asked, check_end};
use super::market_then::MarketThen;
use super::opened::Opened;
use super::sentence::sentence;
use super::sessions::{before, check_minute, session_minutes, trading_days};
use super::wish::RunWish;
use crate::chains::newest_expiry;
use crate::error::{EngineError, ErrorKind};

/// More than a year of weekly ones.
pub(super) const EXPIRIES_MAX: usize = 60;
const YEAR_DAYS: i64 = 365;

/// Those of the range that are known, oldest first; also those of which nothing is stored.
pub(super) async fn expiries(store: &Store, wish: &RunWish) -> Result<Vec<Day>, EngineError> {
    check(wish)?;
    let Some((id, underlying)) = store.underlying(&wish.underlying).await? else {
        return Err(EngineError::NothingStored { key: wish.underlying.to_string() });
    };
    let newest = newest_expiry(store, id, &underlying).await?;
    let to = wish.to.unwrap_or(newest);
    let from = wish.from.unwrap_or_else(|| to.plus_days(1 - YEAR_DAYS));
    let known = store.expiries(id).await?.into_iter().map(|expiry| expiry.date);
    let mut dates: Vec<Day> = known.filter(|date| (from..=to).contains(date)).collect();
    dates.sort_unstable();
    if dates.is_empty() {
        let (name, from, to) = (&underlying.name, from.to_long_text(), to.to_long_text());
        return Err(EngineError::NoStrategy(format!(
            "no expiry of {name} from {from} to {to} is known here"
        )));
    }
    if dates.len() > EXPIRIES_MAX {
        if wish.from.is_some() {
            return Err(EngineError::NoStrategy(format!(
                "a run takes at most {EXPIRIES_MAX} expiries, and these are {}: choose fewer, by the first and the last",
                dates.len()
            )));
        }
        dates.drain(..dates.len() - EXPIRIES_MAX);
    }
    Ok(dates)
}

/// What no expiry could make right.
fn check(wish: &RunWish) -> Result<(), EngineError> {
    DayRange::between(wish.from, wish.to)?;
    if wish.plan.legs().iter().any(|leg| matches!(leg.expiry, LegExpiry::On(_))) {
        return Err(EngineError::NoStrategy(
            "in a run over expiries a leg is of each of them, or of the one after it (@next): leave its date out".to_owned(),
        ));
    }
    let exit = wish.exit.map(|exit| ("exit", exit));
    for (what, of) in [("entry", wish.entry)].into_iter().chain(exit) {
        // Some day with ordinary hours of today.
        let hours = TradingCalendar::bundled().regular_hours(TradingCalendar::bundled().last_known_day());
        let minute = of.at.minute_of_day();
        if !(hours.open..hours.close).contains(&minute) {
            let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
            return Err(EngineError::NoSuchMinute(format!(
                "the {what} at {} lies outside of the session: write a time from {} to {}",
                of.at,
                time(hours.open),
                time(hours.close - 1)
            )));
        }
    }
    let is_after = |exit: protocol::DaysBefore| {
        (exit.days, std::cmp::Reverse(exit.at)) < (wish.entry.days, std::cmp::Reverse(wish.entry.at))
    };
    if let Some(exit) = wish.exit.filter(|exit| !is_after(*exit)) {
        let entry = wish.entry;
        return Err(EngineError::NoSuchMinute(format!(
            "the exit {exit} does not lie after the entry {entry}: so many trading days before the expiry, then the time"
        )));
    }
    Ok(())
}

/// Why an expiry is not priced.
struct NotPriced {
    /// A sentence.
    because: String,
    to_collect: Option<Day>,
}

/// One of them.
pub(super) async fn run_one(
    store: &Store,
    wish: &RunWish,
    expiry: Day,
    set: Preferences,
) -> Result<RunRow, EngineError> {
    let NotPriced { because, to_collect } = match priced(store, wish, expiry, set).await {
        Ok(Ok(run)) => {
            return Ok(RunRow { expiry, not_priced_because: None, to_collect: None, priced: Some(run) });
        }
        Ok(Err(why)) => why,
        Err(error) if matches!(error.kind(), ErrorKind::Refused | ErrorKind::NotFound) => {
            NotPriced { because: sentence(&error.to_string()), to_collect: error.to_collect() }
        }
        Err(error) => return Err(error),
    };
    Ok(RunRow { expiry, not_priced_because: Some(because), to_collect, priced: None })
}

async fn priced(
    store: &Store,
    wish: &RunWish,
    expiry: Day,
    set: Preferences,
) -> Result<Result<PricedRun, NotPriced>, EngineError> {
    let entry = before(expiry, wish.entry);
    check_minute("entry", entry)?;
    let exit = wish.exit.map(|exit| before(expiry, exit));
    if let Some(exit) = exit {
        check_minute("exit", exit)?;
    }
    let with = (set.reading, wish.terms.rate);
    let of = (&wish.underlying, expiry);
    let market = MarketThen::read(store, of, entry, wish.plan.legs().iter(), with).await?;
    let opened = Opened::open(store, &wish.plan, &market, entry).await?;
    let ends = Ends { exit, stops: wish.stops, last_minute: opened.last_minute() };
    check_end(&ends, entry)?;

    let mut legs = Vec::new();
    for leg in &opened.legs {
        let until = EpochSeconds(ends.last().0 + 1);
        let candles = store.candles(leg.series, entry, until).await?;
        legs.push(LegCandles { candles, next: 0, last: leg.entry, is_contract: leg.contract.is_some() });
    }
    let asked = asked(store, &opened).await?;
    let costs = Costs::of(wish.terms.costs(set.costs));
    let mut follower = Follower::new(&opened, costs, ends);
    for day in trading_days(entry.day(), ends.last().day()) {
        let stored: Vec<bool> = asked
            .iter()
            .zip(&legs)
            .map(|(ranges, leg)| ranges.iter().any(|range| range.contains(day)) || leg.has_row_on(day))
            .collect();
        let within = (entry, ends.last());
        let mut minutes: Vec<EpochSeconds> = session_minutes(day, within).collect();
        minutes.extend(legs.iter().flat_map(|leg| leg.of_day(day)).map(|candle| candle.start));
        minutes.sort_unstable();
        minutes.dedup();
        for at in minutes {
            if follower.has_ended() {
                break;
            }
            let now: Vec<Option<LegMinute>> = legs
                .iter_mut()
                .zip(&opened.legs)
                .map(|(candles, leg)| {
                    Some(LegMinute { last: Some(candles.to(at)), greeks: None, lot: leg.lot })
                })
                .collect();
            follower.minute(at, &now, &stored);
        }
    }
    let outcome = follower.outcome().map_err(|why| {
        let leg = why.leg_to_collect.and_then(|place| opened.legs.get(place));
        NotPriced { because: why.because, to_collect: leg.map(|leg| leg.expiry) }
    });
    Ok(outcome.map(|outcome| PricedRun {
        entry: entry.to_rfc3339(),
        exit: outcome.at.to_rfc3339(),
        reason: outcome.reason,
        strikes: opened.legs.iter().map(|leg| leg.strike.map(|(strike, _)| strike.to_rupees())).collect(),
        lot_size: opened.legs.first().map_or(0, |leg| leg.lot),
        premium: opened.premium(),
        profit: outcome.profit,
        costs: outcome.costs,
        drawdown: outcome.drawdown,
    }))
}

/// The candles of a leg from its entry on, walked through forwards.
struct LegCandles {
    candles: Vec<Candle>,
    /// The first one that is not walked through yet.
    next: usize,
    last: Trade,
    /// A row of a contract without volume repeats an old price; an index never has any.
    is_contract: bool,
}

impl LegCandles {
    /// The last trade by the end of a minute.
    fn to(&mut self, at: EpochSeconds) -> Trade {
        while let Some(candle) = self.candles.get(self.next).filter(|candle| candle.start <= at) {
            let trade = if self.is_contract { Trade::of(candle) } else { Trade::told_by(candle) };
            self.last = trade.unwrap_or(self.last);
            self.next += 1;
        }
        self.last
    }

    fn of_day(&self, day: Day) -> &[Candle] {
        let place = |at: EpochSeconds| self.candles.partition_point(|candle| candle.start < at);
        &self.candles[place(day.start())..place(day.next().start())]
    }

    fn has_row_on(&self, day: Day) -> bool {
        !self.of_day(day).is_empty()
    }
}
