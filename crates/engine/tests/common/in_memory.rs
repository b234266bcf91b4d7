//! Whole runs on a clock of the caller's, usually a virtual one: the simulator's router called in memory.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::allow_attributes, clippy::unwrap_used, reason = "a test says what broke by panicking")]

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use engine::{
    BrokerAddress, Clock, EngineConfig, Limits, Source, Transport, TransportError, TransportFault,
    VirtualClock,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use http_body_util::BodyExt;
use ratelimit::WallTime;
use simulator::{Simulator, SimulatorOptions};
use tower::ServiceExt;

/// 21 November 2026, 06:00 IST: all of the simulated market is long final.
pub const START: WallTime = WallTime::from_millis(1_795_221_000_000);

/// Where nobody is: what a transport in memory answers comes from no address.
pub fn nowhere() -> BrokerAddress {
    "http://127.0.0.1:1".parse().unwrap()
}

/// An engine's configuration whose clock and transport are the caller's.
pub fn config(
    data_dir: &Path,
    limits: Limits,
    clock: impl Clock,
    transport: impl Transport,
    seed: u64,
) -> EngineConfig {
    EngineConfig {
        data_dir: data_dir.to_owned(),
        source: Source::Broker(nowhere()),
        limits,
        clock: Arc::new(clock),
        transport: Arc::new(transport),
        unlock: engine::Unlock::default(),
        upgrade_copy: Default::default(),
        environment: Vec::new(),
        commit: None,
        seed: Some(seed),
    }
}

/// A simulator that lives by `clock`.
pub fn simulator_at(clock: &VirtualClock, options: SimulatorOptions) -> Simulator {
    let (monotonic, wall, waiting) = (clock.clone(), clock.clone(), clock.clone());
    let simulator = Simulator::new(SimulatorOptions {
        now: Arc::new(move || monotonic.monotonic()),
        wall: Arc::new(move || wall.wall().as_millis()),
        wait: Arc::new(move |duration| {
            let clock = waiting.clone();
            async move { clock.sleep_until(clock.monotonic() + duration).await }.boxed()
        }),
        ..options
    });
    simulator.unwrap()
}

/// The simulator without a network: what its router answers is what the client gets.
#[derive(Clone)]
pub struct InMemory {
    router: Router,
}

impl InMemory {
    pub fn new(simulator: &Simulator) -> Self {
        Self { router: simulator.router() }
    }
}

impl Transport for InMemory {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let router = self.router.clone();
        async move {
            let answer = router.oneshot(request.map(Body::from)).await;
            let (parts, body) = answer.unwrap_or_else(|never| match never {}).into_parts();
            let whole = body.collect().await;
            let whole = whole.map_err(|error| TransportError::new(TransportFault::CutOff, error))?;
            Ok(Response::from_parts(parts, whole.to_bytes()))
        }
        .boxed()
    }
}
