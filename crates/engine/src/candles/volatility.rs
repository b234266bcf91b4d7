//! Forward, volatility and greeks of options at each of their bars: what a chain of the minute says of them, to the last
//! digit. Days are read one after the other, each let go before the next, and each is walked once for all options that
//! are asked for together. Of most days only the strikes around theirs are read, as long as that provably changes nothing;
//! a bar longer than a minute takes the minute of its close, so that all that stands in a row is of one moment.

use std::collections::BTreeMap;

use analytics::{
    Cell, Forward, ForwardSource, NoVolatility, Snapshot, StrikeVolatility, VOLATILITY_AGE_MINUTES_MAX,
};
use market::{BarStarts, ContractKinds, Day, EpochSeconds, ExpiredKey, Interval, Strike};
use protocol::ReadingPreferences;

use super::Sparse;
use super::lines::Lines;
use crate::blocking::on_blocking_thread;
use crate::chains::{ExpiryDay, KnownExpiry, NO_MINUTES, rate_of};
use crate::error::EngineError;

/// No option is listed for longer: five years of trading days. Of more the last ones are taken.
const DAYS_MAX: usize = 1_300;
/// Strikes beside its own that are read at first.
const BESIDE: usize = 2;

/// Where there is no option; of one without minutes the chain has the word.
const NO_OPTION: &str = "no_option";

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
    /// In this very minute.
    is_traded: bool,
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
    let mut made = make_together(std::slice::from_ref(lines), reading, Minutes::All).await?;
    Ok(made.remove(0))
}

/// Of which minutes something is said.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Minutes {
    All,
    /// For whoever has no room beside the bars.
    OfBars,
}

/// Of contracts of one expiry, in their order.
pub(super) async fn make_together(
    all: &[Lines<'_>],
    reading: ReadingPreferences,
    which: Minutes,
) -> Result<Vec<Made>, EngineError> {
    let rate = rate_of(reading).fraction();
    let is_option = |lines: &&Lines<'_>| lines.stored.contract.kind.is_option();
    let options: Vec<&Lines<'_>> = all.iter().filter(is_option).collect();
    let mut minutes = minutes(&options, reading, which).await?.into_iter();
    let made = all.iter().map(|lines| match is_option(&lines) {
        true => Made { rate, ..told(lines, &minutes.next().unwrap_or_default(), NO_MINUTES) },
        false => Made { rate, ..told(lines, &[], NO_OPTION) },
    });
    Ok(made.collect())
}

/// One of the options on a day on which it has a minute.
#[derive(Clone)]
struct OnDay {
    /// Among those that are asked for.
    option: usize,
    key: ExpiredKey,
    first: EpochSeconds,
    last: EpochSeconds,
}

/// Of each option, by the starts of its bars.
async fn minutes(
    options: &[&Lines<'_>],
    reading: ReadingPreferences,
    which: Minutes,
) -> Result<Vec<Vec<OptionMinute>>, EngineError> {
    let Some(one) = options.first() else { return Ok(Vec::new()) };
    let (store, contract) = (&one.data.store, &one.stored.contract);
    let known = KnownExpiry::find(store, &contract.underlying_key, contract.expiry).await?;
    let terms = known.terms(reading, None);
    let around = around(options, &known).await?;
    let mut of_bars: Vec<OfBars<'_>> = options.iter().map(|lines| OfBars::new(lines, which)).collect();
    for (day, on_day) in days(options).await? {
        for strikes in [around, None] {
            let is_whole = strikes.is_none();
            let read = known.read_strikes(store, day, terms, strikes).await?;
            let asked = on_day.clone();
            let made = on_blocking_thread(move || of_day(&read, &asked, is_whole)).await?;
            if let Some(made) = made {
                for (of, minutes) in on_day.iter().zip(made) {
                    minutes.into_iter().for_each(|minute| of_bars[of.option].take(minute));
                }
                break;
            }
            debug_assert!(!is_whole, "all strikes are enough");
        }
    }
    Ok(of_bars.into_iter().map(|of| of.bars).collect())
}

/// The days on which the options have minutes, each with those that have some.
async fn days(options: &[&Lines<'_>]) -> Result<BTreeMap<Day, Vec<OnDay>>, EngineError> {
    let mut days: BTreeMap<Day, Vec<OnDay>> = BTreeMap::new();
    for (option, lines) in options.iter().enumerate() {
        let facts = lines.data.store.facts(lines.stored.id.into(), Interval::Minute1).await?;
        let spans: Vec<_> = facts.days.iter().filter(|(day, _)| lines.days.contains(**day)).collect();
        for (day, span) in &spans[spans.len().saturating_sub(DAYS_MAX)..] {
            let key = lines.stored.contract.expired_key.clone();
            let on_day = OnDay { option, key, first: span.first, last: span.last };
            days.entry(**day).or_default().push(on_day);
        }
    }
    Ok(days)
}

/// The minutes of each of the options between its first and its last one. `None`: what was read is not enough.
fn of_day(read: &ExpiryDay, asked: &[OnDay], is_whole: bool) -> Option<Vec<Vec<OptionMinute>>> {
    let places: Vec<Option<usize>> = asked.iter().map(|of| read.place_of(&of.key)).collect();
    let first = asked.iter().map(|of| of.first).min()?;
    let last = asked.iter().map(|of| of.last).max()?;
    let mut minutes: Vec<Vec<OptionMinute>> = vec![Vec::new(); asked.len()];
    let mut is_all_said = true;
    read.states(read.minutes_within((first, last)).into_iter(), |state| {
        let snapshot = state.snapshot();
        is_all_said &= is_whole || is_enough(&snapshot);
        let at = snapshot.at();
        for ((of, place), minutes) in asked.iter().zip(&places).zip(&mut minutes) {
            if let Some(place) = place.filter(|_| of.first <= at && at <= of.last) {
                minutes.push(minute(&snapshot, place));
            }
        }
    });
    is_all_said.then_some(minutes)
}

fn minute(snapshot: &Snapshot<'_>, option: usize) -> OptionMinute {
    let said = snapshot.cell_of(option);
    // An old price and the forward of now say nothing together.
    let time_value = |cell: &Cell| cell.time_value.filter(|_| cell.age_minutes <= VOLATILITY_AGE_MINUTES_MAX);
    OptionMinute {
        at: snapshot.at(),
        forward: snapshot.forward().ok(),
        is_traded: said.as_ref().is_some_and(|(_, cell)| cell.age_minutes == 0),
        volatility: said.as_ref().map_or(Err(NoVolatility::Stale), |(volatility, _)| *volatility),
        cell: said.map(|(_, cell)| Figures { time_value: time_value(&cell), greeks: cell.greeks }),
    }
}

/// The lowest and the highest strike that are read at first: those of the options and the listed ones beside them, so that
/// it is known which of theirs is at the money. `None` where the expiry has no future: then all strikes have a say in the
/// forward.
async fn around(
    options: &[&Lines<'_>],
    known: &KnownExpiry,
) -> Result<Option<(Strike, Strike)>, EngineError> {
    let Some(one) = options.first() else { return Ok(None) };
    let contracts = one.data.store.contracts(known.expiry.id, ContractKinds::Both).await?;
    let has_future = contracts.iter().any(|stored| stored.contract.strike.is_none());
    let mut strikes: Vec<Strike> = contracts.iter().filter_map(|stored| stored.contract.strike).collect();
    strikes.sort_unstable();
    strikes.dedup();
    let own = || options.iter().filter_map(|lines| lines.stored.contract.strike);
    let own = own().min().zip(own().max()).filter(|_| has_future);
    let place = |of: Strike| strikes.binary_search(&of).ok();
    let Some((lowest, highest)) = own.and_then(|(from, to)| place(from).zip(place(to))) else {
        return Ok(None);
    };
    let (from, to) = (lowest.saturating_sub(BESIDE), (highest + BESIDE).min(strikes.len() - 1));
    Ok(Some((strikes[from], strikes[to])))
}

/// Whether all strikes would say the same of the options in this minute: the forward is the future's.
fn is_enough(snapshot: &Snapshot<'_>) -> bool {
    snapshot.forward().is_ok_and(|forward| forward.source == ForwardSource::Future)
}

/// The minutes of an option by the start of its bar: that of its last trade, as its close is; without a trade the last one.
struct OfBars<'l> {
    lines: &'l Lines<'l>,
    which: Minutes,
    starts: BarStarts<'l>,
    bars: Vec<OptionMinute>,
}

impl<'l> OfBars<'l> {
    fn new(lines: &'l Lines<'l>, which: Minutes) -> Self {
        let starts = BarStarts::new(lines.bars.interval, lines.anchors);
        Self { lines, which, starts, bars: Vec::new() }
    }

    fn take(&mut self, minute: OptionMinute) {
        let minute = OptionMinute { at: self.starts.of(minute.at), ..minute };
        if self.which == Minutes::OfBars && !self.has_bar(minute.at) {
            return;
        }
        match self.bars.last_mut() {
            Some(last) if last.at == minute.at => {
                if minute.is_traded || !last.is_traded {
                    *last = minute;
                }
            }
            _ => self.bars.push(minute),
        }
    }

    fn has_bar(&self, start: EpochSeconds) -> bool {
        self.lines.bars.bars.binary_search_by_key(&start, |bar| bar.start).is_ok()
    }
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
