//! The charts of the analysis page: what the engine says, as shapes, labels and words.

mod by_strike;
mod over_time;
mod series;
pub(super) mod sheet;
mod surface;
mod term;

pub(crate) use by_strike::by_strike;
pub(crate) use over_time::over_time;
pub(crate) use series::{earlier_series, series_charts};
pub(crate) use surface::surface;
pub(crate) use term::term_structure;

use protocol::{AnalysisCell, AnalysisDocument, AnalysisHead, encoded};

use crate::format;
pub(super) use crate::format::in_unit as told;

/// Of a row by the name of its column.
fn number(document: &AnalysisDocument, row: usize, column: &str) -> Option<f64> {
    match cell(document, row, column)? {
        AnalysisCell::Number(number) => Some(*number),
        AnalysisCell::Text(_) => None,
    }
}

fn words<'d>(document: &'d AnalysisDocument, row: usize, column: &str) -> &'d str {
    match cell(document, row, column) {
        Some(AnalysisCell::Text(text)) => text,
        _ => "",
    }
}

fn cell<'d>(document: &'d AnalysisDocument, row: usize, column: &str) -> Option<&'d AnalysisCell> {
    let place = document.head.columns.iter().position(|of| of.name == column)?;
    document.rows.get(row)?.get(place)?.as_ref()
}

/// A whole column of numbers.
fn numbers(document: &AnalysisDocument, column: &str) -> Vec<Option<f64>> {
    (0..document.rows.len()).map(|row| number(document, row, column)).collect()
}

/// The unit in which the values of a column are written. Documents have strikes in rupees; which column holds strikes its
/// name says.
fn unit_of<'c>(column: &str, unit: &'c str) -> &'c str {
    let is_strike = column == "max_pain" || column == "strike" || column.ends_with("_strike");
    if is_strike { "strike" } else { unit }
}

/// Where the same is had as a file.
fn csv_address(of: &AnalysisHead) -> String {
    let mut address =
        format!("/api/v1/analysis/{}?format=csv&underlying={}", of.name, encoded(of.underlying.as_str()));
    let mut add = |name: &str, text: Option<String>| {
        if let Some(text) = text {
            address.push_str(&format!("&{name}={}", encoded(&text)));
        }
    };
    add("expiry", of.expiry.map(|day| day.to_string()));
    add("since", of.since.clone());
    add("at", of.at.clone());
    add("from", of.from.map(|day| day.to_string()));
    add("to", of.to.map(|day| day.to_string()));
    add("interval", of.interval.map(|interval| interval.to_string()));
    address
}

/// On an axis, where there is little room.
fn short(value: f64, unit: &str) -> String {
    let sign = if value < 0.0 { "−" } else { "" };
    match unit {
        "fraction" => {
            let percent = value * 100.0;
            if (percent - percent.round()).abs() < 0.05 {
                format!("{percent:.0} %")
            } else {
                format!("{percent:.1} %")
            }
        }
        "ratio" | "greek" => format!("{value:.2}"),
        _ => format!("{sign}{}", format::compact(value.abs().round() as u64)),
    }
}
