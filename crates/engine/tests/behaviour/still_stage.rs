//! The small market in memory, on a clock that stands still while anybody works: latency, back-offs and hours cost
//! nothing, and what is waited for is seen at the moment at which it comes about.

use std::time::Duration;

use engine::{Clock, Engine, Limits, SecretString, VirtualClock};
use simulator::SimulatorOptions;
use tempfile::TempDir;

use crate::common::Stage;
use crate::in_memory::{InMemory, START, config, nowhere, simulator_at};
use crate::still_time::StillTime;

/// What hangs for so long, in real time, has come to rest without what was waited for.
const PATIENCE: Duration = Duration::from_secs(180);

pub struct StillStage {
    pub stage: Stage,
    pub clock: VirtualClock,
    _time: StillTime,
}

impl StillStage {
    pub fn new() -> Self {
        let clock = VirtualClock::new(START);
        let small = SimulatorOptions { limits: None, strikes_each_side_max: Some(6), ..Default::default() };
        let stage = Stage {
            simulator: simulator_at(&clock, small),
            address: nowhere(),
            data: TempDir::new().unwrap(),
        };
        let _time = StillTime::start(clock.clone());
        Self { stage, clock, _time }
    }

    /// An engine that is signed in.
    pub async fn engine(&self) -> Engine {
        let transport = InMemory::new(&self.stage.simulator);
        let config = config(self.stage.data.path(), Limits::off(), self.clock.clone(), transport, 1);
        let engine = Engine::open(config).await.unwrap();
        engine.session().sign_in(SecretString::from("simulated")).await.unwrap();
        engine
    }

    /// Lets time pass in which something may happen, or must not.
    pub async fn pass(&self, time: Duration) {
        self.clock.sleep_until(self.clock.monotonic() + time).await;
    }
}

/// Looks at every change of the engine's until something has come about.
pub async fn until_changed(engine: &Engine, mut holds: impl AsyncFnMut() -> bool) {
    let mut changes = engine.changes();
    let patience = async {
        while !holds().await {
            changes.changed().await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, patience).await.unwrap();
}
