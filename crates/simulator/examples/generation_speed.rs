//! Candles made, written as JSON and compressed per second: `cargo run --release -p simulator --example
//! generation_speed`. A figure for people, not a test.

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a stopwatch that prints")]

use std::time::Instant;

use axum::body::Body;
use axum::http::Request;
use market::{ContractKinds, InstrumentKey, Interval};
use simulator::{Simulator, SimulatorOptions};
use tower::ServiceExt;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let simulator = Simulator::new(SimulatorOptions { limits: None, ..SimulatorOptions::default() })?;
    let oracle = simulator.oracle();
    let nifty: InstrumentKey = "NSE_INDEX|Nifty 50".parse()?;
    let expiries = oracle.expiries(&nifty);
    let last_ten = &expiries[expiries.len() - 10..];

    let started = Instant::now();
    let mut candles = 0;
    let mut contracts = 0;
    for expiry in last_ten {
        for contract in oracle.contracts(&nifty, *expiry, ContractKinds::Both) {
            let (key, from) = (&contract.expired_key, expiry.plus_days(-90));
            candles += oracle.candles(key, Interval::Minute1, from, *expiry).len();
            contracts += 1;
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("made: {candles} candles of {contracts} contracts, {:.0} a second", candles as f64 / seconds);

    let future = "NSE_FO%7C64103%7C28-08-2025/1minute/2025-08-28/2025-05-30";
    let path = format!("/v2/expired-instruments/historical-candle/{future}");
    for (what, encoding) in [("first", "identity"), ("again", "identity"), ("again, gzip", "gzip")] {
        let request = Request::get(&path).header("Authorization", "Bearer simulated");
        let request = request.header("Accept-Encoding", encoding).body(Body::empty())?;
        let started = Instant::now();
        let answer = simulator.router().oneshot(request).await?;
        let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await?;
        println!("90 days of a future, {what}: {} bytes in {:?}", body.len(), started.elapsed());
    }
    Ok(())
}
