//! The surface as a map: a column a day, a row a delta, the darker the higher the volatility.

use protocol::AnalysisDocument;

use super::sheet::{HEIGHT, Slots};
use super::{csv_address, numbers, told, words};
use crate::drawn::analysis::{Key, Plot, Shape, Tick};
use crate::format;

/// Steps of the scale; the style sheet has a colour for each.
const STEPS: usize = 8;

pub(crate) fn surface(document: &AnalysisDocument) -> Plot {
    let head = &document.head;
    let columns: Vec<&str> = head.columns.iter().map(|column| column.name.as_str()).collect();
    // All but the day and the reason.
    let deltas = &columns[1..columns.len().saturating_sub(1).max(1)];
    let values: Vec<Vec<Option<f64>>> = deltas.iter().map(|column| numbers(document, column)).collect();
    let known = || values.iter().flatten().copied().flatten();
    let (low, high) =
        known().fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    let step = ((high - low) / STEPS as f64).max(f64::MIN_POSITIVE);
    let slots = Slots(document.rows.len());
    let tall = HEIGHT / deltas.len().max(1) as f64;
    let mut paths = vec![String::new(); STEPS];
    for (at, of_delta) in values.iter().enumerate() {
        for (day, value) in of_delta.iter().enumerate() {
            let Some(value) = value else { continue };
            let heat = (((value - low) / step) as usize).min(STEPS - 1);
            let (left, top) = (slots.width() * day as f64, tall * at as f64);
            let (width, height) = (slots.width(), tall);
            paths[heat].push_str(&format!("M{left:.2} {top:.2}h{width:.2}v{height:.2}h-{width:.2}Z"));
        }
    }
    let has_any = known().next().is_some();
    let range = |heat: usize| {
        let from = low + step * heat as f64;
        format!("{:.1}–{:.1} %", from * 100.0, (from + step) * 100.0)
    };
    let shape =
        |(heat, path): (usize, String)| Shape { form: "cell".to_owned(), tone: format!("heat-{heat}"), path };
    let day =
        |row: usize| -> String { words(document, row, "day").parse().map(format::day).unwrap_or_default() };
    let short_day = |row: usize| -> String {
        words(document, row, "day").parse().map(format::short_day).unwrap_or_default()
    };
    let keys = (0..STEPS).map(|heat| Key { tone: format!("heat-{heat}"), name: range(heat) });
    let time = head.at.as_deref().and_then(|at| at.get(11..16)).unwrap_or_default();
    let mut missing = head.missing.clone();
    let without = (0..document.rows.len()).filter(|row| !words(document, *row, "reason").is_empty()).count();
    if without > 0 {
        let days = format::counted(without as u64, "day lacks", "days lack");
        missing.push(format!("{days} some values: the table says why."));
    }
    Plot {
        name: "surface".to_owned(),
        title: format!("Surface by day, at {time}"),
        rule: head.rule.clone(),
        csv: csv_address(head),
        keys: if has_any { keys.collect() } else { Vec::new() },
        shapes: paths.into_iter().enumerate().map(shape).collect(),
        marks: Vec::new(),
        across: slots.ticks(short_day),
        up: deltas
            .iter()
            .enumerate()
            .filter(|(at, _)| at % 2 == 0)
            .map(|(at, name)| Tick {
                at: 100.0 - 100.0 * (at as f64 + 0.5) / deltas.len() as f64,
                words: named(name),
            })
            .collect(),
        places: (0..document.rows.len()).filter(|_| has_any).map(|row| slots.middle(row)).collect(),
        headings: ["Day".to_owned()]
            .into_iter()
            .chain(deltas.iter().map(|name| named(name)))
            .chain(["Why not".to_owned()])
            .collect(),
        rows: (0..document.rows.len())
            .map(|row| {
                let mut cells = vec![day(row)];
                cells.extend(values.iter().map(|of_delta| told(of_delta[row], "fraction")));
                cells.push(words(document, row, "reason").to_owned());
                cells
            })
            .collect(),
        missing,
        words: format!(
            "Volatility by day and delta at {time}, {} days, from {} to {}",
            document.rows.len(),
            told(has_any.then_some(low), "fraction"),
            told(has_any.then_some(high), "fraction")
        ),
    }
}

/// `put_25` as `25Δ put`.
fn named(column: &str) -> String {
    match column.split_once('_') {
        Some((side @ ("put" | "call"), delta)) => format!("{}Δ {side}", delta.trim_start_matches('0')),
        _ => "at the money".to_owned(),
    }
}
