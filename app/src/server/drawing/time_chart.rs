//! A strategy through time: profit of all that stand side by side, then of the one that is shown its legs and its net
//! greeks, all over one axis without the nights. A gap breaks the line.

use std::collections::BTreeMap;

use market::{EpochSeconds, Strike};
use protocol::{Minute, OpenedStrategy, SeriesRow, StrategyDocument};

use super::line_tone;
use super::strategy::signed;
use crate::drawn_strategy::{Pane, PaneLine, TimeChart};
use crate::format;

/// The ground of a pane; the page stretches it to its box.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 100.0;
const TICKS_MAX: usize = 7;
/// Where profit, the greeks and the legs stand among the values of a point.
const PROFIT: usize = 1;
const THETA: usize = 5;
/// Columns, names, units and decimals.
const GREEKS: [(usize, &str, &str, usize); 4] = [
    (2, "Delta", "units of the underlying", 1),
    (THETA, "Theta", "₹ a day; not told on the day of the expiry, when less than a day is left", 0),
    (4, "Vega", "₹ a point of volatility", 0),
    (3, "Gamma", "change of delta for a rupee of the underlying", 3),
];
const FIRST_LEG: usize = 6;

/// The moments of all, and where each stands.
struct Axis(BTreeMap<EpochSeconds, usize>);

impl Axis {
    fn of(document: &StrategyDocument) -> Self {
        let opened = document.strategies.iter().filter_map(|strategy| strategy.opened.as_ref());
        let moments =
            opened.flat_map(|opened| &opened.points).filter_map(|(at, _)| EpochSeconds::parse_rfc3339(at));
        let mut axis: BTreeMap<EpochSeconds, usize> = moments.map(|at| (at, 0)).collect();
        for (place, of) in axis.values_mut().enumerate() {
            *of = place;
        }
        Self(axis)
    }

    fn share(&self, place: usize) -> f64 {
        place as f64 / (self.0.len().saturating_sub(1).max(1)) as f64
    }

    /// The values of a column, with their places.
    fn column(&self, points: &[SeriesRow], column: usize) -> Vec<(usize, Option<f64>)> {
        let point = |(at, values): &SeriesRow| {
            let place = self.0.get(&EpochSeconds::parse_rfc3339(at)?)?;
            Some((*place, values.get(column).copied().flatten()))
        };
        points.iter().filter_map(point).collect()
    }

    fn path(&self, values: &[(usize, Option<f64>)], (low, high): (f64, f64)) -> String {
        let mut path = String::with_capacity(values.len() * 12);
        let mut is_drawing = false;
        for (place, value) in values {
            let Some(value) = value else {
                is_drawing = false;
                continue;
            };
            let letter = if is_drawing { 'L' } else { 'M' };
            let (x, y) = (self.share(*place) * WIDTH, height(*value, (low, high)));
            path.push_str(&format!("{letter}{x:.1} {y:.1}"));
            is_drawing = true;
        }
        path
    }

    /// The first moment of each day, or round ones within a day; no two of them close to one another.
    fn ticks(&self) -> Vec<(f64, String)> {
        let moments: Vec<EpochSeconds> = self.0.keys().copied().collect();
        let (Some(first), Some(last)) = (moments.first(), moments.last()) else { return Vec::new() };
        let is_one_day = first.day() == last.day();
        let begins = |place: usize| match place.checked_sub(1).map(|before| moments[before]) {
            None => true,
            Some(before) if is_one_day => before.minute_of_day() / 60 != moments[place].minute_of_day() / 60,
            Some(before) => before.day() != moments[place].day(),
        };
        let all: Vec<usize> = (0..moments.len()).filter(|place| begins(*place)).collect();
        let every = all.len().div_ceil(TICKS_MAX).max(1);
        let words =
            |at: EpochSeconds| if is_one_day { format::time(at) } else { format::short_day(at.day()) };
        all.into_iter()
            .step_by(every)
            .map(|place| (self.share(place) * 100.0, words(moments[place])))
            .collect()
    }
}

fn height(value: f64, (low, high): (f64, f64)) -> f64 {
    HEIGHT - (value - low) / (high - low).max(f64::MIN_POSITIVE) * HEIGHT
}

/// The least and the most of some lines, nought among them where it is asked for, and never the same.
fn bounds(lines: &[Line], with_zero: bool) -> (f64, f64) {
    let values = || lines.iter().flat_map(|line| &line.values).filter_map(|(_, value)| *value);
    let (mut low, mut high) =
        values().fold((f64::MAX, f64::MIN), |(low, high), of| (low.min(of), high.max(of)));
    if low > high {
        return (0.0, 1.0);
    }
    if with_zero {
        (low, high) = (low.min(0.0), high.max(0.0));
    }
    if high - low < 1e-9 { (low - 1.0, high + 1.0) } else { (low, high) }
}

pub(super) fn time_chart(document: &StrategyDocument, shown: usize) -> TimeChart {
    let axis = Axis::of(document);
    let Some(opened) = document.strategies.get(shown).and_then(|strategy| strategy.opened.as_ref()) else {
        return TimeChart::default();
    };
    let points = without_last_theta(opened);
    let mut panes = vec![profit_pane(document, shown, &axis)];
    let names: Vec<String> = opened.legs.iter().map(leg_name).collect();
    panes.push(legs_pane(opened, &points, &names, &axis));
    panes.extend(GREEKS.map(|(column, name, unit, decimals)| {
        let lines = vec![Line::of_place(0, name.to_owned(), axis.column(&points, column))];
        pane((name, unit, false), lines, true, &axis, |value| greek(value, decimals))
    }));
    let head = ["Moment", "Profit", "Price", "Delta", "Theta", "Vega", "Gamma"].map(str::to_owned);
    let rows = points.iter().map(row).collect();
    let minutes = points.iter().map(|(at, _)| minute(at)).collect();
    let ends = points.first().zip(points.last());
    let words = ends.map_or(String::new(), |((from, _), (to, values))| {
        let profit = values.get(PROFIT).copied().flatten().map_or("not priced".to_owned(), signed);
        format!(
            "Profit from {} to {}, at the end {profit}; the table below has all numbers.",
            super::strategy::moment(from),
            super::strategy::moment(to)
        )
    });
    TimeChart {
        panes,
        ticks: axis.ticks(),
        head: head.into_iter().chain(names).collect(),
        rows,
        minutes,
        words,
    }
}

/// On the day of the first expiry less than a day is left, and a theta of a whole one would be more than the options of
/// that expiry can lose.
fn without_last_theta(of: &OpenedStrategy) -> Vec<SeriesRow> {
    let first = of.legs.iter().map(|leg| leg.expiry).min();
    let mut points = of.points.clone();
    for (at, values) in &mut points {
        let day = EpochSeconds::parse_rfc3339(at).map(|at| at.day());
        if let Some(theta) = values.get_mut(THETA).filter(|_| day >= first) {
            *theta = None;
        }
    }
    points
}

/// Large ones are grouped, as rupees are.
fn greek(value: f64, decimals: usize) -> String {
    if decimals > 0 { format!("{value:.decimals$}") } else { format::grouped_signed(value.round() as i64) }
}

fn minute(at: &str) -> String {
    EpochSeconds::parse_rfc3339(at).map(|at| Minute::of(at).to_string()).unwrap_or_default()
}

/// With its places along the axis.
struct Line {
    name: String,
    tone: String,
    values: Vec<(usize, Option<f64>)>,
}

impl Line {
    fn of_place(place: usize, name: String, values: Vec<(usize, Option<f64>)>) -> Self {
        Self { name, tone: line_tone::of_place(place).to_owned(), values }
    }
}

fn pane(
    (name, unit, is_tall): (&str, &str, bool),
    lines: Vec<Line>,
    with_zero: bool,
    axis: &Axis,
    words: impl Fn(f64) -> String,
) -> Pane {
    let within = bounds(&lines, with_zero);
    let has_any = lines.iter().flat_map(|line| &line.values).any(|(_, value)| value.is_some());
    let end = |value: f64| if has_any { words(value) } else { String::new() };
    let drawn = |Line { name, tone, values }: Line| PaneLine { name, tone, path: axis.path(&values, within) };
    Pane {
        name: name.to_owned(),
        unit: unit.to_owned(),
        is_tall,
        lines: lines.into_iter().map(drawn).collect(),
        top: end(within.1),
        bottom: end(within.0),
        zero: with_zero.then(|| height(0.0, within)),
    }
}

/// The one that is shown is drawn first, in the first colour.
fn profit_pane(document: &StrategyDocument, shown: usize, axis: &Axis) -> Pane {
    let mut order: Vec<usize> = (0..document.strategies.len()).collect();
    order.sort_by_key(|place| *place != shown);
    let opened = |place: usize| Some((place, document.strategies[place].opened.as_ref()?));
    let line = |(at, (place, opened)): (usize, (usize, &OpenedStrategy))| {
        Line::of_place(at, format!("Strategy {}", place + 1), axis.column(&opened.points, PROFIT))
    };
    let lines: Vec<Line> = order.into_iter().filter_map(opened).enumerate().map(line).collect();
    let name = if lines.len() > 1 { "Profit, side by side" } else { "Profit" };
    pane((name, "₹", true), lines, true, axis, signed)
}

/// Calls and puts in their colours.
fn legs_pane(of: &OpenedStrategy, points: &[SeriesRow], names: &[String], axis: &Axis) -> Pane {
    let kinds: Vec<&str> = of.legs.iter().map(|leg| leg.kind.as_str()).collect();
    let lines = names.iter().zip(line_tone::of_names(&kinds)).enumerate();
    let lines = lines.map(|(leg, (name, tone))| Line {
        name: name.clone(),
        tone,
        values: axis.column(points, FIRST_LEG + leg),
    });
    pane(("Legs", "₹ a unit", true), lines.collect(), false, axis, format::rupees)
}

/// `+24500 CE 28 Aug 25`, `−Future 28 Aug 25`: a contract's name, in which the strike stands as the exchange writes it.
fn leg_name(leg: &protocol::StrategyLegPicture) -> String {
    let side = if leg.lots > 0 { "+" } else { "−" };
    let kind = match leg.kind.as_str() {
        "call" => "CE",
        "put" => "PE",
        "future" => "Future",
        _ => "Underlying",
    };
    let strike = leg.strike.and_then(Strike::from_rupees);
    let strike = strike.map(|strike| format!("{strike} ")).unwrap_or_default();
    format!("{side}{strike}{kind} {}", format::short_day(leg.expiry))
}

fn row((at, values): &SeriesRow) -> Vec<String> {
    let value = |column: usize| values.get(column).copied().flatten();
    let number = |column: usize, decimals: usize| {
        value(column).map_or("–".to_owned(), |value| greek(value, decimals))
    };
    let rupees = |column: usize| value(column).map_or("–".to_owned(), format::rupees);
    let mut row = vec![
        super::strategy::moment(at),
        value(PROFIT).map_or("–".to_owned(), signed),
        rupees(0),
        number(2, 2),
        number(5, 0),
        number(4, 0),
        number(3, 4),
    ];
    row.extend((FIRST_LEG..values.len()).map(rupees));
    row
}
