//! Our own faults: a panic anywhere in a run fails that job in its own words, and the queue goes on; a loop that
//! ends without being asked is told, started again, and after too many times left alone.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::common::{Stage, day, nifty, order, until};
use crate::in_memory::{InMemory, config, nowhere};
use bytes::Bytes;
use engine::{
    Clock, Engine, EngineError, Limits, RunEnd, SecretString, SystemClock, Transport, TransportError,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use market::ContractKinds;
use protocol::{CollectOrder, EventLevel, JobCommand, JobId, JobStatus, LoopPicture, NoticeKind};
use ratelimit::{BootTime, WallTime};
use rusqlite::Connection;
use simulator::{Faults, Simulator, SimulatorOptions};
use tempfile::TempDir;

const EXPIRY: &str = "2025-08-21";
const OTHER: &str = "2025-08-14";
const WORDS: &str = "the ground gave way";

/// A transport that panics at the n-th request for candles of [`EXPIRY`]; zero: never.
#[derive(Clone)]
struct Trap {
    real: InMemory,
    at: Arc<AtomicU64>,
}

impl Trap {
    fn new(simulator: &Simulator, at: u64) -> Self {
        Self { real: InMemory::new(simulator), at: Arc::new(AtomicU64::new(at)) }
    }
}

impl Transport for Trap {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let path = request.uri().path();
        let is_meant = path.contains("historical-candle") && path.contains("21-08-2025");
        async move {
            if is_meant && self.at.load(Ordering::SeqCst) > 0 {
                assert_ne!(self.at.fetch_sub(1, Ordering::SeqCst), 1, "{WORDS}");
            }
            self.real.send(request).await
        }
        .boxed()
    }
}

fn stage() -> Stage {
    let options =
        SimulatorOptions { limits: None, strikes_each_side_max: Some(2), ..SimulatorOptions::default() };
    Stage { simulator: Simulator::new(options).unwrap(), address: nowhere(), data: TempDir::new().unwrap() }
}

async fn open(stage: &Stage, transport: impl Transport) -> Engine {
    let config = config(stage.data.path(), Limits::off(), SystemClock::new(), transport, 1);
    let engine = Engine::open(config).await.unwrap();
    engine.session().sign_in(SecretString::from("simulated")).await.unwrap();
    engine
}

fn small_order(expiry: &str) -> CollectOrder {
    CollectOrder { with_underlying: false, ..order(&[expiry], ContractKinds::Options) }
}

async fn status(engine: &Engine, job: JobId) -> JobStatus {
    engine.jobs().picture(job).await.unwrap().status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_fails_its_job_in_words_and_the_next_one_runs() {
    // The first request for candles is the run's own, later ones are the workers'.
    for request in [1, 4] {
        let stage = stage();
        let trap = Trap::new(&stage.simulator, request);
        let engine = open(&stage, trap.clone()).await;
        let broken = engine.jobs().create(&small_order(EXPIRY)).await.unwrap();
        let next = engine.jobs().create(&small_order(OTHER)).await.unwrap();
        engine.jobs().start_in_background();
        until(async || status(&engine, broken).await == JobStatus::Failed).await;
        until(async || status(&engine, next).await == JobStatus::Completed).await;

        let message = engine.jobs().picture(broken).await.unwrap().message.unwrap();
        assert!(message.contains(WORDS), "{message}");
        let events = engine.jobs().events(broken, 0).await.unwrap();
        let told = events.iter().find(|event| event.level == EventLevel::Error).unwrap();
        assert!(told.message.contains(WORDS), "{}", told.message);
        let notices = engine.notices().list(None).await.unwrap().notices;
        let notice = notices.iter().find(|notice| notice.job == Some(broken)).unwrap();
        assert_eq!(notice.kind, NoticeKind::JobFailed);
        assert!(notice.message.contains(WORDS), "{}", notice.message);

        // What it left is taken up by the same person's word as ever.
        engine.jobs().tell(broken, JobCommand::Retry).await.unwrap();
        until(async || status(&engine, broken).await == JobStatus::Completed).await;
        stage.assert_equals_broker(&nifty(), day(EXPIRY), ContractKinds::Options);
        engine.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_runs_a_job_itself_is_told_of_the_panic_too() {
    let stage = stage();
    let engine = open(&stage, Trap::new(&stage.simulator, 3)).await;
    let job = engine.jobs().create(&small_order(EXPIRY)).await.unwrap();
    assert_eq!(engine.jobs().run(job).await.unwrap(), RunEnd::Ended(JobStatus::Failed));
    assert!(engine.jobs().picture(job).await.unwrap().message.unwrap().contains(WORDS));
    engine.close().await.unwrap();
    assert!(matches!(engine.jobs().run(job).await, Err(EngineError::ShuttingDown)));
}

/// The first request of a job waits so long that another command finds it running.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_runs_is_not_run_twice_and_says_so() {
    let stage = Stage::new().await;
    stage.set_faults(Faults { latency_ms: 100, ..Faults::default() });
    let engine = stage.engine().await;
    engine.jobs().start_in_background();
    let job = engine.jobs().create(&small_order(EXPIRY)).await.unwrap();
    until(async || status(&engine, job).await == JobStatus::Running).await;
    let refused = engine.jobs().run(job).await.unwrap_err();
    assert!(matches!(refused, EngineError::JobRuns(_)), "{refused}");
    until(async || status(&engine, job).await == JobStatus::Completed).await;
    engine.close().await.unwrap();
}

/// One job whose plan nobody can read does not hold the others.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_cannot_be_read_fails_and_the_next_one_runs() {
    let stage = stage();
    let engine = open(&stage, InMemory::new(&stage.simulator)).await;
    let broken = engine.jobs().create(&small_order(EXPIRY)).await.unwrap();
    let next = engine.jobs().create(&small_order(OTHER)).await.unwrap();
    let beside = Connection::open(stage.data.path().join("expirytrack.db")).unwrap();
    beside
        .execute("UPDATE job_unit SET month = 'May' , underlying_id = 1 WHERE job_id = ?", [broken.0])
        .unwrap();
    engine.jobs().start_in_background();
    until(async || status(&engine, next).await == JobStatus::Completed).await;
    assert_eq!(status(&engine, broken).await, JobStatus::Failed);
    let message = engine.jobs().picture(broken).await.unwrap().message.unwrap();
    assert!(message.contains("May"), "{message}");
    engine.close().await.unwrap();
}

/// A real clock whose long sleeps panic while it is told to, and whose short ones end soon.
#[derive(Clone)]
struct FitfulClock {
    real: SystemClock,
    panics: Arc<AtomicU64>,
}

/// Nothing but a loop at rest sleeps so long.
const LONG: Duration = Duration::from_secs(20);
/// What a shorter sleep takes.
const SHORT: Duration = Duration::from_millis(2);

impl Clock for FitfulClock {
    fn monotonic(&self) -> Duration {
        self.real.monotonic()
    }

    fn wall(&self) -> WallTime {
        self.real.wall()
    }

    fn boot(&self) -> Option<BootTime> {
        self.real.boot()
    }

    fn sleep_until(&self, monotonic: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let is_long = monotonic.saturating_sub(self.monotonic()) > LONG;
        Box::pin(async move {
            if is_long {
                let left = self.panics.load(Ordering::SeqCst);
                if left > 0 {
                    self.panics.fetch_sub(1, Ordering::SeqCst);
                    panic!("{WORDS}");
                }
                self.real.sleep_until(monotonic).await;
            } else {
                // Others get their turn meanwhile, as they would.
                self.real.sleep_until(self.monotonic() + SHORT).await;
            }
        })
    }
}

async fn loop_named(engine: &Engine, name: &str) -> LoopPicture {
    let loops = engine.status().await.unwrap().loops;
    loops.into_iter().find(|of| of.name == name).unwrap()
}

async fn with_fitful_clock(panics: u64) -> (Stage, Engine) {
    let stage = stage();
    let clock = FitfulClock { real: SystemClock::new(), panics: Arc::new(AtomicU64::new(panics)) };
    let transport = InMemory::new(&stage.simulator);
    let engine = Engine::open(config(stage.data.path(), Limits::off(), clock, transport, 1)).await.unwrap();
    engine.session().sign_in(SecretString::from("simulated")).await.unwrap();
    (stage, engine)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loop_that_panics_is_told_and_started_again() {
    let (_stage, engine) = with_fitful_clock(2).await;
    assert_eq!(engine.status().await.unwrap().loops, [], "nothing was started");
    engine.jobs().start_in_background();
    until(async || loop_named(&engine, "jobs").await.restarts == 2).await;
    let jobs = loop_named(&engine, "jobs").await;
    assert!(jobs.running && jobs.why.as_deref().unwrap().contains(WORDS), "{jobs:?}");
    let job = engine.jobs().create(&small_order(OTHER)).await.unwrap();
    until(async || status(&engine, job).await == JobStatus::Completed).await;
    engine.close().await.unwrap();
    until(async || !engine.requests().loops()[0].running).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loop_that_panics_again_and_again_stays_ended_and_the_others_go_on() {
    let (_stage, engine) = with_fitful_clock(6).await;
    engine.notices().start_in_background();
    until(async || {
        let deliveries = loop_named(&engine, "deliveries").await;
        !deliveries.running && deliveries.restarts == 5
    })
    .await;
    let why = loop_named(&engine, "deliveries").await.why.unwrap();
    assert!(why.contains(WORDS), "{why}");
    engine.jobs().start_in_background();
    engine.schedules().start_in_background();
    let names: Vec<_> = engine.requests().loops().into_iter().map(|of| (of.name, of.running)).collect();
    let expected = [("deliveries", false), ("jobs", true), ("schedules", true)];
    assert_eq!(names, expected.map(|(name, running)| (name.to_owned(), running)));
    let job = engine.jobs().create(&small_order(OTHER)).await.unwrap();
    until(async || status(&engine, job).await == JobStatus::Completed).await;
    engine.close().await.unwrap();
}
