//! The term structure: volatility at the money by days to the expiry.

use protocol::AnalysisDocument;

use super::sheet::{Axis, dots, line};
use super::{csv_address, number, numbers, short, told, words};
use crate::drawn::analysis::{Key, Plot, Tick};
use crate::format;

/// Expiries that are named below the chart; the table has all of them.
const UNTOLD_MAX: usize = 4;

pub(crate) fn term_structure(document: &AnalysisDocument) -> Plot {
    let head = &document.head;
    let days = numbers(document, "days");
    let volatility = numbers(document, "volatility");
    let longest = days.iter().copied().flatten().fold(0.0_f64, f64::max).max(1.0);
    let places: Vec<f64> = days.iter().map(|days| 4.0 + 92.0 * days.unwrap_or(0.0) / longest).collect();
    let axis = Axis::of(volatility.iter().copied().flatten(), false);
    let expiry = |row: usize, write: fn(market::Day) -> String| -> String {
        words(document, row, "expiry").parse().map(write).unwrap_or_default()
    };
    let mut ticks: Vec<Tick> = Vec::new();
    for (row, at) in places.iter().enumerate() {
        if ticks.last().is_none_or(|last| at - last.at > 14.0) {
            ticks.push(Tick { at: *at, words: expiry(row, format::short_day) });
        }
    }
    let mut missing = head.missing.clone();
    let untold = (0..document.rows.len()).filter(|row| volatility.get(*row).copied().flatten().is_none());
    missing.extend(untold.take(UNTOLD_MAX).map(|row| {
        format!("{}: {}.", expiry(row, format::day), words(document, row, "reason").trim_end_matches('.'))
    }));
    let first = told(volatility.first().copied().flatten(), "fraction");
    Plot {
        name: "term-structure".to_owned(),
        title: "Term structure".to_owned(),
        rule: head.rule.clone(),
        csv: csv_address(head),
        keys: vec![Key { tone: "first".to_owned(), name: "At the money, by days left".to_owned() }],
        shapes: vec![line("first", &places, axis, &volatility), dots("first", &places, axis, &volatility)],
        marks: Vec::new(),
        across: ticks,
        up: axis.ticks(|value| short(value, "fraction")),
        headings: ["Expiry", "Days left", "Volatility", "On session time", "Forward", "By", "Why not"]
            .map(str::to_owned)
            .to_vec(),
        rows: (0..document.rows.len())
            .map(|row| {
                let of = |column: &str, unit: &str| told(number(document, row, column), unit);
                vec![
                    expiry(row, format::day),
                    of("days", "days"),
                    of("volatility", "fraction"),
                    of("session_volatility", "fraction"),
                    of("forward", "rupees"),
                    words(document, row, "forward_source").to_owned(),
                    words(document, row, "reason").to_owned(),
                ]
            })
            .collect(),
        places: if volatility.iter().any(Option::is_some) { places } else { Vec::new() },
        missing,
        words: format!("Volatility at the money of {} expiries, {first} of the nearest", document.rows.len()),
    }
}
