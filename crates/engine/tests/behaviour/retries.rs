//! The table of retries: for every status and every fault of the way, how many requests are sent and what is
//! told. Exact counts, on a virtual clock.

use std::sync::{Arc, Mutex};

use crate::common::{day, nifty, order};
use crate::in_memory::{InMemory, START, config, simulator_at};
use crate::still_time::StillTime;
use bytes::Bytes;
use engine::{
    Engine, EngineError, Limits, RunEnd, SecretString, Transport, TransportError, TransportFault,
    VirtualClock,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use market::ContractKinds;
use protocol::{CollectOrder, JobStatus};
use simulator::SimulatorOptions;
use tempfile::TempDir;

const EXPIRY: &str = "2025-08-21";
/// Once, and five retries.
const RETRIED: u32 = 6;
/// Once, and forty-eight times after waiting.
const SLOWED_DOWN: u32 = 49;

/// How the listing of option contracts is answered.
#[derive(Clone, Debug)]
enum Reply {
    Status(u16, &'static str),
    Fault(TransportFault),
}

/// Answers one endpoint by the script and counts; the simulator answers the rest.
struct Scripted {
    rest: InMemory,
    reply: Mutex<Reply>,
    sent: Mutex<u32>,
}

/// So that the test keeps a hand on it.
struct Shared(Arc<Scripted>);

impl Transport for Shared {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        if !request.uri().path().ends_with("/option/contract") {
            return self.0.rest.send(request);
        }
        *self.0.sent.lock().unwrap() += 1;
        let reply = self.0.reply.lock().unwrap().clone();
        async move {
            match reply {
                // Without the header 48 waits of half an hour would outlive the sign-in.
                Reply::Status(status, body) => Ok(Response::builder()
                    .status(status)
                    .header("retry-after", "1")
                    .body(Bytes::from(body))
                    .unwrap()),
                Reply::Fault(fault) => Err(TransportError::new(fault, "scripted")),
            }
        }
        .boxed()
    }
}

struct Table {
    engine: Engine,
    scripted: Arc<Scripted>,
    _data: TempDir,
    _time: StillTime,
}

impl Table {
    async fn new() -> Self {
        let clock = VirtualClock::new(START);
        let simulator =
            simulator_at(&clock, SimulatorOptions { limits: None, ..SimulatorOptions::default() });
        let scripted = Arc::new(Scripted {
            rest: InMemory::new(&simulator),
            reply: Mutex::new(Reply::Status(404, "")),
            sent: Mutex::new(0),
        });
        let data = TempDir::new().unwrap();
        let config = config(data.path(), Limits::off(), clock.clone(), Shared(scripted.clone()), 1);
        let time = StillTime::start(clock);
        let engine = Engine::open(config).await.unwrap();
        let table = Self { engine, scripted, _data: data, _time: time };
        table.sign_in().await;
        table.engine.expired().expiries(&nifty()).await.unwrap();
        table
    }

    async fn sign_in(&self) {
        self.engine.session().sign_in(SecretString::from("simulated")).await.unwrap();
    }

    /// Requests that one question took under `reply`, and how it ended.
    async fn ask(&self, reply: Reply) -> (u32, EngineError) {
        // A refusal is an answer: it closes the circuit breaker again.
        self.send(Reply::Status(404, "")).await;
        self.send(reply).await
    }

    async fn send(&self, reply: Reply) -> (u32, EngineError) {
        *self.scripted.reply.lock().unwrap() = reply;
        *self.scripted.sent.lock().unwrap() = 0;
        let listed = self.engine.expired().contracts(&nifty(), day(EXPIRY), ContractKinds::Options).await;
        (*self.scripted.sent.lock().unwrap(), listed.unwrap_err())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_status_is_asked_as_often_as_it_deserves() {
    let table = Table::new().await;
    for status in 100..=599 {
        let (sent, error) = table.ask(Reply::Status(status, "")).await;
        let expected = match status {
            // A success that says nothing is half an answer.
            200..=299 | 408 | 423 | 425 | 500..=599 => RETRIED,
            429 => SLOWED_DOWN,
            _ => 1,
        };
        assert_eq!(sent, expected, "{status}: {error}");
        if status == 401 {
            assert!(matches!(error, EngineError::SignInEnded(_)), "{error}");
            table.sign_in().await;
        }
        if status == 403 {
            assert!(matches!(error, EngineError::Blocked), "{error}");
        }
        if expected == RETRIED {
            assert!(error.to_string().contains("6 times in a row"), "{status}: {error}");
        }
    }
    table.engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_the_way_is_asked_again_and_told() {
    let table = Table::new().await;
    for fault in
        [TransportFault::Connect, TransportFault::Timeout, TransportFault::CutOff, TransportFault::Other]
    {
        let (sent, error) = table.ask(Reply::Fault(fault)).await;
        assert_eq!(sent, RETRIED, "{fault:?}: {error}");
    }
    // It would be as large the next time.
    let (sent, error) = table.ask(Reply::Fault(TransportFault::TooLarge)).await;
    assert!(sent == 1 && error.to_string().contains("too large"), "{sent}: {error}");
    table.engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_brokers_codes_decide_where_the_status_does_not() {
    const PLUS: &str = r#"{"status":"error","errors":[{"errorCode":"UDAPI1149","message":"Plus only"}]}"#;
    const SLOW: &str = r#"{"status":"error","errors":[{"errorCode":"UDAPI10005","message":"Too many"}]}"#;
    const DEAD: &str =
        r#"{"status":"error","errors":[{"errorCode":"UDAPI100050","message":"Invalid token"}]}"#;
    const KIND: &str =
        r#"{"status":"error","errors":[{"errorCode":"UDAPI100067","message":"not with this token"}]}"#;
    let table = Table::new().await;
    for status in [401, 403] {
        let (sent, error) = table.ask(Reply::Status(status, KIND)).await;
        assert!(sent == 1 && matches!(error, EngineError::TokenOfOtherKind), "{sent}: {error}");
        assert!(error.to_string().contains("Sign in through the dialog of Upstox"), "{error}");
        assert!(table.engine.session().check().is_ok(), "the token lives");
    }
    let (sent, error) = table.ask(Reply::Status(401, PLUS)).await;
    assert!(sent == 1 && matches!(error, EngineError::PlusNeeded), "{sent}: {error}");
    let (sent, error) = table.ask(Reply::Status(200, SLOW)).await;
    assert_eq!(sent, SLOWED_DOWN, "{error}");
    let (sent, error) = table.ask(Reply::Status(401, DEAD)).await;
    assert!(sent == 1 && matches!(error, EngineError::SignInEnded(_)), "{sent}: {error}");
    table.engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_cannot_be_read_takes_nothing_from_the_other() {
    const UNREADABLE: &str = r#"{"status":"success","data":{}}"#;
    let table = Table::new().await;
    *table.scripted.reply.lock().unwrap() = Reply::Status(200, UNREADABLE);
    let order = CollectOrder {
        days: 5.try_into().unwrap(),
        with_underlying: false,
        ..order(&["2025-08-28"], ContractKinds::Both)
    };
    let job = table.engine.jobs().create(&order).await.unwrap();
    let end = table.engine.jobs().run(job).await.unwrap();
    assert_eq!(end, RunEnd::Ended(JobStatus::CompletedWithFailures));
    let ended = table.engine.jobs().picture(job).await.unwrap();
    let told: Vec<_> = table.engine.jobs().events(job, 0).await.unwrap();
    assert_eq!((ended.contracts.done, ended.contracts.total, ended.expiries.failed), (1, 1, 1), "{told:#?}");
    assert!(told.iter().any(|event| event.message.contains("could not be listed")), "{told:#?}");
    table.engine.close().await.unwrap();
}
