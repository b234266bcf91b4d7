//! The answer to a person's SQL as cells of text, and as charts where its columns are such: the first column goes across,
//! columns of numbers go up, those of like magnitude together.

use engine::{EngineError, SqlError};
use protocol::{SqlAnswer, SqlReads, SqlValue};

use super::analysis::sheet::{Axis, Slots, line};
use super::line_tone;
use crate::drawn::analysis::{Key, Plot};
use crate::drawn::sql::{SqlDrawn, SqlOutcome};
use crate::format;
use crate::rpc::Answer;

/// Points that a chart has room for; of more, every so manieth is drawn.
const POINTS_MAX: usize = 2_000;
const PLOTS_MAX: usize = 4;
/// Columns whose largest values differ by more stand in charts of their own.
const LIKE: f64 = 20.0;

/// A column of numbers: which, and its values.
type Numbers = (usize, Vec<Option<f64>>);

pub(crate) fn sql_outcome(done: Result<SqlAnswer, EngineError>) -> Answer<SqlOutcome> {
    match done {
        Ok(answer) => Ok(SqlOutcome::Answer(Box::new(drawn(answer)))),
        Err(EngineError::Sql(asks @ SqlError::ReadsMuch(_))) => {
            Ok(SqlOutcome::Asks(format::sentence(&asks.to_string())))
        }
        Err(EngineError::Sql(error)) => Ok(SqlOutcome::Refused(format::sentence(&error.to_string()))),
        Err(error) => Err(error.into()),
    }
}

fn drawn(answer: SqlAnswer) -> SqlDrawn {
    let plots = plots(&answer);
    let SqlAnswer { columns, rows, more, reads, plan, took_ms } = answer;
    let is_number = |at: usize| {
        let mut values =
            rows.iter().filter_map(|row| row.get(at)).filter(|value| **value != SqlValue::Nothing);
        let first = values.next().is_some_and(|value| value.as_number().is_some());
        first && values.all(|value| value.as_number().is_some())
    };
    let columns = columns.into_iter().enumerate().map(|(at, name)| (name, is_number(at))).collect();
    let seconds = took_ms as f64 / 1000.0;
    let count = match rows.len() {
        0 => "Nothing is found".to_owned(),
        1 => "1 row".to_owned(),
        count => format!("{} rows", format::grouped(count as u64)),
    };
    SqlDrawn {
        columns,
        told: format!("{count} in {seconds:.2} s · {}", read(reads)),
        rows: rows.into_iter().map(|row| row.iter().map(ToString::to_string).collect()).collect(),
        more: more.map(|more| format::sentence(&more)),
        plan: plan.into_iter().map(|step| (step.depth, step.words)).collect(),
        plots,
    }
}

fn read(reads: SqlReads) -> String {
    match (reads.candles, reads.bytes) {
        (Some(0), _) => "no candle is read".to_owned(),
        (Some(candles), Some(bytes)) => {
            format!("up to {} candles are read ({:.1} MB)", format::grouped(candles), bytes as f64 / 1e6)
        }
        _ => "candles are looked up, not read through".to_owned(),
    }
}

fn plots(answer: &SqlAnswer) -> Vec<Plot> {
    if answer.rows.len() < 2 {
        return Vec::new();
    }
    let every = answer.rows.len().div_ceil(POINTS_MAX);
    let rows: Vec<&Vec<SqlValue>> = answer.rows.iter().step_by(every).collect();
    let numbers = |at: usize| -> Option<Numbers> {
        let has_text = rows.iter().any(|row| matches!(row.get(at), Some(SqlValue::Text(_)) | None));
        let values: Vec<_> = rows.iter().map(|row| row.get(at).and_then(SqlValue::as_number)).collect();
        (!has_text && values.iter().any(Option::is_some)).then_some((at, values))
    };
    let mut groups: Vec<(f64, Vec<Numbers>)> = Vec::new();
    for (at, values) in (1..answer.columns.len()).filter_map(numbers) {
        let largest = values.iter().flatten().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        let is_like = |of: f64| largest == of || largest <= of * LIKE && of <= largest * LIKE;
        match groups.iter_mut().find(|(of, group)| is_like(*of) && group.len() < line_tone::PLACES.len()) {
            Some((_, group)) => group.push((at, values)),
            None => groups.push((largest, vec![(at, values)])),
        }
    }
    let across: Vec<String> =
        rows.iter().map(|row| row.first().map(ToString::to_string).unwrap_or_default()).collect();
    groups.into_iter().take(PLOTS_MAX).map(|(_, group)| plot(answer, &across, group)).collect()
}

fn plot(answer: &SqlAnswer, across: &[String], columns: Vec<Numbers>) -> Plot {
    let slots = Slots(across.len());
    let places: Vec<f64> = (0..across.len()).map(|place| slots.middle(place)).collect();
    let axis = Axis::of(columns.iter().flat_map(|(_, values)| values.iter().copied().flatten()), false);
    let name = |at: usize| answer.columns.get(at).cloned().unwrap_or_default();
    let names: Vec<String> = columns.iter().map(|(at, _)| name(*at)).collect();
    let row = |place: usize| {
        let value =
            |values: &Vec<Option<f64>>| values[place].map_or("–".to_owned(), |value| value.to_string());
        let cells = columns.iter().map(|(_, values)| value(values));
        std::iter::once(across[place].clone()).chain(cells).collect()
    };
    Plot {
        words: format!(
            "{} by {}, {} points; the table has all values.",
            names.join(", "),
            name(0),
            across.len()
        ),
        keys: line_tone::PLACES.iter().zip(&names).map(|(tone, name)| key(tone, name)).collect(),
        shapes: line_tone::PLACES
            .iter()
            .zip(&columns)
            .map(|(tone, (_, values))| line(tone, &places, axis, values))
            .collect(),
        across: slots.ticks(|place| across[place].clone()),
        up: axis.ticks(short),
        rows: (0..across.len()).map(row).collect(),
        headings: std::iter::once(name(0)).chain(names).collect(),
        places,
        ..Plot::default()
    }
}

fn key(tone: &str, name: &str) -> Key {
    Key { tone: tone.to_owned(), name: name.to_owned() }
}

/// `1.2 M`, `24,500`, `0.35`.
fn short(value: f64) -> String {
    let size = value.abs();
    if size >= 1e6 {
        format!("{} M", (value / 1e5).round() / 10.0)
    } else if size >= 1000.0 {
        format::grouped_signed(value.round() as i64)
    } else {
        format!("{}", (value * 1000.0).round() / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(columns: &[&str], rows: Vec<Vec<SqlValue>>) -> SqlAnswer {
        SqlAnswer {
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            rows,
            more: None,
            reads: SqlReads { candles: Some(0), bytes: Some(0) },
            plan: Vec::new(),
            took_ms: 1234,
        }
    }

    #[test]
    fn columns_of_other_magnitudes_have_charts_of_their_own_and_text_has_none() {
        let row = |day: &str, close: f64, volume: i64| {
            let text = |text: &str| SqlValue::Text(text.to_owned());
            vec![
                text(day),
                SqlValue::Real(close),
                SqlValue::Integer(volume),
                SqlValue::Nothing,
                text("NIFTY"),
            ]
        };
        let rows = vec![row("2025-08-01", 24_500.0, 9_000_000), row("2025-08-02", 24_600.5, 8_000_000)];
        let columns = ["day", "close", "volume", "none", "symbol"];
        let drawn = drawn(answer(&columns, rows));
        let of_columns: Vec<(&str, bool)> =
            drawn.columns.iter().map(|(name, is)| (name.as_str(), *is)).collect();
        assert_eq!(
            of_columns,
            [("day", false), ("close", true), ("volume", true), ("none", false), ("symbol", false)]
        );
        assert_eq!(drawn.told, "2 rows in 1.23 s · no candle is read");
        assert_eq!(drawn.rows[1], ["2025-08-02", "24600.5", "8000000", "", "NIFTY"]);
        let keys: Vec<Vec<&str>> =
            drawn.plots.iter().map(|plot| plot.keys.iter().map(|key| key.name.as_str()).collect()).collect();
        assert_eq!(keys, [["close"], ["volume"]]);
        assert_eq!(drawn.plots[0].rows[1], ["2025-08-02", "24600.5"]);
    }

    #[test]
    fn one_row_and_words_alone_have_no_chart() {
        let text = || SqlValue::Text("a".to_owned());
        assert!(drawn(answer(&["a", "b"], vec![vec![text(), SqlValue::Integer(1)]])).plots.is_empty());
        assert!(drawn(answer(&["a", "b"], vec![vec![text(), text()]; 3])).plots.is_empty());
        assert_eq!(drawn(answer(&["a"], Vec::new())).told, "Nothing is found in 1.23 s · no candle is read");
    }
}
