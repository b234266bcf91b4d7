//! Whoever waits says for what and until when, ends waiting with the sign-in, and loses nothing that was asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::common::{day, nifty, order};
use crate::in_memory::{InMemory, START, config, simulator_at};
use crate::still_time::still;
use bytes::Bytes;
use engine::{Clock, Engine, EngineConfig, EngineError, Looker, SecretString, VirtualClock};
use engine::{Transport, TransportError, TransportFault};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use market::{ContractKinds, EpochSeconds};
use protocol::{
    JobId, JobPicture, JobStatus, NoticeKind, RunOutcome, ScheduleOrder, ScheduleRule, ScheduleTime,
    SessionState, Span, WaitFor,
};
use simulator::{Chance, Faults, Simulator, SimulatorOptions};
use tempfile::TempDir;

const EXPIRY: &str = "2025-08-28";
const OTHER: &str = "2025-08-21";

struct Case {
    clock: VirtualClock,
    simulator: Simulator,
    data: TempDir,
    limits: &'static str,
    is_away: Arc<AtomicBool>,
}

/// A broker that cannot be reached while it is away.
struct Reachable {
    broker: InMemory,
    is_away: Arc<AtomicBool>,
}

impl Transport for Reachable {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        if self.is_away.load(Ordering::Relaxed) {
            return async { Err(TransportError::new(TransportFault::Connect, "nobody is there")) }.boxed();
        }
        self.broker.send(request)
    }
}

impl Case {
    fn new(limits: &'static str) -> Self {
        let clock = VirtualClock::new(START);
        let options = SimulatorOptions { limits: None, strikes_each_side_max: Some(6), ..Default::default() };
        Self {
            simulator: simulator_at(&clock, options),
            clock,
            data: TempDir::new().unwrap(),
            limits,
            is_away: Arc::default(),
        }
    }

    async fn open(&self) -> Engine {
        let config = config(
            self.data.path(),
            self.limits.parse().unwrap(),
            self.clock.clone(),
            Reachable { broker: InMemory::new(&self.simulator), is_away: self.is_away.clone() },
            1,
        );
        Engine::open(EngineConfig { clock: Arc::new(self.clock.clone()), ..config }).await.unwrap()
    }

    async fn engine(&self) -> Engine {
        let engine = self.open().await;
        engine.session().sign_in(SecretString::from("simulated")).await.unwrap();
        engine
    }

    fn now(&self) -> EpochSeconds {
        EpochSeconds(self.clock.wall().as_seconds())
    }

    /// Moves the clock on from deadline to deadline until something has come about, for at most so long.
    async fn within(&self, most: Duration, mut holds: impl AsyncFnMut() -> bool) {
        let end = self.clock.monotonic() + most;
        loop {
            still().await;
            if holds().await {
                return;
            }
            let next = self.clock.next_deadline().filter(|next| *next <= end);
            self.clock.advance_to(next.unwrap_or_else(|| panic!("it has not come about in {most:?}")));
        }
    }
}

fn throttled(retry_after: Option<u64>) -> Faults {
    Faults {
        path_prefix: "/v2/expired-instruments/historical-candle".to_owned(),
        too_many_requests: Chance::ALWAYS,
        retry_after_seconds: retry_after,
        ..Faults::default()
    }
}

async fn picture(engine: &Engine, job: JobId) -> JobPicture {
    engine.jobs().picture(job).await.unwrap()
}

async fn is_held(engine: &Engine, job: JobId) -> bool {
    picture(engine, job).await.waits.is_some_and(|wait| wait.what == WaitFor::Pause)
}

async fn log(engine: &Engine, job: JobId) -> Vec<String> {
    engine.jobs().events(job, 0).await.unwrap().into_iter().map(|event| event.message).collect()
}

async fn begin(engine: &Engine, kinds: ContractKinds) -> JobId {
    let job = engine.jobs().create(&order(&[EXPIRY], kinds)).await.unwrap();
    let running = engine.clone();
    tokio::spawn(async move { running.jobs().run(job).await });
    job
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_upstox_asks_for_is_told_once_and_with_its_end() {
    let case = Case::new("off");
    let engine = case.engine().await;
    case.simulator.set_faults(throttled(Some(600)));
    let job = begin(&engine, ContractKinds::Both).await;
    case.within(Duration::from_secs(10), async || is_held(&engine, job).await).await;

    let held = picture(&engine, job).await;
    let wait = held.waits.clone().unwrap();
    assert_eq!((held.status, wait.what), (JobStatus::Running, WaitFor::Pause));
    let left = wait.until.unwrap().0 - case.now().0;
    assert!((590..=601).contains(&left), "{left} s");
    assert!(wait.sentence.contains("Retry-After 600 s"), "{}", wait.sentence);
    let clock_time = wait.until.unwrap().to_ist().format("%H:%M:%S IST").to_string();
    assert!(wait.sentence.contains(&clock_time), "{}", wait.sentence);
    assert_eq!(held.message.as_deref(), Some(wait.sentence.as_str()));

    // Minutes later the end is the same, and the log has one line however many workers wait.
    case.clock.advance(Duration::from_secs(200));
    still().await;
    assert_eq!(picture(&engine, job).await.waits.unwrap().until, wait.until);
    let told = || async { log(&engine, job).await.iter().filter(|line| line.contains("pause")).count() };
    assert_eq!(told().await, 1);
    let frame = engine.frame(Some(job), 0).await.unwrap();
    assert_eq!(frame.job.unwrap().waits.unwrap().what, WaitFor::Pause);
    assert_eq!(frame.waits.unwrap().what, WaitFor::Pause);

    // The next hold is another line; when it is over nothing waits.
    case.clock.advance(Duration::from_secs(400));
    case.within(Duration::from_secs(30), async || told().await == 2).await;
    case.simulator.set_faults(Faults::default());
    case.clock.advance(Duration::from_secs(601));
    case.within(Duration::from_secs(60), async || picture(&engine, job).await.status.is_ended()).await;
    let done = picture(&engine, job).await;
    assert_eq!((done.status, done.waits, done.message), (JobStatus::Completed, None, None));
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_without_a_time_is_told_too() {
    let case = Case::new("off");
    let engine = case.engine().await;
    case.simulator.set_faults(throttled(None));
    let job = begin(&engine, ContractKinds::Futures).await;
    // The first wait of the ladder is a second and no news, the second is a minute.
    case.within(Duration::from_secs(20), async || is_held(&engine, job).await).await;
    let wait = picture(&engine, job).await.waits.unwrap();
    assert_eq!(wait.what, WaitFor::Pause);
    assert!(!wait.sentence.contains("Retry-After"), "{}", wait.sentence);
    case.within(Duration::from_secs(1), async || log(&engine, job).await.contains(&wait.sentence)).await;
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_in_a_hold_is_seen_at_once() {
    let case = Case::new("off");
    let engine = case.engine().await;
    case.simulator.set_faults(throttled(Some(600)));
    let job = begin(&engine, ContractKinds::Both).await;
    case.within(Duration::from_secs(10), async || is_held(&engine, job).await).await;
    engine.session().sign_out().await.unwrap();
    let seen = async || picture(&engine, job).await.status == JobStatus::WaitingForLogin;
    case.within(Duration::from_secs(1), seen).await;
    let waiting = picture(&engine, job).await;
    assert_eq!((waiting.done_at, waiting.seconds_left), (None, None));
    assert_eq!(waiting.waits.unwrap().what, WaitFor::SignIn);
    let notices = engine.notices().list(None).await.unwrap().notices;
    assert_eq!(notices[0].kind, NoticeKind::SignInNeeded);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_the_clock_ends_in_a_hold_is_seen_at_once() {
    let case = Case::new("off");
    let engine = case.engine().await;
    let SessionState::SignedIn { until, .. } = engine.session().picture().state else { panic!("signed out") };
    let left = Duration::from_secs((until.0 - case.now().0 - 60).unsigned_abs());
    case.clock.advance(left);
    case.simulator.set_faults(throttled(Some(600)));
    let job = begin(&engine, ContractKinds::Both).await;
    case.within(Duration::from_secs(10), async || is_held(&engine, job).await).await;
    let seen = async || picture(&engine, job).await.status == JobStatus::WaitingForLogin;
    case.within(Duration::from_secs(60), seen).await;
    assert!(case.now().0 <= until.0 + 1, "{} s late", case.now().0 - until.0);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_is_seen_while_the_broker_is_down() {
    let case = Case::new("off");
    let engine = case.engine().await;
    let job = engine.jobs().create(&order(&[EXPIRY], ContractKinds::Both)).await.unwrap();
    case.simulator.set_faults(Faults { server_error: Chance::ALWAYS, ..Faults::default() });
    let running = engine.clone();
    tokio::spawn(async move { running.jobs().run(job).await });
    let waits = async || picture(&engine, job).await.waits.is_some_and(|wait| wait.what == WaitFor::Broker);
    case.within(Duration::from_secs(600), waits).await;
    let waiting = picture(&engine, job).await;
    assert!(waiting.waits.unwrap().until.is_some());
    engine.session().sign_out().await.unwrap();
    let seen = async || picture(&engine, job).await.status == JobStatus::WaitingForLogin;
    case.within(Duration::from_secs(1), seen).await;
    engine.close().await.unwrap();
}

/// A limiter whose window is full for ten minutes, after the expiries were listed.
async fn held() -> (Case, Engine) {
    let case = Case::new("6/600s");
    let engine = case.engine().await;
    engine.expired().expiries(&nifty()).await.unwrap();
    fill(&engine).await;
    (case, engine)
}

/// Uses up what is left of the window: of its six slots a sign-in takes two, and a list of expiries one.
async fn fill(engine: &Engine) {
    engine.session().sign_in(SecretString::from("simulated")).await.unwrap();
    for key in ["NSE_INDEX|Nifty Fin Service", "NSE_INDEX|NIFTY MID SELECT"] {
        if engine.waits().is_none() {
            engine.expired().expiries(&key.parse().unwrap()).await.unwrap();
        }
    }
    assert!(engine.waits().is_some(), "the window is full");
}

/// Lets a look use up its patience.
async fn look<T: Send + 'static>(case: &Case, work: impl Future<Output = T> + Send + 'static) -> T {
    let looking = tokio::spawn(work);
    case.within(Duration::from_secs(4), async || looking.is_finished()).await;
    looking.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_is_answered_while_the_limiter_holds_and_its_question_is_asked_once() {
    let (case, engine) = held().await;
    let bank: market::InstrumentKey = "NSE_INDEX|Nifty Bank".parse().unwrap();
    let asked = || case.simulator.referee().by_endpoint.get("expiries").copied().unwrap_or(0);
    let before = asked();
    let expiries = || {
        let (engine, bank) = (engine.clone(), bank.clone());
        async move { engine.lists().expiries(&bank, Span::default(), Looker::Page).await.unwrap() }
    };
    for _ in 0..3 {
        let known = look(&case, expiries()).await;
        assert_eq!(known.value, None);
        let wait = known.waits.unwrap();
        assert_eq!(wait.what, WaitFor::RateLimit);
        assert!(wait.sentence.contains("6 requests in 10 minutes"), "{}", wait.sentence);
        assert!(wait.until.unwrap() > case.now());
    }
    let estimate = {
        let engine = engine.clone();
        look(&case, async move { engine.lists().estimate(&order(&[EXPIRY], ContractKinds::Both)).await })
            .await
    };
    assert_eq!(estimate.unwrap().waits.unwrap().what, WaitFor::RateLimit);
    assert_eq!(asked(), before);

    case.clock.advance(Duration::from_secs(600));
    case.within(Duration::from_secs(60), async || asked() == before + 1).await;
    let known = look(&case, expiries()).await;
    assert!(known.value.is_some_and(|rows| !rows.is_empty()) && known.waits.is_none());
    assert_eq!(asked(), before + 1, "three looks were one question");

    // The instruments are those that are known, and are asked for later.
    let all = {
        let engine = engine.clone();
        async move { engine.instruments().underlyings("").await }
    };
    assert!(look(&case, all).await.unwrap().len() >= 8);

    // An error is an answer.
    let unknown = "NSE_INDEX|Nothing".parse().unwrap();
    let refused = look(&case, {
        let engine = engine.clone();
        async move { engine.lists().expiries(&unknown, Span::default(), Looker::Program).await }
    })
    .await;
    assert!(matches!(refused, Err(EngineError::Shared(_))), "{refused:?}");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_kept_while_the_limiter_holds() {
    let (case, engine) = held().await;
    let ordering = engine.clone();
    let kept = async move { ordering.jobs().create(&order(&[EXPIRY], ContractKinds::Both)).await };
    let job = look(&case, kept).await.unwrap();
    assert_eq!(picture(&engine, job).await.status, JobStatus::Queued);
    // Also where the list of expiries is old by now.
    case.clock.advance(Duration::from_secs(25 * 3600));
    engine.session().sign_in(SecretString::from("simulated")).await.unwrap();
    fill(&engine).await;
    let ordering = engine.clone();
    let kept = async move { ordering.jobs().create(&order(&[OTHER], ContractKinds::Both)).await };
    let second = look(&case, kept).await.unwrap();
    let turn = picture(&engine, second).await.waits.unwrap();
    assert_eq!((turn.what, turn.sentence.as_str()), (WaitFor::Turn, "1 job is before it"));
    let listed = engine.jobs().list().await.unwrap();
    let places: Vec<_> =
        listed.iter().map(|job| job.waits.as_ref().map(|wait| wait.sentence.as_str())).collect();
    assert_eq!(places, [Some("1 job is before it"), Some("it is the next")]);
    // What is not known cannot be ordered unseen.
    let ordering = engine.clone();
    let unknown = async move { ordering.jobs().create(&order(&["2025-08-27"], ContractKinds::Both)).await };
    let refused = look(&case, unknown).await.unwrap_err();
    assert!(matches!(refused, EngineError::Waits(_)), "{refused}");
    engine.close().await.unwrap();
}

fn rule() -> ScheduleRule {
    ScheduleRule {
        underlyings: vec![nifty()],
        expiries: Default::default(),
        kinds: ContractKinds::Futures,
        strikes: None,
        interval: Default::default(),
        days: 1.try_into().unwrap(),
        with_underlying: false,
        publish: false,
        when: ScheduleTime::Cron("30 7 1 1 *".to_owned()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_asked_for_in_a_hold_is_kept_over_a_restart() {
    let (case, engine) = held().await;
    engine.start_in_background();
    let schedule = engine.schedules().add(&ScheduleOrder { name: None, rule: rule() }).await.unwrap().id;
    engine.schedules().enable(schedule, false).await.unwrap();
    let running = engine.clone();
    let asked = look(&case, async move { running.schedules().run_now(schedule).await }).await.unwrap();
    assert!(asked.asked_at.is_some() && asked.last_run.is_none(), "{asked:?}");
    assert_eq!(asked.waits.unwrap().what, WaitFor::RateLimit);
    engine.close().await.unwrap();
    drop(engine);

    let engine = case.open().await;
    engine.start_in_background();
    let kept = engine.schedules().picture(schedule).await.unwrap();
    assert!(kept.asked_at.is_some(), "{kept:?}");
    case.clock.advance(Duration::from_secs(660));
    let done = async || engine.schedules().picture(schedule).await.unwrap().last_run.is_some();
    case.within(Duration::from_secs(120), done).await;
    let after = engine.schedules().picture(schedule).await.unwrap();
    assert_eq!((after.asked_at, after.last_run.unwrap().outcome), (None, RunOutcome::Job));

    // Signed out, a schedule says that it cannot run.
    engine.schedules().enable(schedule, true).await.unwrap();
    engine.session().sign_out().await.unwrap();
    let cannot = engine.schedules().picture(schedule).await.unwrap();
    assert_eq!(cannot.waits.unwrap().what, WaitFor::SignIn);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_could_not_be_checked_is_kept_and_says_so() {
    let case = Case::new("off");
    let engine = case.open().await;
    let checked = |engine: &Engine| match engine.session().picture().state {
        SessionState::SignedIn { checked, .. } => checked,
        other => panic!("{other:?}"),
    };
    case.is_away.store(true, Ordering::Relaxed);
    let remark = engine.session().sign_in(SecretString::from("simulated")).await.unwrap().unwrap();
    assert!(remark.contains("kept, not checked: Upstox could not be reached"), "{remark}");
    assert!(!checked(&engine));
    engine.close().await.unwrap();
    drop(engine);

    // After a restart it is the same; the first answer to it checks it, for good.
    let engine = case.open().await;
    assert!(!checked(&engine));
    case.is_away.store(false, Ordering::Relaxed);
    engine.expired().expiries(&nifty()).await.unwrap();
    assert!(checked(&engine));
    engine.close().await.unwrap();
    drop(engine);
    let engine = case.open().await;
    assert!(checked(&engine));
    assert_eq!(engine.expired().check_expiry(&nifty(), day(EXPIRY)).await.map_err(|e| e.to_string()), Ok(()));
    engine.close().await.unwrap();
}
