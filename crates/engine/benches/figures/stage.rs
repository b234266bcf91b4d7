//! What the parts share: an engine over a simulator in memory, an order, and candle answers made once.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use engine::{Clock, Engine, Limits, RunEnd, SecretString, Transport, TransportError};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use market::{ContractKinds, Interval};
use protocol::{CollectOrder, ExpiryChoice, JobId, JobStatus};

use crate::Failure;
use crate::in_memory::{InMemory, config};

/// The newest expiries of Nifty: futures, options and the index itself, minutes of ninety days, five workers.
pub fn order(expiries: u32) -> Result<CollectOrder, Failure> {
    Ok(CollectOrder {
        underlyings: vec!["NSE_INDEX|Nifty 50".parse()?],
        expiries: ExpiryChoice::Last(expiries),
        kinds: ContractKinds::Both,
        strikes: None,
        interval: Interval::Minute1,
        days: Default::default(),
        workers: Default::default(),
        with_underlying: true,
    })
}

/// An engine over a fresh database, signed in.
pub async fn open(
    data: &Path,
    limits: Limits,
    clock: impl Clock,
    transport: impl Transport,
) -> Result<Engine, Failure> {
    let engine = Engine::open(config(data, limits, clock, transport, 1)).await?;
    engine.session().sign_in(SecretString::from("simulated")).await?;
    Ok(engine)
}

/// Runs a job to its end; any other end than completion is no figure.
pub async fn complete(engine: &Engine, job: JobId) -> Result<(), Failure> {
    match engine.jobs().run(job).await? {
        RunEnd::Ended(JobStatus::Completed) => Ok(()),
        other => Err(format!("the job ended as {other:?}").into()),
    }
}

/// The simulator, whose candle answers are made at the first asking and then repeated: what is measured is what
/// takes them in. Clones share them.
#[derive(Clone)]
pub struct Recorded {
    simulator: InMemory,
    answers: Arc<Mutex<HashMap<String, Bytes>>>,
}

impl Recorded {
    pub fn new(simulator: InMemory) -> Self {
        Self { simulator, answers: Arc::default() }
    }

    fn answers(&self) -> std::sync::MutexGuard<'_, HashMap<String, Bytes>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for Recorded {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let path = request.uri().path().to_owned();
        if !path.contains("/historical-candle/") {
            return self.simulator.send(request);
        }
        async move {
            if let Some(body) = self.answers().get(&path).cloned() {
                return Ok(Response::new(body));
            }
            let answer = self.simulator.send(request).await?;
            if answer.status().is_success() {
                self.answers().insert(path, answer.body().clone());
            }
            Ok(answer)
        }
        .boxed()
    }
}
