//! What the strategy page asks: its address read into wishes, what is left out chosen, and the answers drawn.

use engine::{
    Engine, EngineError, ErrorKind, RunWish, Stops, StrategyPlans, StrategyWish, WishedTerms, run_summary,
};
use market::{ChartInterval, Day, EpochSeconds, InstrumentKey, TradingCalendar};
use protocol::{ChainChoices, ChainDays, ChainWish, DaysBefore, Minute};

use super::drawing;
use crate::drawn_strategy::{Refusal, RunPart, StrategyPage};
use crate::format;
use crate::strategy_address::StrategyAddress;

/// What the page opens with.
const LEGS: &str = "sell:1:call:atm,sell:1:put:atm";
const ENTRY_MINUTE: u16 = 9 * 60 + 20;
const RUN_ENTRY: &str = "1@09:20";
/// Expiries that are run in one answer: the page shows how far it is between them.
const PART: usize = 8;

/// Refuses nothing itself: what cannot be opened is said in the page. `None`: nothing is stored.
pub(crate) async fn strategy_page(
    engine: &Engine,
    mut address: StrategyAddress,
) -> Result<Option<StrategyPage>, EngineError> {
    let wish = ChainWish {
        underlying: Some(&address.underlying)
            .filter(|text| !text.is_empty())
            .and_then(|text| text.parse().ok()),
        expiry: address.expiry.parse().ok(),
        at: None,
    };
    let Some(ChainChoices { underlyings, days, .. }) = engine.chains().choices(&wish).await? else {
        return Ok(None);
    };
    fill(&mut address, &days);
    let form = address.legs.parse::<StrategyPlans>().map(|plans| drawing::form(&plans)).unwrap_or_default();
    let mut page = StrategyPage {
        underlyings: underlyings.into_iter().map(|(key, name)| (key.to_string(), name)).collect(),
        expiries: days.expiries.iter().map(|day| (day.to_string(), format::day(*day))).collect(),
        days: days.days.iter().rev().map(|of| (of.day.to_string(), format::day(of.day))).collect(),
        form,
        address,
        refused: None,
        drawn: None,
    };
    let answer = match wish_of(&page.address, &days) {
        Ok(wish) => engine.strategies().look(&wish).await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(document) => page.drawn = Some(drawing::strategies(&document, &page.address)),
        Err(error) if matches!(error.kind(), ErrorKind::Refused | ErrorKind::NotFound) => {
            let why = format::sentence(&error.to_string());
            page.refused = Some(Refusal { why, to_collect: error.to_collect() });
        }
        Err(error) => return Err(error),
    }
    Ok(Some(page))
}

/// What is left out is chosen.
fn fill(address: &mut StrategyAddress, days: &ChainDays) {
    address.underlying = days.underlying.to_string();
    address.expiry = days.expiry.to_string();
    if address.legs.is_empty() {
        address.legs = LEGS.to_owned();
    }
    if address.entry.is_empty() {
        // The day before the expiry, or the only one that there is.
        let day = days.days.iter().rev().nth(1).or(days.days.last());
        if let Some(day) = day {
            let minute = ENTRY_MINUTE.clamp(day.first_minute, day.last_minute);
            address.entry = Minute::of(day.day.at_minute(minute)).to_string();
        }
    }
    if address.run_entry.is_empty() {
        address.run_entry = RUN_ENTRY.to_owned();
    }
}

fn wish_of(address: &StrategyAddress, days: &ChainDays) -> Result<StrategyWish, EngineError> {
    let plans: StrategyPlans = address.legs.parse()?;
    let entry: Minute = read(&address.entry)?;
    let exit: Option<Minute> = read_if_any(&address.exit)?;
    let last = exit.map_or(days.expiry, Minute::day);
    Ok(StrategyWish {
        underlying: days.underlying.clone(),
        expiry: days.expiry,
        plans,
        entry,
        exit,
        stops: stops(address)?,
        interval: interval(entry.day(), last),
        at: read_if_any(&address.at)?,
        terms: WishedTerms::default(),
    })
}

fn stops(address: &StrategyAddress) -> Result<Stops, EngineError> {
    Ok(Stops { profit: read_if_any(&address.profit)?, loss: read_if_any(&address.loss)? })
}

fn read<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, EngineError> {
    text.parse().map_err(|error: T::Err| EngineError::NoStrategy(error.to_string()))
}

fn read_if_any<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<Option<T>, EngineError> {
    if text.trim().is_empty() { Ok(None) } else { read(text).map(Some) }
}

/// As fine as a page has room for: some four hundred points.
fn interval(from: Day, to: Day) -> ChartInterval {
    let calendar = TradingCalendar::bundled();
    let days = (from.days_since_1970()..=to.days_since_1970()).map(Day::from_days_since_1970);
    match days.filter(|day| calendar.day(*day).is_open()).take(60).count() {
        ..=1 => ChartInterval::MINUTE_1,
        2..=5 => ChartInterval::MINUTE_5,
        6..=15 => ChartInterval::MINUTE_15,
        16..=55 => ChartInterval::HOUR_1,
        _ => ChartInterval::Day,
    }
}

/// The next expiries of a run, behind those whose profits are known.
pub(crate) async fn strategy_run(
    engine: &Engine,
    address: StrategyAddress,
    before: Vec<Option<f64>>,
) -> Result<RunPart, EngineError> {
    let wish = run_wish(&address)?;
    let expiries = engine.strategies().expiries(&wish).await?;
    let mut profits = before;
    let mut rows = Vec::new();
    for expiry in expiries.iter().skip(profits.len()).take(PART) {
        let row = engine.strategies().run_one(&wish, *expiry).await?;
        profits.push(row.priced.as_ref().map(|priced| priced.profit));
        rows.push(drawing::run_line(&row, &address));
    }
    Ok(drawing::run_part(rows, profits.clone(), expiries.len(), &run_summary(&profits), &address))
}

fn run_wish(address: &StrategyAddress) -> Result<RunWish, EngineError> {
    let plans: StrategyPlans = address.legs.parse()?;
    let plan = plans.strategies().get(address.shown()).unwrap_or(&plans.strategies()[0]).clone();
    let underlying: InstrumentKey = read(&address.underlying)?;
    let entry: DaysBefore = read(&address.run_entry)?;
    let exit: Option<DaysBefore> = read_if_any(&address.run_exit)?;
    let stops = stops(address)?;
    Ok(RunWish { underlying, plan, entry, exit, stops, from: None, to: None, terms: WishedTerms::default() })
}

/// As REST and this page write a moment: `2025-08-25T09:20`.
pub(crate) fn minute_text(moment: &str) -> String {
    EpochSeconds::parse_rfc3339(moment).map(|at| Minute::of(at).to_string()).unwrap_or_default()
}
