//! The real captures: their bytes for the wire and their content for the market around them. Whatever is
//! asked exactly as it was captured is answered with these bytes; see `fixtures/SOURCES.md`.

use market::{Candle, ContractKind, Day, EpochSeconds, Paise, Price, Prices};
use serde::Deserialize;

pub const UNDERLYING_KEY: &str = "NSE_INDEX|Nifty 50";
/// The day on which the expiries were captured, more or less: on it the list ends as captured.
pub const TODAY: &str = "2025-09-17";
pub const EXPIRY: &str = "2025-08-28";
pub const FUTURE_TOKEN: u32 = 64_103;
pub const FUTURE_KEY: &str = "NSE_FO|64103|28-08-2025";
pub const CANDLE_DAY: &str = "2025-08-01";
pub const CANDLES_IN_DAY: usize = 375;

pub const EXPIRIES: &str = include_str!("../fixtures/expiries_nifty50_real_2025-09.json");
pub const OPTION_CONTRACTS: &str = include_str!("../fixtures/option_contracts_nifty50_2025-08-28_real.json");
pub const FUTURE_CONTRACTS: &str = include_str!("../fixtures/future_contracts_nifty50_2025-08-28_real.json");
pub const CANDLES: &str =
    include_str!("../fixtures/historical_candle_NSE_FO_64103_28-08-2025_1minute_real_day_2025-08-01.json");

/// One option of the captured list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapturedOption {
    pub kind: ContractKind,
    pub strike_paise: i64,
    pub token: u32,
}

/// What the captures say, ready for use.
pub struct Capture {
    pub expiry: Day,
    pub candle_day: Day,
    /// Oldest first.
    pub candles: Vec<Candle>,
    /// As listed: strikes ascending, put before call.
    pub options: Vec<CapturedOption>,
}

impl Capture {
    /// `None` only if a file compiled in does not parse, which a test rules out.
    pub fn parse() -> Option<Self> {
        let file: Envelope<CandleData> = serde_json::from_str(CANDLES).ok()?;
        let mut candles = file.data.candles.iter().map(candle).collect::<Option<Vec<_>>>()?;
        candles.reverse();
        let file: Envelope<Vec<OptionRow>> = serde_json::from_str(OPTION_CONTRACTS).ok()?;
        let options = file.data.iter().map(option).collect::<Option<Vec<_>>>()?;
        Some(Self { expiry: EXPIRY.parse().ok()?, candle_day: CANDLE_DAY.parse().ok()?, candles, options })
    }
}

#[derive(Deserialize)]
struct Envelope<T> {
    data: T,
}

#[derive(Deserialize)]
struct CandleData {
    candles: Vec<CandleRow>,
}

type CandleRow = (String, f64, f64, f64, f64, i64, i64);

#[derive(Deserialize)]
struct OptionRow {
    instrument_type: String,
    strike_price: f64,
    exchange_token: String,
}

fn candle(row: &CandleRow) -> Option<Candle> {
    let (start, open, high, low, close, volume, open_interest) = row;
    let prices = Prices {
        open: Price::from_rupees(*open)?,
        high: Price::from_rupees(*high)?,
        low: Price::from_rupees(*low)?,
        close: Price::from_rupees(*close)?,
    };
    let start = EpochSeconds::parse_rfc3339(start)?;
    Some(Candle { start, prices, volume: *volume, open_interest: *open_interest })
}

fn option(row: &OptionRow) -> Option<CapturedOption> {
    Some(CapturedOption {
        kind: row.instrument_type.parse().ok()?,
        strike_paise: Paise::from_rupees(row.strike_price)?.0,
        token: row.exchange_token.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_hold_what_the_constants_say() {
        let capture = Capture::parse().unwrap();
        assert_eq!((capture.candles.len(), capture.options.len()), (CANDLES_IN_DAY, 194));
        assert!(capture.candles.iter().all(|candle| candle.start.day() == capture.candle_day));
        assert!(FUTURE_CONTRACTS.contains(&format!("\"{FUTURE_KEY}\"")));
        assert!(FUTURE_KEY.contains(&FUTURE_TOKEN.to_string()));
        assert!(TODAY.parse::<Day>().is_ok());
    }
}
