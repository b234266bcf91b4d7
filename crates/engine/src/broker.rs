//! Asking the broker: a slot for each attempt, the retries, the trace in the audit.
//!
//! Retries are by kind and bounded: what may pass is asked again at most [`RETRIES_MAX`] times with full
//! jitter; a 429 parks everybody and does not count; everything else is final.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use market::{DayRange, EpochSeconds, Interval};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use ratelimit::{Clock, Limiter, Priority, Slot};
use secrecy::SecretString;
use store::{AuditEntry, NewEvent, Store};
use upstox::{Answer, ApiError, BoxFuture, Client, Record, Remedy};

use crate::breaker::{Admission, Breaker};
use crate::error::EngineError;
use crate::latency::Latency;
use crate::session::Session;

/// Times that a passing fault is asked again.
pub(crate) const RETRIES_MAX: u32 = 5;
/// Times in a row that a request is told to slow down before it is given up; each waits up to 30 minutes.
const SLOWDOWNS_MAX: u32 = 48;
const BACKOFF_FIRST: Duration = Duration::from_millis(500);
const BACKOFF_MAX: Duration = Duration::from_secs(30);

/// For whom and about what is asked.
#[derive(Clone, Debug)]
pub(crate) struct Asking {
    pub priority: Priority,
    pub job: Option<i64>,
    interval: Option<Interval>,
    range: Option<DayRange>,
    /// Faults in a row so far. It outlives the waiting for a broker that is down, so that what keeps failing
    /// comes to its end.
    faults: Arc<AtomicU32>,
}

impl Asking {
    /// Somebody waits for the answer.
    pub(crate) fn for_person() -> Self {
        Self { priority: Priority::Person, job: None, interval: None, range: None, faults: Arc::default() }
    }

    /// Nobody waits, and no job asks.
    pub(crate) fn in_background() -> Self {
        Self { priority: Priority::Bulk, ..Self::for_person() }
    }

    pub(crate) fn for_job(job: i64) -> Self {
        Self { priority: Priority::Bulk, job: Some(job), ..Self::for_person() }
    }

    /// The same for candles.
    pub(crate) fn of_days(self, interval: Interval, range: DayRange) -> Self {
        Self { interval: Some(interval), range: Some(range), ..self }
    }
}

/// An answer, with the audit entry that is to be kept with it.
pub(crate) struct Asked<T> {
    pub value: T,
    pub audit: AuditEntry,
}

pub(crate) struct Broker {
    pub(crate) client: Client,
    pub(crate) limiter: Limiter,
    pub(crate) latency: Latency,
    store: Store,
    session: Arc<Session>,
    clock: Arc<dyn Clock>,
    random: Mutex<SmallRng>,
    breaker: Breaker,
}

impl Broker {
    pub(crate) fn new(
        client: Client,
        limiter: Limiter,
        store: Store,
        session: Arc<Session>,
        clock: Arc<dyn Clock>,
        seed: Option<u64>,
    ) -> Self {
        let random = seed.map_or_else(SmallRng::from_os_rng, SmallRng::seed_from_u64);
        Self {
            client,
            limiter,
            latency: Latency::default(),
            store,
            session,
            clock,
            random: Mutex::new(random),
            breaker: Breaker::default(),
        }
    }

    pub(crate) fn now(&self) -> EpochSeconds {
        EpochSeconds(self.clock.wall().as_seconds())
    }

    /// Asks with the session's token until there is an answer or no hope of one. Every failed attempt is in
    /// the audit when this returns; the successful one is the caller's to keep, with what it brought.
    pub(crate) async fn ask<'a, T>(
        &self,
        asking: &Asking,
        call: impl Fn(Slot, SecretString) -> BoxFuture<'a, Answer<T>>,
    ) -> Result<Asked<T>, EngineError> {
        let mut slowdowns = 0;
        // Those of before a broker's outage count, those before a success do not.
        let mut attempt = asking.faults.load(Ordering::Relaxed);
        loop {
            self.pass_breaker(asking).await?;
            let (slot, token, generation) = self.slot_and_token(asking).await?;
            let answer = call(slot, token).await;
            attempt += 1;
            if answer.receipt.is_some() {
                self.latency.answered(answer.record.duration);
            }
            let remedy = self.note(&answer, asking, attempt).await?;
            if remedy != Some(Remedy::Retry) {
                self.breaker.succeeded();
            }
            let (remedy, error) = match (remedy, answer.outcome) {
                (Some(remedy), Err(error)) => (remedy, error),
                (_, outcome) => return self.take(outcome, answer.record, asking, attempt),
            };
            match remedy {
                Remedy::Retry => {
                    let faults = asking.faults.fetch_add(1, Ordering::Relaxed) + 1;
                    let is_down = self.breaker.failed(self.clock.monotonic());
                    if faults > RETRIES_MAX {
                        return Err(EngineError::Broker { attempts: attempt, error });
                    }
                    if !is_down {
                        self.back_off(faults).await;
                    }
                }
                // The limiter holds everybody back, this request too.
                Remedy::SlowDown { .. } if slowdowns < SLOWDOWNS_MAX => slowdowns += 1,
                Remedy::SignIn => {
                    self.session.ended_by_broker(generation).await?;
                    return Err(EngineError::SignInEnded);
                }
                Remedy::GetPlus => return Err(EngineError::PlusNeeded),
                Remedy::Blocked => return Err(EngineError::Blocked),
                _ => return Err(EngineError::Broker { attempts: attempt, error }),
            }
        }
    }

    /// Refuses while the broker is taken to be down. When its time has come, a probe goes first.
    async fn pass_breaker(&self, asking: &Asking) -> Result<(), EngineError> {
        loop {
            match self.breaker.admit(self.clock.monotonic()) {
                Admission::Go => return Ok(()),
                Admission::Wait(wait) => return Err(EngineError::BrokerDown { wait }),
                Admission::Probe => {
                    let (slot, token, _) = self.slot_and_token(asking).await?;
                    let answer = self.client.profile(slot, &token).await;
                    match self.note(&answer, asking, 1).await? {
                        Some(Remedy::Retry) => drop(self.breaker.failed(self.clock.monotonic())),
                        _ => self.breaker.probe_succeeded(),
                    }
                }
            }
        }
    }

    async fn slot_and_token(&self, asking: &Asking) -> Result<(Slot, SecretString, u64), EngineError> {
        let slot = self.limiter.slot(asking.priority).await?;
        match self.session.token() {
            Ok((token, generation)) => Ok((slot, token, generation)),
            Err(error) => {
                slot.unused();
                Err(error)
            }
        }
    }

    /// Asks once, for what has no token or whose failure is an answer too.
    pub(crate) async fn ask_once<T>(
        &self,
        call: impl FnOnce(Slot) -> BoxFuture<'static, Answer<T>>,
    ) -> Result<Result<T, ApiError>, EngineError> {
        let asking = Asking::for_person();
        let slot = self.limiter.slot(asking.priority).await?;
        let answer = call(slot).await;
        if self.note(&answer, &asking, 1).await?.is_none() {
            let audit = self.audit(&answer.record, &asking, 1, None);
            self.store.record_request(audit, Vec::new()).await?;
        }
        Ok(answer.outcome)
    }

    /// Keeps the trace of an answer that brought no candles.
    pub(crate) async fn record(&self, audit: AuditEntry, events: Vec<NewEvent>) -> Result<(), EngineError> {
        self.store.record_request(audit, events).await?;
        Ok(())
    }

    /// Tells the limiter how it went, and the audit where it went wrong. The remedy of an error.
    async fn note<T>(
        &self,
        answer: &Answer<T>,
        asking: &Asking,
        attempt: u32,
    ) -> Result<Option<Remedy>, EngineError> {
        let remedy = answer.outcome.as_ref().err().map(ApiError::remedy);
        if let Some(receipt) = answer.receipt {
            match remedy {
                Some(Remedy::SlowDown { retry_after }) => self.limiter.refused(receipt, retry_after),
                _ => self.limiter.succeeded(receipt),
            }
        }
        if let Err(error) = &answer.outcome {
            let audit = self.audit(&answer.record, asking, attempt, Some(error.code()));
            self.store.record_request(audit, Vec::new()).await?;
        }
        Ok(remedy)
    }

    fn take<T>(
        &self,
        outcome: Result<T, ApiError>,
        record: Record,
        asking: &Asking,
        attempt: u32,
    ) -> Result<Asked<T>, EngineError> {
        asking.faults.store(0, Ordering::Relaxed);
        let audit = self.audit(&record, asking, attempt, None);
        let value = outcome.map_err(|error| EngineError::Broker { attempts: attempt, error })?;
        Ok(Asked { value, audit })
    }

    fn audit(&self, record: &Record, asking: &Asking, attempt: u32, code: Option<String>) -> AuditEntry {
        AuditEntry {
            at: self.now(),
            job: asking.job,
            endpoint: record.endpoint,
            key: record.key.clone(),
            interval: asking.interval,
            range: asking.range,
            status: record.status,
            code,
            rows: 0,
            bytes: record.bytes,
            sha256: record.sha256,
            duration_ms: record.duration.as_millis().try_into().unwrap_or(u64::MAX),
            attempt,
        }
    }

    /// Full jitter: anything from nothing to the exponential bound.
    async fn back_off(&self, faults: u32) {
        let bound = BACKOFF_FIRST.saturating_mul(1 << faults.saturating_sub(1).min(16)).min(BACKOFF_MAX);
        let share = self.random.lock().unwrap_or_else(PoisonError::into_inner).random::<f64>();
        self.clock.sleep_until(self.clock.monotonic() + bound.mul_f64(share)).await;
    }
}
