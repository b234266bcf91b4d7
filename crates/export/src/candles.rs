//! Bars with what stands beside them as a table: oldest first, rupees. A bar without trades has no prices, and one without
//! a row has nothing but its time and what stands beside it.

use std::sync::Arc;

use market::{Bar, Price, Prices};
use protocol::Candles;

use crate::ExportError;
use crate::table::{Batch, Column, Kind, Values};

pub(crate) fn candles_as_table(candles: &Candles) -> Result<(Vec<Column>, Batch), ExportError> {
    let rows = &candles.rows;
    let price = |pick: fn(&Prices) -> Price| {
        Values::Prices(rows.iter().map(|row| row.prices().as_ref().map(pick)).collect())
    };
    let count =
        |pick: fn(&Bar) -> i64| Values::Wholes(rows.iter().map(|row| row.bar.as_ref().map(pick)).collect());
    let mut table = vec![
        (Column::new("time", Kind::Time), Values::Times(rows.iter().map(|row| Some(row.start)).collect())),
        (Column::new("open", Kind::Price), price(|prices| prices.open)),
        (Column::new("high", Kind::Price), price(|prices| prices.high)),
        (Column::new("low", Kind::Price), price(|prices| prices.low)),
        (Column::new("close", Kind::Price), price(|prices| prices.close)),
        (Column::new("volume", Kind::Whole), count(|bar| bar.volume)),
        (Column::new("open_interest", Kind::Whole), count(|bar| bar.open_interest)),
    ];
    table.extend(candles.columns.iter().map(|column| {
        let values = (0..rows.len()).map(|row| column.values.get(row).copied().flatten());
        (Column::new(column.name.clone(), Kind::Number), Values::Numbers(values.collect()))
    }));
    table.extend(candles.words.iter().map(|words| {
        let word = |row| words.values.get(row).and_then(Option::as_deref).map(Arc::from);
        (Column::new(words.name.clone(), Kind::Text), Values::Texts((0..rows.len()).map(word).collect()))
    }));
    let (columns, values) = table.into_iter().unzip();
    Ok((columns, Batch::new(values)?))
}

#[cfg(test)]
mod tests {
    use market::{Bar, EpochSeconds, Paise};
    use protocol::{CandleColumn, CandleRow, CandleWords};

    use super::*;
    use crate::tests::bars;
    use crate::{Format, Origin};

    #[test]
    fn a_gap_has_empty_prices_and_times_are_ist() {
        let start = EpochSeconds::parse_rfc3339("2025-08-01T09:15:00+05:30").unwrap();
        let price = |paise| Price::from(Paise(paise));
        let prices = Prices { open: price(100), high: price(250), low: price(95), close: price(205) };
        let rows = vec![
            Bar { start, prices: Some(prices), volume: 75, open_interest: 150 },
            Bar { start: EpochSeconds(start.0 + 60), prices: None, volume: 0, open_interest: 150 },
        ];
        let mut text = Vec::new();
        Format::Csv.write(bars(rows), &Origin::default(), &mut text).unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "timestamp,open,high,low,close,volume,open_interest\n\
             2025-08-01 09:15:00,1.00,2.50,0.95,2.05,75,150\n\
             2025-08-01 09:16:00,,,,,0,150\n"
        );
    }

    #[test]
    fn a_price_finer_than_a_paisa_is_written_in_full() {
        let start = EpochSeconds::parse_rfc3339("2025-08-01T09:15:00+05:30").unwrap();
        let (fine, whole) = (Price::from_rupees(982.275).unwrap(), Paise(2_461_890).into());
        let prices = Prices { open: fine, high: whole, low: fine, close: whole };
        let mut text = Vec::new();
        let rows = bars(vec![Bar { start, prices: Some(prices), volume: 75, open_interest: 0 }]);
        Format::Csv.write(rows, &Origin::default(), &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.ends_with("2025-08-01 09:15:00,982.275,24618.90,982.275,24618.90,75,0\n"), "{text}");
    }

    #[test]
    fn what_stands_beside_a_bar_follows_it_in_its_row() {
        let start = EpochSeconds::parse_rfc3339("2025-08-01T09:15:00+05:30").unwrap();
        let row = |bar| CandleRow { start, bar };
        let bar = Bar { start, prices: None, volume: 0, open_interest: 150 };
        let candles = Candles {
            rows: vec![row(Some(bar)), row(None)],
            columns: vec![CandleColumn {
                name: "volatility".to_owned(),
                title: "Volatility".to_owned(),
                unit: "fraction".to_owned(),
                values: vec![None, Some(0.113_612_345)],
            }],
            words: vec![CandleWords {
                name: "no_volatility_because".to_owned(),
                values: vec![Some("stale".to_owned()), None],
            }],
            ..Candles::from(bars(Vec::new()))
        };
        let mut text = Vec::new();
        Format::Csv.write(candles, &Origin::default(), &mut text).unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "timestamp,open,high,low,close,volume,open_interest,volatility,no_volatility_because\n\
             2025-08-01 09:15:00,,,,,0,150,,stale\n\
             2025-08-01 09:15:00,,,,,,,0.113612345,\n"
        );
    }
}
