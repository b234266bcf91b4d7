//! Bars as CSV: oldest first, rupees, times in IST without offset as in the `historical_data` view. A bar
//! without trades has empty prices, and one without a row has nothing but its time and what stands beside it.

use std::io::Write;

use market::{Price, Prices};
use protocol::Candles;

use crate::ExportError;
use crate::cell::Cell;

const HEADER: [&str; 7] = ["timestamp", "open", "high", "low", "close", "volume", "open_interest"];

pub(crate) fn write(candles: Candles, output: impl Write) -> Result<(), ExportError> {
    let mut writer = csv::Writer::from_writer(output);
    let columns = candles.columns.iter().map(|column| column.name.as_str());
    let words = candles.words.iter().map(|words| words.name.as_str());
    writer.write_record(HEADER.into_iter().chain(columns).chain(words))?;
    for (at, row) in candles.rows.iter().enumerate() {
        let price = |pick: fn(&Prices) -> Price| Cell::from(row.prices().as_ref().map(pick));
        let mut cells = vec![
            Cell::text(&row.start.to_ist_text()),
            price(|prices| prices.open),
            price(|prices| prices.high),
            price(|prices| prices.low),
            price(|prices| prices.close),
            row.bar.map(|bar| bar.volume).into(),
            row.bar.map(|bar| bar.open_interest).into(),
        ];
        cells.extend(candles.columns.iter().map(|column| column.values.get(at).copied().flatten().into()));
        cells.extend(candles.words.iter().map(|words| {
            let word = words.values.get(at).and_then(Option::as_deref);
            Cell::text(word.unwrap_or_default())
        }));
        writer.write_record(cells)?;
    }
    writer.flush().map_err(csv::Error::from)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::bars;
    use market::{Bar, EpochSeconds, Paise};
    use protocol::{CandleColumn, CandleRow, CandleWords};

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
        write(bars(rows).into(), &mut text).unwrap();
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
        write(rows.into(), &mut text).unwrap();
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
        write(candles, &mut text).unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "timestamp,open,high,low,close,volume,open_interest,volatility,no_volatility_because\n\
             2025-08-01 09:15:00,,,,,0,150,,stale\n\
             2025-08-01 09:15:00,,,,,,,0.113612345,\n"
        );
    }
}
