//! A job under the broker's limits, on a virtual clock: its time against an ideal scheduler's, the requests that
//! it took against the least possible, and what people were told of its length against what it took. No page is
//! connected, and time stands still while the engine works, so the figures are of the schedule alone.

use std::path::Path;
use std::time::Duration;

use engine::{Clock, Engine, Limits, VirtualClock};
use protocol::JobId;
use rusqlite::Connection;
use simulator::{Faults, Simulator, SimulatorOptions, UPSTOX_LIMITS};

use crate::in_memory::{InMemory, START, simulator_at};
use crate::stage::{complete, open, order};
use crate::still_time::StillTime;
use crate::table::{Goal, row};
use crate::{Failure, ideal};

/// About 2,500 requests; as many expiries as an estimate lists beforehand.
const EXPIRIES: u32 = 12;
const WORKERS: u32 = 5;
const LATENCIES: [Duration; 3] =
    [Duration::from_millis(100), Duration::from_millis(300), Duration::from_millis(2_000)];
const TO_IDEAL_MAX: f64 = 1.02;
/// When the time left is asked for.
const TOLD_EVERY: Duration = Duration::from_secs(15);
const TOLD_AT: [f64; 4] = [0.10, 0.25, 0.50, 0.75];

pub async fn run() -> Result<(), Failure> {
    for latency in LATENCIES {
        let plain = measure(latency, false).await?;
        let ideal = ideal::time(&Limits::upstox(), WORKERS, latency, plain.requests);
        let ratio = plain.took.as_secs_f64() / ideal.as_secs_f64();
        let what = format!(
            "a job of {} requests at {} s of latency, {:.0} s, to an ideal scheduler",
            plain.requests,
            latency.as_secs_f64(),
            plain.took.as_secs_f64()
        );
        row(&what, ratio, 4, "", Goal::AtMost(TO_IDEAL_MAX));
        row("  requests beyond the least: probes, second looks", plain.beyond_least(), 0, "", Goal::None);
        let told = measure(latency, true).await?;
        row("  error of the time told before the start", told.error_before(), 1, " %", Goal::None);
        for (share, error) in told.errors_of_rest() {
            let what = format!("  error of the time left told at {:.0} %", share * 100.0);
            row(&what, error, 1, " %", Goal::None);
        }
    }
    Ok(())
}

struct Measured {
    took: Duration,
    requests: u64,
    least: u64,
    estimated: Option<Duration>,
    /// When it was told since the start, and what.
    left: Vec<(Duration, Duration)>,
}

impl Measured {
    fn beyond_least(&self) -> f64 {
        self.requests as f64 - self.least as f64
    }

    fn error_before(&self) -> f64 {
        percent(self.estimated.unwrap_or_default(), self.took)
    }

    /// What was told nearest to each share of the job, against what was left in truth.
    fn errors_of_rest(&self) -> Vec<(f64, f64)> {
        let told_at = |share: f64| {
            let moment = self.took.mul_f64(share);
            self.left.iter().min_by_key(|(at, _)| at.abs_diff(moment))
        };
        let error = |share| Some((share, told_at(share).map(|(at, told)| percent(*told, self.took - *at))?));
        TOLD_AT.into_iter().filter_map(error).collect()
    }
}

fn percent(told: Duration, truth: Duration) -> f64 {
    (told.as_secs_f64() / truth.as_secs_f64() - 1.0) * 100.0
}

/// One job; estimated beforehand, as the wizard does, or begun at once.
async fn measure(latency: Duration, estimated: bool) -> Result<Measured, Failure> {
    let clock = VirtualClock::new(START);
    clock.reboot("first");
    let simulator = simulator_at(
        &clock,
        SimulatorOptions { limits: Some(UPSTOX_LIMITS.to_vec()), ..SimulatorOptions::default() },
    );
    let latency_ms = latency.as_millis().try_into()?;
    simulator.set_faults(Faults { latency_ms, ..Faults::default() });
    let data = tempfile::tempdir()?;
    let _time = StillTime::start(clock.clone());
    let transport = InMemory::new(&simulator);
    let engine = open(data.path(), Limits::upstox(), clock.clone(), transport).await?;
    let order = order(EXPIRIES)?;
    let estimate = if estimated { Some(engine.jobs().estimate(&order).await?) } else { None };
    let began = clock.monotonic();
    let job = engine.jobs().create(&order).await?;
    let mut left = Vec::new();
    tokio::select! {
        ended = complete(&engine, job) => ended?,
        failed = listen(&engine, job, &clock, &mut left) => failed?,
    }
    let took = clock.monotonic() - began;
    engine.close().await?;
    check_referee(&simulator)?;
    let (requests, least) = requests(&data.path().join("expirytrack.db"))?;
    Ok(Measured {
        took,
        requests,
        least,
        estimated: estimate.map(|told| Duration::from_secs(told.seconds)),
        left,
    })
}

/// A figure that was reached by breaking the limits is none.
fn check_referee(simulator: &Simulator) -> Result<(), Failure> {
    let report = simulator.referee();
    if report.violations > 0 { Err(format!("the limits were broken: {report:?}").into()) } else { Ok(()) }
}

/// Hears the time left again and again, until the job is done and this is dropped.
async fn listen(
    engine: &Engine,
    job: JobId,
    clock: &VirtualClock,
    left: &mut Vec<(Duration, Duration)>,
) -> Result<(), Failure> {
    let began = clock.monotonic();
    loop {
        clock.sleep_until(clock.monotonic() + TOLD_EVERY).await;
        if let Some(seconds) = engine.jobs().picture(job).await?.seconds_left {
            left.push((clock.monotonic() - began, Duration::from_secs(seconds)));
        }
    }
}

/// Requests for listings and candles, and the least that a job could do with: one a contract and one more for each
/// without a row, one a month of the index, one an expiry and kind, one for the expiries themselves.
fn requests(database: &Path) -> Result<(u64, u64), Failure> {
    let connection = Connection::open(database)?;
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let sent = count("SELECT count(*) FROM fetch_audit WHERE endpoint <> 'profile'")?;
    let contracts = count("SELECT sum(contracts_total + contracts_empty + months_total) FROM job")?;
    let least = contracts + i64::from(EXPIRIES) * 2 + 1;
    Ok((sent.try_into()?, least.try_into()?))
}
