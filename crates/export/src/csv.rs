//! Bars as CSV: oldest first, rupees, times in IST without offset as in the `historical_data` view. A bar
//! without trades has empty prices.

use std::io::Write;

use market::Bars;

use crate::ExportError;
use crate::cell::Cell;

const HEADER: [&str; 7] = ["timestamp", "open", "high", "low", "close", "volume", "open_interest"];

pub(crate) fn write(bars: Bars, output: impl Write) -> Result<(), ExportError> {
    let mut writer = csv::Writer::from_writer(output);
    writer.write_record(HEADER)?;
    for bar in bars.bars {
        writer.write_record([
            Cell::text(&bar.start.to_ist_text()),
            bar.prices.map(|prices| prices.open).into(),
            bar.prices.map(|prices| prices.high).into(),
            bar.prices.map(|prices| prices.low).into(),
            bar.prices.map(|prices| prices.close).into(),
            bar.volume.into(),
            bar.open_interest.into(),
        ])?;
    }
    writer.flush().map_err(csv::Error::from)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::bars;
    use market::{Bar, EpochSeconds, Paise, Price, Prices};

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
        write(bars(rows), &mut text).unwrap();
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
        write(bars(vec![Bar { start, prices: Some(prices), volume: 75, open_interest: 0 }]), &mut text)
            .unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.ends_with("2025-08-01 09:15:00,982.275,24618.90,982.275,24618.90,75,0\n"), "{text}");
    }
}
