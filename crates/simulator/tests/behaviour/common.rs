//! What the simulator's tests share: an instance in memory, requests to it, and the fixtures' bytes.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use bytes::Bytes;
use market::{Candle, Contract, ContractKinds, Day, InstrumentKey, Interval};
use serde_json::Value;
use simulator::{Faults, Oracle, Simulator, SimulatorOptions};
use tower::ServiceExt;

pub const EXPIRIES: &str = include_str!("../../fixtures/expiries_nifty50_real_2025-09.json");
pub const OPTIONS: &str = include_str!("../../fixtures/option_contracts_nifty50_2025-08-28_real.json");
pub const FUTURES: &str = include_str!("../../fixtures/future_contracts_nifty50_2025-08-28_real.json");
pub const CANDLES: &str =
    include_str!("../../fixtures/historical_candle_NSE_FO_64103_28-08-2025_1minute_real_day_2025-08-01.json");

pub const BASE: &str = "/v2/expired-instruments";
pub const NIFTY: &str = "NSE_INDEX%7CNifty%2050";
pub const CANDLE_PATH: &str =
    "/v2/expired-instruments/historical-candle/NSE_FO%7C64103%7C28-08-2025/1minute/2025-08-28/2025-08-20";

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The broker's code, or nothing under success.
    pub fn code(&self) -> String {
        self.json()["errors"][0]["error_code"].as_str().unwrap_or("").to_owned()
    }
}

pub fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub fn nifty() -> InstrumentKey {
    "NSE_INDEX|Nifty 50".parse().unwrap()
}

pub fn simulator_on(today: &str) -> Simulator {
    let options = SimulatorOptions { today: day(today), limits: None, ..SimulatorOptions::default() };
    Simulator::new(options).unwrap()
}

pub fn simulator_with(faults: Faults) -> Simulator {
    Simulator::new(SimulatorOptions { faults, limits: None, ..SimulatorOptions::default() }).unwrap()
}

/// Sends a request in memory; `None` when the body broke.
pub async fn try_send(simulator: &Simulator, request: Request<Body>) -> Option<Answer> {
    let (parts, body) = simulator.router().oneshot(request).await.unwrap().into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.ok()?;
    Some(Answer { status: parts.status, headers: parts.headers, body })
}

pub async fn send(simulator: &Simulator, request: Request<Body>) -> Answer {
    try_send(simulator, request).await.unwrap()
}

pub async fn get(simulator: &Simulator, path: &str) -> Answer {
    send(simulator, with_bearer("GET", path, "simulated")).await
}

pub fn with_bearer(method: &str, path: &str, token: &str) -> Request<Body> {
    let request = Request::builder().method(method).uri(path);
    request.header("Authorization", format!("Bearer {token}")).body(Body::empty()).unwrap()
}

pub async fn post_form(simulator: &Simulator, path: &str, form: &str) -> Answer {
    let request = Request::post(path).header("Content-Type", "application/x-www-form-urlencoded");
    send(simulator, request.body(Body::from(form.to_owned())).unwrap()).await
}

/// All rows of a contract, oldest first.
pub fn whole_life(oracle: &Oracle<'_>, contract: &Contract, interval: Interval) -> Vec<Candle> {
    oracle.candles(&contract.expired_key, interval, contract.expiry.plus_days(-120), contract.expiry)
}

/// Nifty's future of a monthly expiry.
pub fn future(oracle: &Oracle<'_>, expiry: &str) -> Contract {
    let futures = oracle.contracts(&nifty(), day(expiry), ContractKinds::Futures);
    futures.into_iter().next().unwrap()
}

pub fn candles(answer: &Answer) -> Vec<Value> {
    answer.json()["data"]["candles"].as_array().unwrap().clone()
}

pub async fn candles_with(faults: Faults) -> Vec<Value> {
    candles(&get(&simulator_with(faults), CANDLE_PATH).await)
}
