//! The documents of REST. `--json` prints the same ones.

use engine::Bars;
use market::{ChartInterval, Contract, ContractKinds, Day, ExpiredKey, InstrumentKey};
use protocol::{CollectOrder, ExpiryRow, JobEvent, JobPicture, SchedulePicture, Span, UnderlyingRow};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub struct InstrumentsDocument {
    pub instruments: Vec<UnderlyingRow>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ExpiriesDocument {
    pub underlying: InstrumentKey,
    /// What is said of the expiries is said of these days before them, in this interval.
    #[serde(flatten)]
    pub span: Span,
    pub expiries: Vec<ExpiryLine>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ExpiryLine {
    #[serde(flatten)]
    pub row: ExpiryRow,
    /// `complete`, `1 of 90 days`, `12 of 195 contracts`, `not listed`: of options and futures together.
    pub state: String,
}

impl ExpiriesDocument {
    pub fn new(underlying: InstrumentKey, span: Span, expiries: Vec<ExpiryRow>) -> Self {
        let line = |row: ExpiryRow| ExpiryLine { state: row.state_for(ContractKinds::Both).words(), row };
        Self { underlying, span, expiries: expiries.into_iter().map(line).collect() }
    }
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
            let price = |pick: fn(&market::Prices) -> market::Paise| {
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
