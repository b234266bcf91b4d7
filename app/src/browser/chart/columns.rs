//! One candle of the columns in words: what the legend and the table say.

use std::cmp::Ordering;

use market::{EpochSeconds, Price};
use protocol::CandleColumns;

use crate::browser::no_volatility::no_volatility;
use crate::format;

/// What stands where there is nothing.
const NOTHING: &str = "–";

/// One candle in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CandleWords {
    pub time: String,
    /// Open, high, low, close; `–` in a gap.
    pub prices: [String; 4],
    /// Against the last close before, with its sign.
    pub change: Option<Change>,
    pub volume: String,
    pub open_interest: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub words: String,
    pub direction: Ordering,
}

/// The candle at `index`; nothing beyond the end.
pub fn candle_words(columns: &CandleColumns, index: usize, daily: bool) -> Option<CandleWords> {
    let moment = EpochSeconds(*columns.time.get(index)?);
    let price = |column: &[Option<f64>]| match column.get(index).copied().flatten() {
        Some(rupees) => rupees_words(rupees),
        None => NOTHING.to_owned(),
    };
    let count = |column: &[Option<i64>]| match column.get(index).copied().flatten() {
        Some(count) => format::grouped_signed(count),
        None => NOTHING.to_owned(),
    };
    Some(CandleWords {
        time: if daily { format::day(moment.day()) } else { format::moment(moment) },
        prices: [price(&columns.open), price(&columns.high), price(&columns.low), price(&columns.close)],
        change: change(&columns.close, index),
        volume: count(&columns.volume),
        open_interest: count(&columns.open_interest),
    })
}

/// Units in lots. Where they are no whole lots the contract had another lot then, and nothing is said.
pub fn lots_words(units: Option<i64>, lot: Option<i64>) -> Option<String> {
    let (units, lot) = (u64::try_from(units?).ok()?, u64::try_from(lot?).ok().filter(|lot| *lot > 1)?);
    (units > 0 && units % lot == 0).then(|| format::counted(units / lot, "lot", "lots"))
}

/// The last candle that has a price, else the last one.
pub fn last_traded(columns: &CandleColumns) -> Option<usize> {
    columns.close.iter().rposition(Option::is_some).or(columns.len().checked_sub(1))
}

/// A value beside a candle, by its unit.
pub fn value_words(value: Option<f64>, unit: &str) -> String {
    match (value, unit) {
        (None, _) => NOTHING.to_owned(),
        (Some(value), "fraction") => format!("{:.2} %", value * 100.0),
        (Some(value), "greek") => format!("{value:.3}").replace('-', "−"),
        (Some(value), _) => format::rupees(value),
    }
}

/// Why there is no volatility at a bar, for people.
pub fn no_volatility_words(columns: &CandleColumns, index: usize) -> Option<&'static str> {
    let words = columns.words.iter().find(|words| words.name == "no_volatility_because")?;
    words.values.get(index)?.as_deref().map(|word| no_volatility(word).words)
}

/// The bars of which anything is known, for the table: the others are only the room between them.
pub fn known_bars(columns: &CandleColumns) -> Vec<usize> {
    let is_known = |at: &usize| {
        columns.volume.get(*at).copied().flatten().is_some()
            || columns.columns.iter().any(|column| column.values.get(*at).copied().flatten().is_some())
    };
    (0..columns.len()).filter(is_known).collect()
}

fn change(closes: &[Option<f64>], index: usize) -> Option<Change> {
    let close = closes.get(index).copied().flatten()?;
    let before = closes.get(..index)?.iter().rev().find_map(|close| *close).filter(|before| *before > 0.0)?;
    let difference = close - before;
    let direction = close.total_cmp(&before);
    let sign = match direction {
        Ordering::Less => "−",
        Ordering::Equal => "",
        Ordering::Greater => "+",
    };
    let words = format!(
        "{sign}{} ({sign}{:.2} %)",
        rupees_words(difference.abs()),
        (difference / before * 100.0).abs()
    );
    Some(Change { words, direction })
}

fn rupees_words(rupees: f64) -> String {
    Price::from_rupees(rupees).map_or_else(|| NOTHING.to_owned(), format::price)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::chart::arrays::sample as columns;

    #[test]
    fn a_candle_is_told_against_the_last_close() {
        let columns = columns(&[0, 60, 120, 180], &[Some(100.0), None, Some(95.5), Some(95.5)]);
        let words = candle_words(&columns, 2, false).unwrap();
        assert_eq!(words.time, "1 Jan 1970, 05:32");
        assert_eq!(words.prices[3], "95.50");
        assert_eq!(words.change.clone().unwrap().words, "−4.50 (−4.50 %)");
        assert_eq!(words.change.unwrap().direction, Ordering::Less);
        assert_eq!(candle_words(&columns, 0, true).unwrap().change, None);
        assert_eq!(candle_words(&columns, 1, false).unwrap().prices[0], "–");
        assert_eq!(candle_words(&columns, 3, false).unwrap().change.unwrap().words, "0.00 (0.00 %)");
        assert_eq!(candle_words(&columns, 4, false), None);
        assert_eq!(last_traded(&columns), Some(3));
        let fine = super::super::arrays::sample(&[0, 60], &[Some(982.275), Some(982.3)]);
        assert_eq!(candle_words(&fine, 0, false).unwrap().prices[3], "982.275");
        assert_eq!(candle_words(&fine, 1, false).unwrap().change.unwrap().words, "+0.025 (+0.00 %)");
        assert_eq!(last_traded(&CandleColumns::default()), None);
    }

    #[test]
    fn units_are_told_in_lots_where_they_are_whole_ones() {
        let words =
            [(Some(75), Some(75)), (Some(31_125), Some(75)), (Some(100), Some(75)), (Some(0), Some(75))];
        let told = words.map(|(units, lot)| lots_words(units, lot));
        assert_eq!(told, [Some("1 lot".to_owned()), Some("415 lots".to_owned()), None, None]);
        for (units, lot) in [(None, Some(75)), (Some(75), None), (Some(75), Some(0)), (Some(75), Some(1))] {
            assert_eq!(lots_words(units, lot), None, "{units:?} {lot:?}");
        }
    }

    #[test]
    fn what_stands_beside_a_candle_is_told_by_its_unit_and_what_is_missing_with_its_reason() {
        let words = [(0.113_612, "fraction"), (-0.4567, "greek"), (24_618.9, "rupees")]
            .map(|(value, unit)| value_words(Some(value), unit));
        assert_eq!(words, ["11.36 %", "−0.457", "24,618.90"]);
        assert_eq!(value_words(None, "fraction"), "–");
        let mut columns = columns(&[0, 60, 120], &[Some(1.0), None, None]);
        columns.words = vec![protocol::CandleWords {
            name: "no_volatility_because".to_owned(),
            values: vec![None, Some("stale".to_owned()), None],
        }];
        let told = [0, 1, 9].map(|at| no_volatility_words(&columns, at));
        assert_eq!(told, [None, Some("The last trade is older than a minute"), None]);
        (columns.volume[1], columns.volume[2]) = (None, None);
        columns.columns = vec![protocol::CandleColumn {
            name: "vwap".to_owned(),
            title: "VWAP".to_owned(),
            unit: "rupees".to_owned(),
            values: vec![None, None, Some(1.0)],
        }];
        assert_eq!(known_bars(&columns), [0, 2]);
    }
}
