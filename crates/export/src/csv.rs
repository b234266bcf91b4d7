//! Bars as CSV: oldest first, rupees, times in IST without offset as in the `historical_data` view. A bar
//! without trades has empty prices.

use std::io::Write;

use market::{Bar, Paise};

pub const CSV_HEADER: [&str; 7] = ["timestamp", "open", "high", "low", "close", "volume", "open_interest"];

#[derive(Debug, thiserror::Error)]
#[error("the CSV could not be written")]
pub struct ExportError(#[from] csv::Error);

pub fn write_csv(bars: impl IntoIterator<Item = Bar>, output: impl Write) -> Result<(), ExportError> {
    let mut writer = csv::Writer::from_writer(output);
    writer.write_record(CSV_HEADER)?;
    for bar in bars {
        let price = |paise: Option<Paise>| paise.map(|paise| paise.to_string()).unwrap_or_default();
        writer.write_record([
            bar.start.to_ist_text(),
            price(bar.prices.map(|prices| prices.open)),
            price(bar.prices.map(|prices| prices.high)),
            price(bar.prices.map(|prices| prices.low)),
            price(bar.prices.map(|prices| prices.close)),
            bar.volume.to_string(),
            bar.open_interest.to_string(),
        ])?;
    }
    writer.flush().map_err(csv::Error::from)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::{EpochSeconds, Prices};

    #[test]
    fn a_gap_has_empty_prices_and_times_are_ist() {
        let start = EpochSeconds::parse_rfc3339("2025-08-01T09:15:00+05:30").unwrap();
        let prices = Prices { open: Paise(100), high: Paise(250), low: Paise(95), close: Paise(205) };
        let bars = [
            Bar { start, prices: Some(prices), volume: 75, open_interest: 150 },
            Bar { start: EpochSeconds(start.0 + 60), prices: None, volume: 0, open_interest: 150 },
        ];
        let mut text = Vec::new();
        write_csv(bars, &mut text).unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "timestamp,open,high,low,close,volume,open_interest\n\
             2025-08-01 09:15:00,1.00,2.50,0.95,2.05,75,150\n\
             2025-08-01 09:16:00,,,,,0,150\n"
        );
    }
}
