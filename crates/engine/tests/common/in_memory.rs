//! Whole runs on a virtual clock: the simulator's router called in memory, and the clock moved along.

#![allow(clippy::allow_attributes, clippy::unwrap_used, reason = "a test says what broke by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use engine::{Clock, Transport, TransportError, TransportFault, VirtualClock};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use http_body_util::BodyExt;
use simulator::{Simulator, SimulatorOptions};
use tower::ServiceExt;

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
pub struct InMemory(pub Simulator);

impl Transport for InMemory {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let router = self.0.router();
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

/// Moves the clock to the next sleeper over and over. It may outrun a write to the database: to the engine
/// that is a slow disk, which must do no harm either.
pub struct TimeMachine {
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl TimeMachine {
    pub fn start(clock: VirtualClock) -> Self {
        const REST: Duration = Duration::from_micros(100);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                std::thread::sleep(REST);
                if let Some(deadline) = clock.next_deadline() {
                    clock.advance_to(deadline);
                }
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for TimeMachine {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}
