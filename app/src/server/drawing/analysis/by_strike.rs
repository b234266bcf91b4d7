//! Charts by strike: bars of calls beside puts, gamma exposure above and below nought, and the smile.

use protocol::{AnalysisDocument, AnalysisName};

use super::sheet::{Axis, Slots, bars, dots, line};
use super::{csv_address, number, numbers, short, told, words};
use crate::drawn::analysis::{Key, Plot, Tick};
use crate::format;

/// One document may make two charts: what stands, and what changed.
pub(crate) fn by_strike(documents: Vec<AnalysisDocument>) -> Vec<Plot> {
    documents.into_iter().flat_map(plots).collect()
}

fn plots(document: AnalysisDocument) -> Vec<Plot> {
    match document.head.name.parse() {
        Ok(AnalysisName::OpenInterestByStrike) => vec![
            sides(&document, "open-interest", "Open interest by strike", ["calls", "puts"]),
            sides(
                &document,
                "open-interest-change",
                "Change of open interest",
                ["calls_change", "puts_change"],
            ),
        ],
        Ok(AnalysisName::VolumeByStrike) => {
            vec![sides(&document, "volume", "Volume profile by strike", ["calls", "puts"])]
        }
        Ok(AnalysisName::GammaExposure) => vec![gamma(&document)],
        Ok(AnalysisName::Smile) => vec![smile(&document)],
        _ => Vec::new(),
    }
}

/// What all of them have.
fn bare(document: &AnalysisDocument, name: &str, title: &str) -> Plot {
    let head = &document.head;
    Plot {
        name: name.to_owned(),
        title: title.to_owned(),
        rule: head.rule.clone(),
        csv: csv_address(head),
        missing: head.missing.clone(),
        ..Plot::default()
    }
}

/// Rows from the first to the last that has something to show.
fn shown(document: &AnalysisDocument, columns: &[&str]) -> std::ops::Range<usize> {
    let has = |row: usize| {
        columns.iter().any(|column| number(document, row, column).is_some_and(|value| value != 0.0))
    };
    let rows = 0..document.rows.len();
    match (rows.clone().find(|row| has(*row)), rows.clone().rev().find(|row| has(*row))) {
        (Some(first), Some(last)) => first..last + 1,
        _ => rows,
    }
}

fn key(tone: &str, name: &str) -> Key {
    Key { tone: tone.to_owned(), name: name.to_owned() }
}

fn strike_words(document: &AnalysisDocument, row: usize) -> String {
    number(document, row, "strike").map(format::strike).unwrap_or_default()
}

/// Where the forward lies among the strikes, each of which has a slot.
fn forward_mark(document: &AnalysisDocument, rows: &std::ops::Range<usize>) -> Option<Tick> {
    let forward = document.head.forward?;
    let strikes: Vec<f64> = rows.clone().filter_map(|row| number(document, row, "strike")).collect();
    let above = strikes.partition_point(|strike| *strike <= forward);
    let (low, high) = (strikes.get(above.checked_sub(1)?)?, strikes.get(above)?);
    let place = (above - 1) as f64 + (forward - low) / (high - low);
    Some(Tick {
        at: 100.0 * (place + 0.5) / strikes.len() as f64,
        words: format!("forward {}", format::rupees(forward)),
    })
}

fn sides(document: &AnalysisDocument, name: &str, title: &str, columns: [&str; 2]) -> Plot {
    let rows = shown(document, &columns);
    let slots = Slots(rows.len());
    let [calls, puts] = columns.map(|column| numbers(document, column)[rows.clone()].to_vec());
    let axis = Axis::of(calls.iter().chain(&puts).copied().flatten(), true);
    let sum = |values: &[Option<f64>]| values.iter().copied().flatten().sum::<f64>();
    let (of_calls, of_puts) = (told(Some(sum(&calls)), "units"), told(Some(sum(&puts)), "units"));
    Plot {
        keys: vec![key("calls", &format!("Calls {of_calls}")), key("puts", &format!("Puts {of_puts}"))],
        words: format!("{title}: {of_calls} of calls and {of_puts} of puts over {} strikes", rows.len()),
        shapes: vec![
            bars("calls", slots, (0.12, 0.38), axis, &calls),
            bars("puts", slots, (0.5, 0.38), axis, &puts),
        ],
        marks: forward_mark(document, &rows).into_iter().collect(),
        across: slots.ticks(|place| strike_words(document, rows.start + place)),
        up: axis.ticks(|value| short(value, "units")),
        places: (0..rows.len()).map(|place| slots.middle(place)).collect(),
        headings: ["Strike", "Calls", "Puts"].map(str::to_owned).to_vec(),
        rows: rows
            .clone()
            .zip(calls.iter().zip(&puts))
            .map(|(row, (call, put))| {
                vec![strike_words(document, row), told(*call, "units"), told(*put, "units")]
            })
            .collect(),
        ..bare(document, name, title)
    }
}

fn gamma(document: &AnalysisDocument) -> Plot {
    let rows = shown(document, &["calls", "puts"]);
    let slots = Slots(rows.len());
    let [calls, puts, net] =
        ["calls", "puts", "net"].map(|column| numbers(document, column)[rows.clone()].to_vec());
    let axis = Axis::of(calls.iter().chain(&puts).copied().flatten(), true);
    let places: Vec<f64> = (0..rows.len()).map(|place| slots.middle(place)).collect();
    let sum: f64 = net.iter().copied().flatten().sum();
    let without = rows.clone().filter(|row| !words(document, *row, "reason").is_empty()).count();
    let has_any = net.iter().any(Option::is_some);
    let mut plot = bare(document, "gamma-exposure", "Gamma exposure by strike");
    if without > 0 {
        let strikes = format::counted(without as u64, "strike has", "strikes have");
        plot.missing.push(format!("{strikes} no volatility and no exposure: the table says why."));
    }
    let total = short(sum, "rupees");
    let cell = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| short(value, "rupees"));
    Plot {
        keys: vec![key("calls", "Calls"), key("puts", "Puts"), key("first", &format!("Net ₹{total}"))],
        words: format!("Gamma exposure by strike: {total} rupees net over {} strikes", rows.len()),
        shapes: vec![
            bars("calls", slots, (0.15, 0.7), axis, &calls),
            bars("puts", slots, (0.15, 0.7), axis, &puts),
            line("first", &places, axis, &net),
        ],
        marks: forward_mark(document, &rows).into_iter().collect(),
        across: slots.ticks(|place| strike_words(document, rows.start + place)),
        up: axis.ticks(|value| short(value, "rupees")),
        headings: ["Strike", "Calls ₹", "Puts ₹", "Net ₹", "Why not"].map(str::to_owned).to_vec(),
        rows: rows
            .clone()
            .enumerate()
            .map(|(place, row)| {
                vec![
                    strike_words(document, row),
                    cell(calls[place]),
                    cell(puts[place]),
                    cell(net[place]),
                    words(document, row, "reason").to_owned(),
                ]
            })
            .collect(),
        places: if has_any { places } else { Vec::new() },
        ..plot
    }
}

fn smile(document: &AnalysisDocument) -> Plot {
    let rows = shown(document, &["volatility"]);
    let strikes: Vec<f64> = rows.clone().map(|row| number(document, row, "strike").unwrap_or(0.0)).collect();
    let volatility = numbers(document, "volatility")[rows.clone()].to_vec();
    let (first, last) = (strikes.first().copied().unwrap_or(0.0), strikes.last().copied().unwrap_or(0.0));
    let span = if last > first { last - first } else { 1.0 };
    let place = |strike: f64| 2.0 + 96.0 * (strike - first) / span;
    let places: Vec<f64> = strikes.iter().map(|strike| place(*strike)).collect();
    let axis = Axis::of(volatility.iter().copied().flatten(), false);
    let with = volatility.iter().flatten().count();
    let mut plot = bare(document, "smile", "Smile of the minute");
    let without = document.rows.len() - with;
    if without > 0 {
        let strikes = format::counted(without as u64, "strike has", "strikes have");
        plot.missing.push(format!("{strikes} no volatility: the table says why."));
    }
    let forward = document.head.forward.filter(|forward| (first..=last).contains(forward));
    let every = rows.len().div_ceil(7).max(1);
    let tick = |at: usize| Tick { at: places[at], words: format::strike(strikes[at]) };
    Plot {
        keys: vec![key("first", "Volatility")],
        words: format!("Volatility by strike, of {with} strikes"),
        shapes: vec![line("first", &places, axis, &volatility), dots("first", &places, axis, &volatility)],
        marks: forward
            .map(|forward| Tick { at: place(forward), words: format!("forward {}", format::rupees(forward)) })
            .into_iter()
            .collect(),
        across: (every / 2..rows.len()).step_by(every).map(tick).collect(),
        up: axis.ticks(|value| short(value, "fraction")),
        headings: [
            "Strike",
            "Volatility",
            "Of",
            "Call's own",
            "Put's own",
            "Call delta",
            "Put delta",
            "Why not",
        ]
        .map(str::to_owned)
        .to_vec(),
        rows: rows
            .clone()
            .map(|row| {
                let of = |column: &str, unit: &str| told(number(document, row, column), unit);
                vec![
                    strike_words(document, row),
                    of("volatility", "fraction"),
                    words(document, row, "of").to_owned(),
                    of("own_call", "fraction"),
                    of("own_put", "fraction"),
                    of("call_delta", "ratio"),
                    of("put_delta", "ratio"),
                    words(document, row, "reason").to_owned(),
                ]
            })
            .collect(),
        places: if with > 0 { places } else { Vec::new() },
        ..plot
    }
}
