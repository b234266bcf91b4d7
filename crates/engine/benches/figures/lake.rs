//! The lake: how fast it is published and pruned into, what a candle takes there all in all, and how soon a contract's chart
//! is read from it. From S3 it is read where `cargo xtask engines` has installed a server that speaks it.

use std::path::Path;
use std::time::Duration;

use engine::{Clock, Engine, Limits, SystemClock};
use market::{ChartInterval, ExpiredKey};
use protocol::{ArchiveOrder, LakeChoice, LakeOrder, PruneChoice};
use simulator::{Simulator, SimulatorOptions};

use crate::Failure;
use crate::in_memory::InMemory;
use crate::stage::{Recorded, complete, open, order};
use crate::table::{Goal, not_run, row};

const EXPIRIES: u32 = 4;
/// Charts that are read, each by an engine that has read nothing before.
const CHARTS: usize = 9;
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Where a lake may be made in a bucket, beside how it is reached: `cargo xtask bench` says so.
const S3_LAKE: &str = "EXPIRYTRACK_BENCH_S3_LAKE";

struct Measured {
    candles: u64,
    published_in: f64,
    pruned_in: f64,
    /// Milliseconds, sorted.
    cold: Vec<f64>,
    warm: Vec<f64>,
}

pub async fn run() -> Result<(), Failure> {
    let simulator = Simulator::new(SimulatorOptions { limits: None, ..SimulatorOptions::default() })?;
    let transport = Recorded::new(InMemory::new(&simulator));
    let folder = tempfile::tempdir()?;
    let lake = folder.path().join("lake");
    let disk = measured(&transport, lake.to_str().ok_or("a folder that is no UTF-8")?).await?;
    let rate = |candles: u64, seconds: f64| candles as f64 / seconds / 1e6;
    let what = format!("publishing {} candles, read back and hashed", disk.candles);
    row(&what, rate(disk.candles, disk.published_in), 2, " M/s", Goal::None);
    row("pruning them out of the database", rate(disk.candles, disk.pruned_in), 2, " M/s", Goal::None);
    let bytes = bytes_below(&lake)? as f64 / disk.candles as f64;
    row("bytes a candle: candles, contracts, manifests and all", bytes, 1, "", Goal::AtMost(6.0));
    charts("the lake on disk", &disk, 100.0);
    let of_s3 = "a contract's chart from S3 on loopback, median";
    let Ok(bucket) = std::env::var(S3_LAKE) else {
        not_run(of_s3, "no S3 server: cargo xtask engines installs one");
        return Ok(());
    };
    let s3 = measured(&transport, &bucket).await?;
    row("publishing to S3 on loopback", rate(s3.candles, s3.published_in), 2, " M/s", Goal::None);
    charts("S3 on loopback", &s3, 300.0);
    Ok(())
}

fn charts(place: &str, of: &Measured, most: f64) {
    let what = format!("a contract's chart from {place}, the first of an engine, median");
    row(&what, of.cold[CHARTS / 2], 1, " ms", Goal::AtMost(most));
    row("  the slowest", of.cold[CHARTS - 1], 1, " ms", Goal::None);
    row("  the same chart again, median", of.warm[CHARTS / 2], 1, " ms", Goal::None);
}

async fn measured(transport: &Recorded, place: &str) -> Result<Measured, Failure> {
    let (data, clock) = (tempfile::tempdir()?, SystemClock::new());
    let engine = open(data.path(), Limits::off(), SystemClock::new(), transport.clone()).await?;
    let collect = order(EXPIRIES)?;
    let job = engine.jobs().create(&collect).await?;
    complete(&engine, job).await?;
    let underlying = collect.underlyings[0].clone();
    let publish = LakeOrder {
        underlying: underlying.clone(),
        expiries: LakeChoice::Complete,
        to: Some(place.to_owned()),
        days: collect.days,
        volatility: false,
        why: None,
    };
    let began = clock.monotonic();
    engine.lake().publish(publish).await?;
    ended(&engine, &clock).await?;
    let published_in = (clock.monotonic() - began).as_secs_f64();
    let candles = engine.lake().picture().await?.partitions.iter().map(|of| of.rows).sum();
    let prune = ArchiveOrder { underlying: underlying.clone(), expiries: PruneChoice::All, lake: None };
    let preview = engine.storage().archive_preview(&prune).await?;
    let began = clock.monotonic();
    engine.storage().archive(&prune, &preview.token).await?;
    ended(&engine, &clock).await?;
    let pruned_in = (clock.monotonic() - began).as_secs_f64();
    let expiry = preview.expiries.first().ok_or("no expiry was pruned")?.expiry;
    let listed = engine.browse().contracts(&underlying, expiry, None).await?.contracts;
    let keys: Vec<ExpiredKey> = listed.into_iter().map(|row| row.contract.expired_key).collect();
    engine.close().await?;
    // The data directory is free for the next when the handle is gone.
    drop(engine);
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    for key in keys.iter().step_by((keys.len() / CHARTS).max(1)).take(CHARTS) {
        let engine = open(data.path(), Limits::off(), SystemClock::new(), transport.clone()).await?;
        for times in [&mut cold, &mut warm] {
            let began = clock.monotonic();
            engine.market_data().bars(key, ChartInterval::MINUTE_5, None).await?;
            times.push((clock.monotonic() - began).as_secs_f64() * 1e3);
        }
        engine.close().await?;
    }
    cold.sort_by(f64::total_cmp);
    warm.sort_by(f64::total_cmp);
    Ok(Measured { candles, published_in, pruned_in, cold, warm })
}

async fn ended(engine: &Engine, clock: &impl Clock) -> Result<(), Failure> {
    loop {
        let work = engine.storage().work().await?;
        if work.under_way.is_none() {
            return match work.last.and_then(|end| end.problem) {
                Some(problem) => Err(problem.into()),
                None => Ok(()),
            };
        }
        clock.sleep_until(clock.monotonic() + LOOK_EVERY).await;
    }
}

fn bytes_below(folder: &Path) -> Result<u64, Failure> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let is_folder = entry.file_type()?.is_dir();
        bytes += if is_folder { bytes_below(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(bytes)
}
