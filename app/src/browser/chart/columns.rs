//! One candle of the columns in words: what the legend and the table say.

use std::cmp::Ordering;

use market::{EpochSeconds, Price};
use protocol::CandleColumns;

use crate::format;

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
        None => "–".to_owned(),
    };
    let count =
        |column: &[i64]| column.get(index).map_or_else(String::new, |count| format::grouped_signed(*count));
    Some(CandleWords {
        time: if daily { format::day(moment.day()) } else { format::moment(moment) },
        prices: [price(&columns.open), price(&columns.high), price(&columns.low), price(&columns.close)],
        change: change(&columns.close, index),
        volume: count(&columns.volume),
        open_interest: count(&columns.open_interest),
    })
}

/// The last candle that has a price, else the last one.
pub fn last_traded(columns: &CandleColumns) -> Option<usize> {
    columns.close.iter().rposition(Option::is_some).or(columns.len().checked_sub(1))
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
    Price::from_rupees(rupees).map_or_else(|| "–".to_owned(), format::price)
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
}
