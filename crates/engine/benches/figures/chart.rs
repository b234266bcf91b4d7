//! How long a page waits for its chart: all minutes of a future, from the database to the bytes of the answer. The
//! way through HTTP is not in it.

use std::time::Duration;

use engine::{CandlesWish, Clock, Engine, Limits, SystemClock};
use market::{ChartInterval, ContractKinds, ExpiredKey};
use protocol::{CandleColumns, CollectOrder, ExpiryChoice};
use simulator::{Simulator, SimulatorOptions};

use crate::Failure;
use crate::in_memory::InMemory;
use crate::stage::{complete, open, order};
use crate::table::{Goal, row};

/// A future of three months has little more.
const BARS_MIN: usize = 20_000;
const RUNS: usize = 200;

pub async fn run() -> Result<(), Failure> {
    let simulator = Simulator::new(SimulatorOptions { limits: None, ..SimulatorOptions::default() })?;
    let data = tempfile::tempdir()?;
    let transport = InMemory::new(&simulator);
    let engine = open(data.path(), Limits::off(), SystemClock::new(), transport).await?;
    // A monthly future trades in every minute of its three months.
    let expiry = "2025-08-28".parse()?;
    let dates = ExpiryChoice::Dates(vec![expiry]);
    let order = CollectOrder { expiries: dates, kinds: ContractKinds::Futures, ..order(1)? };
    let job = engine.jobs().create(&order).await?;
    complete(&engine, job).await?;
    let (contracts, _) = engine.expired().contracts(&order.underlyings[0], expiry, order.kinds).await?;
    let future = contracts.first().ok_or("the expiry has no future")?;
    let bars =
        engine.market_data().bars(&future.expired_key, ChartInterval::MINUTE_1, None).await?.bars.len();
    if bars < BARS_MIN {
        return Err(format!("the future has {bars} bars only").into());
    }
    let minutes = p95(&engine, &future.expired_key, ChartInterval::MINUTE_1).await?;
    let what = format!("chart of {bars} bars from database to bytes, p95");
    row(&what, minutes, 1, " ms", Goal::AtMost(50.0));
    let mut slowest: f64 = 0.0;
    for interval in ChartInterval::COMMON {
        slowest = slowest.max(p95(&engine, &future.expired_key, interval).await?);
    }
    row("  any interval, the slowest p95", slowest, 1, " ms", Goal::AtMost(100.0));
    Ok(engine.close().await?)
}

async fn p95(engine: &Engine, key: &ExpiredKey, interval: ChartInterval) -> Result<f64, Failure> {
    let clock = SystemClock::new();
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..RUNS {
        let began = clock.monotonic();
        // As a page asks for it.
        let wish = CandlesWish { beside: "sessions".parse()?, ..CandlesWish::new(key.clone(), interval) };
        let candles = engine.market_data().candles(&wish).await?;
        let bytes = serde_json::to_vec(&CandleColumns::from(candles))?;
        times.push(clock.monotonic() - began);
        std::hint::black_box(bytes);
    }
    times.sort();
    Ok(times[RUNS * 95 / 100].as_secs_f64() * 1e3)
}
