//! What failed is tried again by itself after a while, ever later, and not for ever. On a virtual clock.

use std::time::Duration;

use crate::common::{Stage, day, nifty, order};
use crate::in_memory::{InMemory, START, TimeMachine, config, nowhere, simulator_at};
use engine::{Clock, Engine, Limits, SecretString, VirtualClock};
use market::ContractKinds;
use protocol::{JobId, JobPicture, JobStatus};
use simulator::{Chance, Faults, SimulatorOptions};
use tempfile::TempDir;

const EXPIRY: &str = "2025-08-28";
/// Without a capture, so its ladder is short.
const SHORT: &str = "2025-08-21";
/// All contracts, not the underlying.
const CANDLES: &str = "/v2/expired-instruments/historical-candle";
/// Ten minutes, an hour, six hours.
const WAITS: [i64; 3] = [600, 3600, 21_600];

struct Later {
    stage: Stage,
    engine: Engine,
    clock: VirtualClock,
    _time: TimeMachine,
}

impl Later {
    /// A job whose contracts all fail.
    async fn new(expiry: &str, kinds: ContractKinds) -> (Self, JobId) {
        let clock = VirtualClock::new(START);
        let simulator = simulator_at(
            &clock,
            SimulatorOptions { limits: None, strikes_each_side_max: Some(6), ..SimulatorOptions::default() },
        );
        let stage = Stage { simulator: simulator.clone(), address: nowhere(), data: TempDir::new().unwrap() };
        let transport = InMemory::new(&simulator);
        let config = config(stage.data.path(), Limits::off(), clock.clone(), transport, 1);
        let time = TimeMachine::start(clock.clone());
        let engine = Engine::open(config).await.unwrap();
        engine.session().sign_in(SecretString::from("simulated")).await.unwrap();
        stage.set_faults(Faults {
            path_prefix: CANDLES.to_owned(),
            server_error: Chance::ALWAYS,
            ..Faults::default()
        });
        engine.jobs().start_in_background();
        let job = engine.jobs().create(&order(&[expiry], kinds)).await.unwrap();
        (Self { stage, engine, clock, _time: time }, job)
    }

    async fn until(&self, job: JobId, holds: impl Fn(&JobPicture) -> bool) -> JobPicture {
        for _ in 0..100_000 {
            let picture = self.engine.jobs().picture(job).await.unwrap();
            if holds(&picture) {
                return picture;
            }
            // Hours are waited for in longer steps: each one lets the disk catch up, which takes real time.
            let step = Duration::from_secs(if picture.retry_at.is_some() { 60 } else { 1 });
            self.clock.sleep_until(self.clock.monotonic() + step).await;
        }
        panic!("it never came about: {:?}", self.engine.jobs().picture(job).await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_is_tried_again_by_itself_once_its_time_has_come() {
    let (later, job) = Later::new(EXPIRY, ContractKinds::Futures).await;
    let ended = later.until(job, |job| job.status == JobStatus::CompletedWithFailures).await;
    let wait = ended.retry_at.unwrap().0 - ended.ended_at.unwrap().0;
    // Time runs on by itself: between the two moments, and perhaps to the end of a later try.
    assert!(WAITS.iter().any(|after| (after - 60..=*after).contains(&wait)), "{wait} s");
    assert!(ended.message.unwrap().contains("tried again by itself"));
    later.stage.set_faults(Faults::default());
    let done = later.until(job, |job| job.status == JobStatus::Completed).await;
    assert!(done.ended_at >= ended.retry_at && done.retry_at.is_none());
    later.stage.assert_equals_broker(&nifty(), day(EXPIRY), ContractKinds::Futures);
    later.engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_failing_is_given_up_after_three_more_times() {
    let (later, job) = Later::new(EXPIRY, ContractKinds::Futures).await;
    let given_up = later
        .until(job, |job| {
            job.status == JobStatus::CompletedWithFailures && job.retries == 3 && job.retry_at.is_none()
        })
        .await;
    assert_eq!((given_up.contracts.failed, given_up.contracts.total), (1, 1));
    let asked = later.stage.candle_requests();
    assert_eq!(asked, 4 * 6, "four times, each once and five retries");
    let notices = "SELECT count(*) FROM notice WHERE kind = 'job_completed_with_failures'";
    assert_eq!(later.stage.sql::<i64>(notices), 2, "of the first end and of the last one");
    later.clock.sleep_until(later.clock.monotonic() + Duration::from_secs(8 * 3600)).await;
    assert_eq!(later.stage.candle_requests(), asked, "and not for ever");
    later.engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn contracts_that_the_broker_cannot_answer_fail_and_are_not_taken_for_an_outage() {
    let (later, job) = Later::new(SHORT, ContractKinds::Both).await;
    let ended = later.until(job, |job| job.status == JobStatus::CompletedWithFailures).await;
    assert!(ended.contracts.total > 12, "more than open the breaker: {:?}", ended.contracts);
    assert_eq!((ended.contracts.failed, ended.months.done), (ended.contracts.total, 4));
    let attempts = "SELECT min(attempts) * 100 + max(attempts) FROM job_unit WHERE contract_id IS NOT NULL";
    assert_eq!(later.stage.sql::<i64>(attempts), 606, "each once and five retries");
    let waited = "SELECT count(*) FROM job_event WHERE message LIKE 'Upstox fails again and again%'";
    assert!(later.stage.sql::<i64>(waited) > 0, "the breaker was open in between");
    later.engine.close().await.unwrap();
}
