//! The documents of REST. `--json` prints the same ones.

use engine::{Bars, Engine, EngineError};
use market::{ChartInterval, Contract, ContractKinds, Day, ExpiredKey, InstrumentKey, UnderlyingName};
use protocol::{
    CollectOrder, ExpiryRow, JobEvent, JobPicture, ListStates, MasterState, SchedulePicture, UnderlyingRow,
    Wait,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub struct InstrumentsDocument {
    pub instruments: Vec<UnderlyingRow>,
    /// Whether they are all.
    #[serde(default)]
    pub master: MasterState,
}

impl InstrumentsDocument {
    pub async fn search(engine: &Engine, search: &str) -> Result<Self, EngineError> {
        let instruments = engine.instruments().underlyings(search).await?;
        Ok(Self { instruments, master: engine.instruments().master().await? })
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ExpiriesDocument {
    pub underlying: InstrumentKey,
    pub expiries: Vec<ExpiryRow>,
    /// What a newer list waits for; these are the ones that are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<Wait>,
}

impl ExpiriesDocument {
    pub async fn of(engine: &Engine, name: &UnderlyingName) -> Result<Self, EngineError> {
        let underlying = engine.instruments().find(name).await?;
        Ok(Self { expiries: engine.expired().expiries(&underlying).await?, underlying, waits: None })
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ContractsDocument {
    pub underlying: InstrumentKey,
    pub expiry: Day,
    pub contracts: Vec<Contract>,
    /// How far the lists are believed.
    #[serde(default)]
    pub lists: ListStates,
}

impl ContractsDocument {
    pub async fn of(
        engine: &Engine,
        name: &UnderlyingName,
        expiry: Day,
        kinds: ContractKinds,
    ) -> Result<Self, EngineError> {
        let underlying = engine.instruments().find(name).await?;
        let (contracts, lists) = engine.expired().contracts(&underlying, expiry, kinds).await?;
        Ok(Self { underlying, expiry, contracts, lists })
    }
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
    pub order: CollectOrder<UnderlyingName>,
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
