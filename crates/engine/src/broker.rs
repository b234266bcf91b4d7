//! Asking the broker: a slot for each attempt, the retries, the trace in the audit.
//!
//! Retries are by kind and bounded: what may pass is asked again at most [`RETRIES_MAX`] times with full
//! jitter; a 429 parks everybody and does not count; everything else is final.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use market::{DayRange, EpochSeconds, Interval};
use protocol::{EventLevel, Wait, WaitFor};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use ratelimit::{Clock, Limiter, Priority, Slot};
use secrecy::SecretString;
use store::{AuditEntry, NewEvent, Store};
use tracing::warn;
use upstox::{Answer, ApiError, BoxFuture, Client, Record, Remedy};

use crate::breaker::{Admission, Breaker};
use crate::error::EngineError;
use crate::faults::FaultFolder;
use crate::latency::Latency;
use crate::request_counts::RequestCounter;
use crate::session::Session;
use crate::waits::{clock_time, next_slot_in};

/// Times that a passing fault is asked again.
pub(crate) const RETRIES_MAX: u32 = 5;
/// Times in a row that a request is told to slow down before it is given up; each waits up to 30 minutes.
const SLOWDOWNS_MAX: u32 = 48;
/// How often somebody who waits for a slot looks whether a hold has begun.
const HOLD_LOOKS: Duration = Duration::from_secs(5);
/// A hold that ends so little later than the one that was told is the same.
const HOLD_SLACK_SECONDS: i64 = 2;
const BACKOFF_FIRST: Duration = Duration::from_millis(500);
const BACKOFF_MAX: Duration = Duration::from_secs(30);

/// For whom and about what is asked.
#[derive(Clone, Debug)]
pub(crate) struct Asking {
    pub priority: Priority,
    pub job: Option<i64>,
    interval: Option<Interval>,
    range: Option<DayRange>,
    /// How long whoever asks can wait for a slot; `None`: as long as it takes.
    patience: Option<Duration>,
    /// Faults in a row so far. It outlives the waiting for a broker that is down, so that what keeps failing
    /// comes to its end.
    faults: Arc<AtomicU32>,
}

impl Asking {
    /// Somebody waits for the answer.
    pub(crate) fn for_person() -> Self {
        Self {
            priority: Priority::Person,
            job: None,
            interval: None,
            range: None,
            patience: None,
            faults: Arc::default(),
        }
    }

    /// Somebody waits, and no longer than this for the limiter: then it fails with [`EngineError::Waits`].
    pub(crate) fn for_person_within(patience: Duration) -> Self {
        Self { patience: Some(patience), ..Self::for_person() }
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
                    return Err(EngineError::SignInEnded);
                }
                Remedy::GetPlus => {
                    self.session.plan_is(generation, true);
                    return Err(EngineError::PlusNeeded);
                }
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

    async fn slot_and_token(&self, asking: &Asking) -> Result<(Slot, SecretString, u64), EngineError> {
        let slot = self.while_signed_in(self.slot(asking)).await??;
        match self.session.token() {
            Ok((token, generation)) => Ok((slot, token, generation)),
            Err(error) => {
                slot.unused();
                Err(error)
            }
        }
    }

    /// Carries `work` on as long as there is a sign-in: whoever waits for something else must not outwait it.
    pub(crate) async fn while_signed_in<T>(&self, work: impl Future<Output = T>) -> Result<T, EngineError> {
        tokio::select! {
            biased;
            error = self.session.ended() => Err(error),
            done = work => Ok(done),
        }
    }

    /// Waits for a slot. A job is told of a hold, somebody without patience is sent away, and so is everybody where nothing
    /// could be kept of an answer.
    async fn slot(&self, asking: &Asking) -> Result<Slot, EngineError> {
        self.store.refuse_frozen()?;
        tokio::select! {
            biased;
            slot = self.limiter.slot(asking.priority) => Ok(slot?),
            error = self.watch_hold(asking) => Err(error),
        }
    }

    /// Beside the waiting for a slot, which must go on being polled: it may hold the turn to write.
    async fn watch_hold(&self, asking: &Asking) -> EngineError {
        let began = self.clock.monotonic();
        loop {
            if let Err(error) = self.tell_hold(asking).await {
                return error;
            }
            let now = self.clock.monotonic();
            let mut looks_at = now + HOLD_LOOKS;
            if let Some(patience) = asking.patience {
                let next = next_slot_in(&self.limiter.picture(), asking.priority).unwrap_or_default();
                if now + next >= began + patience {
                    return EngineError::Waits(self.short_wait(asking.priority));
                }
                looks_at = looks_at.min(began + patience);
            }
            self.clock.sleep_until(looks_at).await;
        }
    }

    /// The hold, or where it is too short to be told, that there is one.
    fn short_wait(&self, priority: Priority) -> Wait {
        self.hold(priority).unwrap_or_else(|| {
            let next = next_slot_in(&self.limiter.picture(), priority);
            let until = self.moment_in(next.unwrap_or(Duration::from_secs(1)));
            let sentence = format!("waits for the rate limit until {}", clock_time(until));
            Wait { what: WaitFor::RateLimit, until: Some(until), sentence }
        })
    }

    /// Writes a hold into the log of the job that it holds: once, however many workers wait.
    async fn tell_hold(&self, asking: &Asking) -> Result<(), EngineError> {
        let (Some(job), Some(hold)) = (asking.job, self.hold(asking.priority)) else { return Ok(()) };
        let Some(until) = hold.until else { return Ok(()) };
        {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.is_some_and(|(of, end)| of == job && until.0 <= end.0 + HOLD_SLACK_SECONDS) {
                return Ok(());
            }
            *told = Some((job, until));
        }
        let (at, level) = (self.now(), EventLevel::Warning);
        let event = NewEvent { job, at, level, message: hold.sentence, expired_key: None };
        Ok(self.store.add_events(&[event]).await?)
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
