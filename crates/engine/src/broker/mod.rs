//! Asking the broker: a slot for each attempt, the retries, the trace in the audit.
//!
//! Retries are by kind and bounded: what may pass is asked again at most [`RETRIES_MAX`] times with full
//! jitter; a 429 parks everybody and does not count; everything else is final.

mod asking;
mod hold;

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use market::EpochSeconds;
use protocol::SignInEnd;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use ratelimit::{Clock, Limiter, Slot};
use secrecy::SecretString;
use store::{AuditEntry, NewEvent, Store};
use tracing::warn;
use upstox::{Answer, ApiError, BoxFuture, Client, Record, Remedy};

pub(crate) use self::asking::Asking;
use crate::breaker::{Admission, Breaker};
use crate::error::EngineError;
use crate::faults::FaultFolder;
use crate::latency::Latency;
use crate::request_counts::RequestCounter;
use crate::session::Session;

/// Times that a passing fault is asked again.
pub(crate) const RETRIES_MAX: u32 = 5;
/// Times in a row that a request is told to slow down before it is given up; each waits up to 30 minutes.
const SLOWDOWNS_MAX: u32 = 48;
const BACKOFF_FIRST: Duration = Duration::from_millis(500);
const BACKOFF_MAX: Duration = Duration::from_secs(30);

/// An answer, with the audit entry that is to be kept with it.
pub(crate) struct Asked<T> {
    pub value: T,
    pub audit: AuditEntry,
}

pub(crate) struct Broker {
    pub(crate) client: Client,
    pub(crate) limiter: Limiter,
    pub(crate) latency: Latency,
    pub(crate) counter: RequestCounter,
    store: Store,
    pub(crate) session: Arc<Session>,
    pub(crate) clock: Arc<dyn Clock>,
    random: Mutex<SmallRng>,
    pub(crate) breaker: Breaker,
    /// The `Retry-After` of the last 429.
    pause: Mutex<Option<Duration>>,
    faults: FaultFolder,
    /// The job that was told of a hold last, and the hold's end.
    told: Mutex<Option<(i64, EpochSeconds)>>,
}

impl Broker {
    pub(crate) fn new(
        client: Client,
        limiter: Limiter,
        store: Store,
        session: Arc<Session>,
        clock: Arc<dyn Clock>,
        faults: FaultFolder,
        seed: Option<u64>,
    ) -> Self {
        let random = seed.map_or_else(SmallRng::from_os_rng, SmallRng::seed_from_u64);
        Self {
            client,
            limiter,
            latency: Latency::default(),
            counter: RequestCounter::default(),
            store,
            session,
            clock,
            random: Mutex::new(random),
            breaker: Breaker::default(),
            pause: Mutex::default(),
            faults,
            told: Mutex::default(),
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
            if remedy.is_none() {
                self.session.checked(generation).await?;
                if answer.record.needs_plus() {
                    self.session.plan_is(generation, false);
                }
            }
            let (remedy, error) = match (remedy, answer.outcome) {
                (Some(remedy), Err(error)) => (remedy, error),
                (_, outcome) => return self.take(outcome, answer.record, asking, attempt),
            };
            let error = match self.faults.take(error, &answer.record).await {
                Ok(fault) => return Err(fault),
                Err(error) => error,
            };
            match remedy {
                Remedy::Retry => {
                    let faults = asking.faults.fetch_add(1, Ordering::Relaxed) + 1;
                    let is_down = self.breaker.failed(self.clock.monotonic());
                    if faults > RETRIES_MAX {
                        return Err(EngineError::Broker { attempts: attempt, error });
                    }
                    if !is_down {
                        self.while_signed_in(self.back_off(faults)).await?;
                    }
                }
                // The limiter holds everybody back, this request too.
                Remedy::SlowDown { .. } if slowdowns < SLOWDOWNS_MAX => slowdowns += 1,
                Remedy::SignIn => {
                    self.session.ended_by_broker(generation).await?;
                    return Err(EngineError::SignInEnded(SignInEnd::NotTaken));
                }
                Remedy::GetPlus => {
                    self.session.plan_is(generation, true);
                    return Err(EngineError::PlusNeeded);
                }
                Remedy::OtherToken => return Err(EngineError::TokenOfOtherKind),
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
                    let (slot, token, generation) = self.slot_and_token(asking).await?;
                    let answer = self.client.profile(slot, &token).await;
                    let remedy = self.note(&answer, asking, 1).await?;
                    if remedy.is_none() {
                        self.session.checked(generation).await?;
                    }
                    match remedy {
                        Some(Remedy::Retry) => drop(self.breaker.failed(self.clock.monotonic())),
                        _ => self.breaker.probe_succeeded(),
                    }
                }
            }
        }
    }

    pub(crate) fn pause_asked_for(&self) -> Option<Duration> {
        *self.pause.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks once, for what has no token or whose failure is an answer too, for somebody who does not wait longer
    /// than this for the limiter.
    pub(crate) async fn ask_once_within<T>(
        &self,
        patience: Duration,
        call: impl FnOnce(Slot) -> BoxFuture<'static, Answer<T>>,
    ) -> Result<Result<T, ApiError>, EngineError> {
        let asking = Asking::for_person_within(patience);
        let slot = self.slot(&asking).await?;
        let answer = call(slot).await;
        if self.note(&answer, &asking, 1).await?.is_none() {
            let audit = self.audit(&answer.record, &asking, 1, None);
            self.store.record_request(audit, Vec::new()).await?;
        }
        match answer.outcome {
            Ok(value) => Ok(Ok(value)),
            Err(error) => {
                self.faults.take(error, &answer.record).await.map_or_else(|error| Ok(Err(error)), Err)
            }
        }
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
        self.counter.add(&answer.record, remedy);
        if let Some(receipt) = answer.receipt {
            match remedy {
                Some(Remedy::SlowDown { retry_after }) => {
                    *self.pause.lock().unwrap_or_else(PoisonError::into_inner) = retry_after;
                    self.limiter.refused(receipt, retry_after);
                }
                _ => self.limiter.succeeded(receipt),
            }
        }
        if let Err(error) = &answer.outcome {
            let audit = self.audit(&answer.record, asking, attempt, Some(error.code()));
            let AuditEntry { job, endpoint, key, status, duration_ms, .. } = audit.clone();
            let code = error.code();
            let broker_request = self.store.record_request(audit, Vec::new()).await?.number();
            warn!(
                job,
                broker_request,
                endpoint,
                key,
                status,
                code,
                attempt,
                duration_ms,
                "a request to the broker failed"
            );
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
