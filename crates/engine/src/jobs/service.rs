//! The commands of jobs: create, cancel, run, stop, and the loop that runs them by itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use market::EpochSeconds;
use protocol::{EventLevel, JobEvent, JobId, JobPicture, JobStatus};
use ratelimit::Clock;
use store::{JobChange, NewEvent, Store};
use tokio::sync::{Mutex, Notify, watch};
use tracing::error;

use crate::broker::Broker;
use crate::error::EngineError;
use crate::expired::ExpiredInstrumentService;
use crate::jobs::control::{Controls, Word};
use crate::jobs::log::event;
use crate::jobs::meter::Meter;
use crate::jobs::picture::JobReader;
use crate::jobs::under_way::UnderWay;
use crate::notices::NotificationService;
use crate::session::Session;

/// How long closing waits for workers to commit what has arrived.
const STOP_PATIENCE: Duration = Duration::from_secs(30);
/// How often the loop looks for a job that is to be tried again. By the wall clock a machine that slept is late
/// by at most this.
const LOOP_LOOKS: Duration = Duration::from_secs(30);
/// How soon the loop looks again after it could not read its own database.
const LOOP_RETRY: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub struct JobService {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    broker: Arc<Broker>,
    expired: ExpiredInstrumentService,
    session: Arc<Session>,
    notices: NotificationService,
    clock: Arc<dyn Clock>,
    data_dir: PathBuf,
    controls: Controls,
    /// Which job runs, with what it measures. One at a time.
    turn: Mutex<()>,
    meter: std::sync::Mutex<Option<(JobId, Arc<Meter>)>>,
    under_way: UnderWay,
    wake: Notify,
    changes: watch::Sender<u64>,
}

impl JobService {
    pub(crate) fn new(
        store: Store,
        broker: Arc<Broker>,
        expired: ExpiredInstrumentService,
        session: Arc<Session>,
        notices: NotificationService,
        clock: Arc<dyn Clock>,
        data_dir: PathBuf,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                broker,
                expired,
                session,
                notices,
                clock,
                data_dir,
                controls: Controls::default(),
                turn: Mutex::new(()),
                meter: std::sync::Mutex::new(None),
                under_way: UnderWay::default(),
                wake: Notify::new(),
                changes: watch::Sender::new(0),
            }),
        }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    pub(crate) fn broker(&self) -> &Broker {
        &self.inner.broker
    }

    pub(crate) fn expired(&self) -> &ExpiredInstrumentService {
        &self.inner.expired
    }

    pub(crate) fn notices(&self) -> &NotificationService {
        &self.inner.notices
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.inner.clock
    }

    pub(crate) fn controls(&self) -> &Controls {
        &self.inner.controls
    }

    pub(crate) fn turn(&self) -> &Mutex<()> {
        &self.inner.turn
    }

    pub(crate) fn data_dir(&self) -> &Path {
        &self.inner.data_dir
    }

    pub(crate) fn now(&self) -> EpochSeconds {
        self.inner.broker.now()
    }

    pub(crate) fn reader(&self) -> JobReader {
        JobReader::new(self.inner.store.clone())
    }

    pub(crate) fn under_way(&self) -> &UnderWay {
        &self.inner.under_way
    }

    /// Tells whoever watches that a picture may have changed.
    pub(crate) fn changed(&self) {
        self.inner.changes.send_modify(|count| *count += 1);
    }

    pub(crate) fn wake(&self) {
        self.inner.wake.notify_one();
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changes.subscribe()
    }

    pub(crate) fn measure(&self, job: JobId) -> Arc<Meter> {
        let meter = Arc::new(Meter::default());
        *self.lock_meter() = Some((job, meter.clone()));
        meter
    }

    fn lock_meter(&self) -> std::sync::MutexGuard<'_, Option<(JobId, Arc<Meter>)>> {
        self.inner.meter.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// How long `requests` take from the limiter's present state, at the latency last seen.
    pub(crate) fn forecast(&self, requests: u64, workers: u32) -> Duration {
        let broker = &self.inner.broker;
        broker.limiter.forecast(requests, workers, broker.latency.mean())
    }

    pub async fn picture(&self, job: JobId) -> Result<JobPicture, EngineError> {
        self.with_turn(self.with_forecast(self.reader().picture(job).await?)).await
    }

    /// The newest jobs first.
    pub async fn list(&self) -> Result<Vec<JobPicture>, EngineError> {
        Ok(self.reader().list().await?.into_iter().map(|job| self.with_forecast(job)).collect())
    }

    pub async fn newest(&self, most: u32) -> Result<Vec<JobPicture>, EngineError> {
        Ok(self.reader().newest(most).await?.into_iter().map(|job| self.with_forecast(job)).collect())
    }

    pub async fn events(&self, job: JobId, after: i64) -> Result<Vec<JobEvent>, EngineError> {
        self.reader().events(job, after).await
    }

    pub async fn unfinished_count(&self) -> Result<u32, EngineError> {
        Ok(self.inner.store.unfinished_jobs().await?.len().try_into().unwrap_or(u32::MAX))
    }

    fn with_forecast(&self, job: JobPicture) -> JobPicture {
        let mut job = self.with_wait(job);
        if job.status != JobStatus::Running {
            return job;
        }
        let meter = self.lock_meter().clone().filter(|(running, _)| *running == job.id);
        let Some((_, meter)) = meter else { return job };
        job.candles_per_second = meter.candles_per_second(self.inner.clock.monotonic());
        // While expiries are being listed their contracts are not known, so no time is told.
        if job.expiries.left() == 0 || job.contracts.total > 0 {
            let wait = self.forecast(job.requests_left(), job.plan.workers.get());
            job.seconds_left = Some(wait.as_secs());
            job.done_at = Some(EpochSeconds(self.now().0 + wait.as_secs().try_into().unwrap_or(0)));
        }
        job
    }

    /// Ends a job for good. What it brought stays.
    pub async fn cancel(&self, job: JobId) -> Result<JobPicture, EngineError> {
        let from = ["queued", "running", "paused", "waiting_for_login", "waiting_for_broker"];
        let told = event(job, self.now(), EventLevel::Warning, "cancelled; what it brought stays");
        self.command(job, &from, JobStatus::Cancelled, "cancelled", told).await?;
        self.inner.controls.tell(job, Word::Leave);
        self.picture(job).await
    }

    /// Holds a job until it is resumed. What is under way is given up and asked again later.
    pub async fn pause(&self, job: JobId) -> Result<JobPicture, EngineError> {
        let from = ["queued", "running", "waiting_for_login", "waiting_for_broker"];
        let told = event(job, self.now(), EventLevel::Info, "paused");
        self.command(job, &from, JobStatus::Paused, "paused", told).await?;
        self.inner.controls.tell(job, Word::Leave);
        self.picture(job).await
    }

    /// Queues a paused job again.
    pub async fn resume(&self, job: JobId) -> Result<JobPicture, EngineError> {
        let told = event(job, self.now(), EventLevel::Info, "resumed");
        self.command(job, &["paused"], JobStatus::Queued, "resumed", told).await?;
        self.wake();
        self.picture(job).await
    }

    /// A change that nobody is told of elsewhere. Answers whether it took place.
    pub(crate) async fn change(
        &self,
        job: JobId,
        from: &[&str],
        to: JobStatus,
        message: Option<&str>,
        events: &[NewEvent],
    ) -> Result<bool, EngineError> {
        let change = JobChange { from, to: to.as_str(), message, at: self.now(), events, notice: None };
        Ok(self.inner.store.change_job(job.0, change).await?)
    }

    pub(crate) async fn command(
        &self,
        job: JobId,
        from: &[&str],
        to: JobStatus,
        action: &'static str,
        told: NewEvent,
    ) -> Result<(), EngineError> {
        if !self.change(job, from, to, None, &[told]).await? {
            let status = self.reader().picture(job).await?.status;
            return Err(EngineError::JobState { job, status, action });
        }
        self.changed();
        Ok(())
    }

    /// Runs queued jobs one after another until the engine closes, jobs found running after a restart first.
    pub fn start_in_background(&self) {
        let service = self.clone();
        tokio::spawn(async move {
            let mut signed_in = service.inner.session.changes();
            loop {
                // Counted from before the look, so that a clock that is set meanwhile is not slept over.
                let looks_again = service.inner.clock.monotonic() + LOOP_LOOKS;
                match service.next_job().await {
                    Ok(Some(job)) => {
                        if let Err(error) = service.run(job).await {
                            if matches!(error, EngineError::ShuttingDown) {
                                return;
                            }
                            error!(%job, error = error.chain(), "job {job} stopped on an error of its own");
                            service.pause_before_retry().await;
                        }
                    }
                    Ok(None) => {
                        tokio::select! {
                            () = service.inner.wake.notified() => {}
                            () = service.inner.clock.sleep_until(looks_again) => {}
                            Ok(()) = signed_in.changed() => {}
                            else => return,
                        }
                    }
                    Err(error) => {
                        error!(error = error.chain(), "the queue of jobs cannot be read");
                        service.pause_before_retry().await;
                    }
                }
            }
        });
    }

    async fn pause_before_retry(&self) {
        self.inner.clock.sleep_until(self.inner.clock.monotonic() + LOOP_RETRY).await;
    }

    /// The oldest job that can go on.
    async fn next_job(&self) -> Result<Option<JobId>, EngineError> {
        self.retry_what_is_due().await?;
        let signed_in = self.inner.session.token().is_ok();
        let can_go_on = |job: &JobPicture| match job.status {
            JobStatus::Queued | JobStatus::Running | JobStatus::WaitingForBroker => true,
            JobStatus::WaitingForLogin => signed_in,
            _ => false,
        };
        Ok(self.reader().unfinished().await?.into_iter().find(can_go_on).map(|job| job.id))
    }

    /// Tells the running job to stop and waits until it has.
    pub(crate) async fn stop(&self) {
        self.inner.controls.stop_all();
        let deadline = self.inner.clock.monotonic() + STOP_PATIENCE;
        // The runner holds the turn as long as its workers may still commit.
        tokio::select! {
            _turn = self.inner.turn.lock() => {}
            () = self.inner.clock.sleep_until(deadline) => {}
        }
    }
}
