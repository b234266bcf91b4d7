//! Forward, volatility and greeks of one option at each of its bars: what a chain of the minute says of it, to the last
//! digit. Days are read one after the other, each let go before the next. Of most only the strikes around its own are
//! read, as long as that provably changes nothing; a bar longer than a minute takes the last minute of it that has a
//! value.

use std::collections::BTreeMap;

use analytics::{
    Cell, Forward, ForwardSource, NoVolatility, Snapshot, StrikeVolatility, VOLATILITY_AGE_MINUTES_MAX,
};
use market::{BarStarts, ContractKinds, Day, EpochSeconds, Interval, Strike};
use protocol::ReadingPreferences;

use super::Sparse;
use super::lines::Lines;
use crate::blocking::on_blocking_thread;
use crate::chains::{KnownExpiry, rate_of};
use crate::error::EngineError;

/// No option is listed for longer: five years of trading days. Of more the last ones are taken.
const DAYS_MAX: usize = 1_300;
/// Strikes beside its own that are read at first.
const BESIDE: usize = 1;

/// Where there is no option, or no minute of it.
const NO_OPTION: &str = "no_option";
const NO_MINUTES: &str = "no_minutes";

pub(super) struct Made {
    pub columns: Vec<Sparse<f64>>,
    pub words: Vec<Sparse<&'static str>>,
    pub rate: f64,
}

/// What is said of the option in a minute.
#[derive(Clone, Copy)]
struct OptionMinute {
    at: EpochSeconds,
    forward: Option<Forward>,
    /// `Err` also where it was never traded by then.
    volatility: Result<StrikeVolatility, NoVolatility>,
    cell: Option<Figures>,
}

/// Its own figures, as the chain has them.
#[derive(Clone, Copy)]
struct Figures {
    time_value: Option<f64>,
    greeks: Option<analytics::Greeks>,
}

pub(super) async fn make(lines: &Lines<'_>, reading: ReadingPreferences) -> Result<Made, EngineError> {
    let rate = rate_of(reading).fraction();
    if !lines.stored.contract.kind.is_option() {
        return Ok(Made { rate, ..told(lines, &[], NO_OPTION) });
    }
    let minutes = minutes(lines, reading).await?;
    let of_bars = at_bars(lines, minutes);
    Ok(Made { rate, ..told(lines, &of_bars, NO_MINUTES) })
}

/// Of all minutes of the days on which it has any.
async fn minutes(lines: &Lines<'_>, reading: ReadingPreferences) -> Result<Vec<OptionMinute>, EngineError> {
    let (store, contract) = (&lines.data.store, &lines.stored.contract);
    let known = KnownExpiry::find(store, &contract.underlying_key, contract.expiry).await?;
    let terms = known.terms(reading, None);
    let facts = store.facts(lines.stored.id.into(), Interval::Minute1).await?;
    let days: Vec<Day> = facts.days.keys().copied().filter(|day| lines.days.contains(*day)).collect();
    let around = Around::of(lines, &known).await?;
    let mut minutes = Vec::new();
    for day in &days[days.len().saturating_sub(DAYS_MAX)..] {
        let span = facts.days[day];
        let mut made = None;
        for part in [around.clone(), None] {
            let is_whole = part.is_none();
            let strikes = part.as_ref().map(|part| part.strikes);
            let read = known.read_strikes(store, *day, terms, strikes).await?;
            let key = contract.expired_key.clone();
            made = on_blocking_thread(move || {
                let place = read.place_of(&key)?;
                let mut minutes = Vec::new();
                let mut is_enough = true;
                read.states(read.minutes_within((span.first, span.last)).into_iter(), |state| {
                    let snapshot = state.snapshot();
                    is_enough &= part.as_ref().is_none_or(|part| part.is_enough(&snapshot));
                    minutes.push(minute(&snapshot, place));
                });
                is_enough.then_some(minutes)
            })
            .await?;
            if made.is_some() || is_whole {
                break;
            }
        }
        minutes.extend(made.unwrap_or_default());
    }
    Ok(minutes)
}

fn minute(snapshot: &Snapshot<'_>, option: usize) -> OptionMinute {
    let said = snapshot.cell_of(option);
    // An old price and the forward of now say nothing together.
    let time_value = |cell: &Cell| cell.time_value.filter(|_| cell.age_minutes <= VOLATILITY_AGE_MINUTES_MAX);
    OptionMinute {
        at: snapshot.at(),
        forward: snapshot.forward().ok(),
        volatility: said.as_ref().map_or(Err(NoVolatility::Stale), |(volatility, _)| *volatility),
        cell: said.map(|(_, cell)| Figures { time_value: time_value(&cell), greeks: cell.greeks }),
    }
}

/// The strikes around the option's own that are read of a day.
#[derive(Clone)]
struct Around {
    own: Strike,
    strikes: (Strike, Strike),
    /// The nearest strikes that are not read.
    unread: [Option<Strike>; 2],
}

impl Around {
    /// `None` where the expiry has no future: then all strikes have a say in the forward.
    async fn of(lines: &Lines<'_>, known: &KnownExpiry) -> Result<Option<Self>, EngineError> {
        let contracts = lines.data.store.contracts(known.expiry.id, ContractKinds::Both).await?;
        let has_future = contracts.iter().any(|stored| stored.contract.strike.is_none());
        let mut strikes: Vec<Strike> = contracts.iter().filter_map(|stored| stored.contract.strike).collect();
        strikes.sort_unstable();
        strikes.dedup();
        let own = lines.stored.contract.strike.filter(|_| has_future);
        let Some((own, place)) = own.and_then(|own| Some((own, strikes.binary_search(&own).ok()?))) else {
            return Ok(None);
        };
        let from = place.saturating_sub(BESIDE);
        let to = (place + BESIDE).min(strikes.len() - 1);
        let below = from.checked_sub(1).and_then(|place| strikes.get(place));
        Ok(Some(Self {
            own,
            strikes: (strikes[from], strikes[to]),
            unread: [below.copied(), strikes.get(to + 1).copied()],
        }))
    }

    /// Whether all strikes would say the same of the option in this minute: the forward is the future's, and its own
    /// strike is at the money whatever was not read, or another one is nearer.
    fn is_enough(&self, snapshot: &Snapshot<'_>) -> bool {
        let Some(forward) = snapshot.forward().ok().filter(|of| of.source == ForwardSource::Future) else {
            return false;
        };
        let distance = |strike: Strike| (strike.to_rupees() - forward.price).abs();
        let is_nearer = |unread: &Strike| distance(*unread) <= distance(self.own);
        snapshot.at_the_money() != Some(self.own) || !self.unread.iter().flatten().any(is_nearer)
    }
}

/// By the start of its bar: the last minute of it that has a volatility, else the last one.
fn at_bars(lines: &Lines<'_>, minutes: Vec<OptionMinute>) -> Vec<OptionMinute> {
    let mut starts = BarStarts::new(lines.bars.interval, lines.anchors);
    let mut bars: Vec<OptionMinute> = Vec::new();
    for minute in minutes {
        let minute = OptionMinute { at: starts.of(minute.at), ..minute };
        match bars.last_mut() {
            Some(last) if last.at == minute.at => {
                if minute.volatility.is_ok() || last.volatility.is_err() {
                    *last = minute;
                }
            }
            _ => bars.push(minute),
        }
    }
    bars
}

/// As columns; `otherwise` is the reason at bars of which no minute is known.
fn told(lines: &Lines<'_>, bars: &[OptionMinute], otherwise: &'static str) -> Made {
    let greek = |name: &str, title: &str, pick: fn(&analytics::Greeks) -> f64| {
        column(name, title, "greek", bars, |of| of.cell?.greeks.as_ref().map(pick))
    };
    let columns = vec![
        column("forward", "Forward", "rupees", bars, |of| Some(of.forward?.price)),
        column("time_value", "Premium over intrinsic", "rupees", bars, |of| of.cell?.time_value),
        column("volatility", "Volatility", "fraction", bars, |of| {
            Some(of.volatility.ok()?.volatility.fraction())
        }),
        greek("delta", "Delta", |greeks| greeks.delta),
        greek("gamma", "Gamma", |greeks| greeks.gamma),
        greek("theta", "Theta", |greeks| greeks.theta),
        greek("vega", "Vega", |greeks| greeks.vega),
    ];
    let sources = bars.iter().filter_map(|of| Some((of.at, of.forward?.source.as_str())));
    let mut reasons: BTreeMap<EpochSeconds, &'static str> =
        lines.bars.bars.iter().map(|bar| (bar.start, otherwise)).collect();
    for of in bars {
        match of.volatility {
            Ok(_) => drop(reasons.remove(&of.at)),
            Err(reason) => drop(reasons.insert(of.at, reason.as_str())),
        }
    }
    let words =
        |name: &str, values| Sparse { name: name.to_owned(), title: String::new(), unit: "word", values };
    let words = vec![
        words("forward_source", sources.collect()),
        words("no_volatility_because", reasons.into_iter().collect()),
    ];
    Made { columns, words, rate: 0.0 }
}

fn column(
    name: &str,
    title: &str,
    unit: &'static str,
    bars: &[OptionMinute],
    pick: impl Fn(&OptionMinute) -> Option<f64>,
) -> Sparse<f64> {
    let values = bars.iter().filter_map(|of| Some((of.at, pick(of)?)));
    Sparse { name: name.to_owned(), title: title.to_owned(), unit, values: values.collect() }
}
