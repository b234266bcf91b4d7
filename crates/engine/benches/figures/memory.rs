//! How much memory a job of ten million candles takes, and whether it grows. The simulator's own is included:
//! it makes the answers in the same process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use engine::{Clock, Limits, SystemClock};
use simulator::{Simulator, SimulatorOptions};

use crate::Failure;
use crate::in_memory::InMemory;
use crate::process::resident_mb;
use crate::stage::{complete, open, order};
use crate::table::{Goal, row};

/// Makes a little more than ten million candles.
const EXPIRIES: u32 = 27;
const CANDLES_MIN: u64 = 10_000_000;
const RESIDENT_MAX_MB: f64 = 300.0;
const SAMPLE_EVERY: Duration = Duration::from_millis(200);

pub async fn run() -> Result<(), Failure> {
    let simulator = Simulator::new(SimulatorOptions { limits: None, ..SimulatorOptions::default() })?;
    let data = tempfile::tempdir()?;
    let transport = InMemory::new(&simulator);
    let engine = open(data.path(), Limits::off(), SystemClock::new(), transport).await?;
    let job = engine.jobs().create(&order(EXPIRIES)?).await?;
    let ended = Arc::new(AtomicBool::new(false));
    let sampler = tokio::spawn(sample(ended.clone()));
    complete(&engine, job).await?;
    ended.store(true, Ordering::Relaxed);
    let samples = sampler.await??;
    let candles = engine.market_data().figures().await?.candles;
    engine.close().await?;
    if candles < CANDLES_MIN {
        return Err(format!("the job brought {candles} candles only").into());
    }
    let (first, second) = samples.split_at(samples.len() / 2);
    let most = samples.iter().copied().fold(0.0, f64::max);
    let million = candles as f64 / 1e6;
    let what = format!("resident memory at most, through a job of {million:.1} million candles");
    row(&what, most, 0, " MB", Goal::AtMost(RESIDENT_MAX_MB));
    row(
        "  in the middle of its second half to its first",
        middle(second) / middle(first),
        2,
        "",
        Goal::AtMost(1.1),
    );
    Ok(())
}

fn middle(samples: &[f64]) -> f64 {
    let mut samples = samples.to_vec();
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}

async fn sample(ended: Arc<AtomicBool>) -> Result<Vec<f64>, std::io::Error> {
    let clock = SystemClock::new();
    let mut samples = Vec::new();
    while !ended.load(Ordering::Relaxed) {
        samples.push(resident_mb()?);
        clock.sleep_until(clock.monotonic() + SAMPLE_EVERY).await;
    }
    Ok(samples)
}
