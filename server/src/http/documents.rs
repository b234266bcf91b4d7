//! The documents of REST. `--json` prints the same ones.

use engine::Bars;
use market::{ChartInterval, Contract, Day, ExpiredKey, InstrumentKey};
use protocol::{CollectOrder, ExpiryRow, JobEvent, JobPicture, SchedulePicture, UnderlyingRow};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub struct InstrumentsDocument {
    pub instruments: Vec<UnderlyingRow>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ExpiriesDocument {
    pub underlying: InstrumentKey,
    pub expiries: Vec<ExpiryRow>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ContractsDocument {
    pub underlying: InstrumentKey,
    pub expiry: Day,
    pub contracts: Vec<Contract>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct JobsDocument {
    pub jobs: Vec<JobPicture>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct EventsDocument {
    pub events: Vec<JobEvent>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct SchedulesDocument {
    pub schedules: Vec<SchedulePicture>,
}

/// What POST to `jobs` takes: an order, and whether an unfinished job of the same plan is taken up instead.
#[derive(Debug, Deserialize)]
pub struct NewJob {
    #[serde(flatten)]
    pub order: CollectOrder,
    #[serde(default)]
    pub take_up: bool,
}

/// Start in IST, open, high, low, close in rupees (null in a gap), volume, open interest.
type CandleRow = (String, Option<f64>, Option<f64>, Option<f64>, Option<f64>, i64, i64);

/// Bars as rows, oldest first.
#[derive(Debug, Serialize)]
pub struct CandlesDocument {
    pub expired_key: ExpiredKey,
    pub interval: ChartInterval,
    pub candles: Vec<CandleRow>,
}

impl From<Bars> for CandlesDocument {
    fn from(bars: Bars) -> Self {
        let row = |bar: &market::Bar| {
            let price = |pick: fn(&market::Prices) -> market::Price| {
                bar.prices.as_ref().map(|prices| pick(prices).to_rupees())
            };
            let start = bar.start.to_ist().format("%Y-%m-%dT%H:%M:%S+05:30").to_string();
            (
                start,
                price(|prices| prices.open),
                price(|prices| prices.high),
                price(|prices| prices.low),
                price(|prices| prices.close),
                bar.volume,
                bar.open_interest,
            )
        };
        Self {
            candles: bars.bars.iter().map(row).collect(),
            expired_key: bars.contract.expired_key,
            interval: bars.interval,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::{Bar, Paise, Price, Prices};

    #[test]
    fn prices_are_printed_as_they_are_whole_paise_or_finer() {
        let (fine, whole) = (Price::from_rupees(982.275).unwrap(), Price::from(Paise(2_461_890)));
        let bar = Bar {
            start: "2025-08-01".parse::<Day>().unwrap().at_minute(555),
            prices: Some(Prices { open: fine, high: whole, low: fine, close: whole }),
            volume: 75,
            open_interest: 0,
        };
        let columns = serde_json::to_value(protocol::CandleColumns::from_iter([bar])).unwrap();
        assert_eq!(
            (columns["open"].to_string(), columns["close"].to_string()),
            ("[982.275]".into(), "[24618.9]".into())
        );
        let contract = Contract {
            expired_key: "NSE_FO|1|28-08-2025".parse().unwrap(),
            underlying_key: "NSE_EQ|INE040A01034".parse().unwrap(),
            expiry: "2025-08-28".parse().unwrap(),
            kind: market::ContractKind::Future,
            strike: None,
            trading_symbol: "HDFCBANK FUT 28 AUG 25".to_owned(),
            lot_size: 550,
            tick_size: 10,
            weekly: None,
        };
        let bars = Bars { contract, interval: ChartInterval::Minute1, bars: vec![bar] };
        let document = serde_json::to_string(&CandlesDocument::from(bars)).unwrap();
        assert!(
            document.contains(r#"["2025-08-01T09:15:00+05:30",982.275,24618.9,982.275,24618.9,75,0]"#),
            "{document}"
        );
    }
}
