//! The axis of a chart: every bar of the sessions in which something was traded, so that minutes without a trade are
//! room and no jump; and what the days are that are not like others. Days without a row take little room, and it is said
//! whether they were never collected or had no trade.

use std::collections::{BTreeMap, BTreeSet};

use market::{BarStarts, Bars, ChartInterval, Day, DayRange, EpochSeconds, TradingCalendar};
use protocol::{AxisMark, MarkKind};

use super::lines::Lines;
use super::renewal::{Renewal, renewal};
use crate::error::EngineError;

/// With more days than these the bars that there are stand side by side.
const FILLED_DAYS_MAX: usize = 400;
/// Bars that days without a row take, however many they are.
const MISSING_BARS: usize = 8;

pub(super) struct Axis {
    /// Of every bar, rising.
    pub starts: Vec<EpochSeconds>,
    pub marks: Vec<AxisMark>,
}

impl Axis {
    pub fn of_bars(bars: &Bars) -> Self {
        Self { starts: bars.bars.iter().map(|bar| bar.start).collect(), marks: Vec::new() }
    }
}

/// `others`: bars of compared contracts.
pub(super) async fn axis(lines: &Lines<'_>, others: Vec<EpochSeconds>) -> Result<Axis, EngineError> {
    if lines.bars.interval.spans_days() {
        return Ok(of_weeks_or_months(lines, others));
    }
    let mut by_day: BTreeMap<Day, BTreeSet<EpochSeconds>> = BTreeMap::new();
    for start in lines.bars.bars.iter().map(|bar| bar.start).chain(others) {
        by_day.entry(start.day()).or_default().insert(start);
    }
    let answered = answered_days(lines).await?;
    let interval = lines.bars.interval;
    let is_filled = by_day.len() <= FILLED_DAYS_MAX;
    let mut making = Making { expiry: lines.stored.contract.expiry, ..Making::default() };
    for day in lines.days.days() {
        let session = || session_starts(day, interval, lines);
        match by_day.remove(&day) {
            Some(mut starts) => {
                if is_filled {
                    starts.extend(session());
                }
                making.day_with_bars(day, &starts);
            }
            None if !TradingCalendar::bundled().day(day).is_open() => making.closed_day(day),
            None => {
                let kind = if answered.contains(&day) { MarkKind::NoTrade } else { MarkKind::NotCollected };
                making.day_without(day, kind, interval, session());
            }
        }
    }
    if let Some(renewal) = renewal(lines).await? {
        making.renewed(&renewal);
    }
    Ok(making.axis)
}

/// A week without a row has its room; what each of its days was has none.
fn of_weeks_or_months(lines: &Lines<'_>, others: Vec<EpochSeconds>) -> Axis {
    let mut bars = BarStarts::new(lines.bars.interval, lines.anchors);
    let open = lines.days.days().filter(|day| TradingCalendar::bundled().day(*day).is_open());
    let mut starts: BTreeSet<EpochSeconds> = open.map(|day| bars.of(day.start())).collect();
    starts.extend(lines.bars.bars.iter().map(|bar| bar.start).chain(others));
    Axis { starts: starts.into_iter().collect(), marks: Vec::new() }
}

/// Answered for good, in any interval that the bars can be made of, or proven by the exchange to be empty.
async fn answered_days(lines: &Lines<'_>) -> Result<BTreeSet<Day>, EngineError> {
    let mut answered = BTreeSet::new();
    for interval in lines.bars.interval.sources() {
        let facts = lines.data.store.facts(lines.stored.id.into(), interval).await?;
        answered.extend(facts.exchange.iter().filter(|(_, told)| !told.is_traded()).map(|(day, _)| *day));
        for of in facts.answered.iter().filter(|of| of.is_for_good()) {
            let from = of.range.from().max(lines.days.from());
            let to = of.range.to().min(lines.days.to());
            if let Ok(range) = DayRange::new(from, to) {
                answered.extend(range.days());
            }
        }
    }
    Ok(answered)
}

/// Of a day whose hours a circular describes.
fn session_starts(day: Day, interval: ChartInterval, lines: &Lines<'_>) -> Vec<EpochSeconds> {
    let trading = TradingCalendar::bundled().day(day);
    let mut bars = BarStarts::new(interval, lines.anchors);
    let minutes = trading.windows().iter().flat_map(|window| window.open..window.close);
    let mut starts: Vec<EpochSeconds> = minutes.map(|minute| bars.of(day.at_minute(minute))).collect();
    starts.dedup();
    starts
}

/// The axis as far as it goes, and what waits for the next bar.
struct Making {
    expiry: Day,
    axis: Axis,
    /// Holidays since the last bar.
    closed: Vec<String>,
    /// Days without a row since the last bar: their first and last one, and how many.
    missing: Option<(MarkKind, Day, Day, usize)>,
}

impl Default for Making {
    fn default() -> Self {
        let axis = Axis { starts: Vec::new(), marks: Vec::new() };
        Self { expiry: Day::from_days_since_1970(0), axis, closed: Vec::new(), missing: None }
    }
}

impl Making {
    fn day_with_bars(&mut self, day: Day, starts: &BTreeSet<EpochSeconds>) {
        self.missing = None;
        let Some(first) = starts.first().copied() else { return };
        if !self.closed.is_empty() {
            let text = std::mem::take(&mut self.closed).join(", ");
            self.mark(MarkKind::Closed, first, first, text);
        }
        if let Some(name) = TradingCalendar::bundled().special_name(day) {
            // What a circular says behind the name is no name.
            let name = name.split(['(', ';']).next().unwrap_or(name).trim();
            self.mark(MarkKind::Special, first, first, format!("{}: {name}", short(day)));
        }
        if day == self.expiry {
            self.mark(MarkKind::Expiry, first, first, "Expiry".to_owned());
        }
        self.axis.starts.extend(starts);
    }

    fn closed_day(&mut self, day: Day) {
        if let Some(name) = TradingCalendar::bundled().holiday_name(day) {
            self.closed.push(format!("{}: {name}", short(day)));
        }
    }

    /// A run of such days takes the room of a few bars; a bar of a day has its own room.
    fn day_without(&mut self, day: Day, kind: MarkKind, interval: ChartInterval, session: Vec<EpochSeconds>) {
        let session = if session.is_empty() { vec![day.start()] } else { session };
        match self.missing {
            Some((of, from, _, days)) if of == kind => {
                self.missing = Some((kind, from, day, days + 1));
                if interval == ChartInterval::Day {
                    self.axis.starts.extend(&session);
                }
            }
            _ => {
                self.missing = Some((kind, day, day, 1));
                self.axis.starts.extend(session.iter().take(MISSING_BARS));
                self.mark(kind, session[0], session[0], String::new());
            }
        }
        let (Some((_, from, to, days)), Some(last)) = (self.missing, self.axis.starts.last().copied()) else {
            return;
        };
        if let Some(mark) = self.axis.marks.last_mut() {
            mark.to = last.0;
            mark.text = missing_words(kind, from, to, days);
        }
    }

    /// Among the others by its time.
    fn renewed(&mut self, renewal: &Renewal) {
        let Some(bar) = renewal.bar(&self.axis.starts) else { return };
        let place = self.axis.marks.partition_point(|mark| mark.from <= bar.0);
        let mark = AxisMark { kind: MarkKind::Renewed, from: bar.0, to: bar.0, text: renewal.words() };
        self.axis.marks.insert(place, mark);
    }

    fn mark(&mut self, kind: MarkKind, from: EpochSeconds, to: EpochSeconds, text: String) {
        self.axis.marks.push(AxisMark { kind, from: from.0, to: to.0, text });
    }
}

fn missing_words(kind: MarkKind, from: Day, to: Day, days: usize) -> String {
    let what = if kind == MarkKind::NoTrade { "No trade" } else { "Not collected" };
    match days {
        1 => format!("{what}: {}", short(from)),
        _ => format!("{what}: {} to {} ({days} days)", short(from), short(to)),
    }
}

/// `15 Aug`.
pub(super) fn short(day: Day) -> String {
    day.date().format("%-d %b").to_string()
}
