//! Jobs as a service: what they are read by, and the loop that runs them by itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use market::EpochSeconds;
use protocol::{CollectPlan, EventLevel, JobEvent, JobId, JobPicture, JobStatus, SearchedEvents};
use ratelimit::Clock;
use store::{JobChange, JobRow, NewEvent, Store};
use tokio::sync::{Mutex, Notify, watch};
use tracing::{error, info};

use crate::broker::Broker;
use crate::error::EngineError;
use crate::expired::ExpiredInstrumentService;
use crate::jobs::control::Controls;
use crate::jobs::meter::Meter;
use crate::jobs::picture::JobReader;
use crate::jobs::run::UNDER_WAY;
use crate::jobs::under_way::UnderWay;
use crate::loops::Loops;
use crate::notices::NotificationService;
use crate::preferences::PreferenceService;
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
    reader: JobReader,
    broker: Arc<Broker>,
    expired: ExpiredInstrumentService,
    session: Arc<Session>,
    notices: NotificationService,
    preferences: PreferenceService,
    clock: Arc<dyn Clock>,
    loops: Loops,
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
        preferences: PreferenceService,
        loops: Loops,
    ) -> Self {
        let data_dir = store.path().parent().unwrap_or(Path::new(".")).to_owned();
        Self {
            inner: Arc::new(Inner {
                reader: JobReader::new(store.clone()),
                store,
                broker,
                expired,
                session,
                notices,
                preferences,
                clock: loops.clock().clone(),
                loops,
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

    pub(crate) fn preferences(&self) -> &PreferenceService {
        &self.inner.preferences
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
        self.inner.reader.clone()
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
        self.of_now(self.reader().picture(job).await?).await
    }

    /// A job with all targets of its plan.
    pub async fn whole(&self, job: JobId) -> Result<JobPicture, EngineError> {
        self.of_now(self.reader().whole(job).await?).await
    }

    pub async fn plan(&self, job: JobId) -> Result<CollectPlan, EngineError> {
        self.reader().plan(job).await
    }

    /// The newest jobs first.
    pub async fn list(&self) -> Result<Vec<JobPicture>, EngineError> {
        self.each_of_now(self.reader().list().await?).await
    }

    pub async fn newest(&self, most: u32) -> Result<Vec<JobPicture>, EngineError> {
        self.each_of_now(self.reader().newest(most).await?).await
    }

    /// The newest first; before a job and of one status where these are given.
    pub async fn page(
        &self,
        before: Option<JobId>,
        status: Option<JobStatus>,
        most: u32,
    ) -> Result<Vec<JobPicture>, EngineError> {
        self.each_of_now(self.reader().page(before, status, most).await?).await
    }

    async fn each_of_now(&self, stored: Vec<JobPicture>) -> Result<Vec<JobPicture>, EngineError> {
        let mut jobs = Vec::with_capacity(stored.len());
        for job in stored {
            jobs.push(self.of_now(job).await?);
        }
        Ok(jobs)
    }

    /// With what only this moment knows: pace, end, what it waits for, its place in the queue.
    async fn of_now(&self, stored: JobPicture) -> Result<JobPicture, EngineError> {
        self.with_turn(self.with_forecast(stored)).await
    }

    pub async fn events(&self, job: JobId, after: i64) -> Result<Vec<JobEvent>, EngineError> {
        self.reader().events(job, after).await
    }

    pub async fn older_events(&self, job: JobId, before: i64) -> Result<Vec<JobEvent>, EngineError> {
        self.reader().older_events(job, before).await
    }

    pub async fn search_events(
        &self,
        job: JobId,
        before: i64,
        level: Option<EventLevel>,
        find: &str,
    ) -> Result<SearchedEvents, EngineError> {
        self.reader().search_events(job, before, level, find).await
    }

    pub async fn unfinished_count(&self) -> Result<u32, EngineError> {
        Ok(self.inner.store.unfinished_job_count().await?)
    }

    /// The job that is under way now.
    pub(crate) async fn running(&self) -> Result<Option<JobPicture>, EngineError> {
        let unfinished = self.inner.store.unfinished_jobs().await?;
        match unfinished.iter().find(|job| UNDER_WAY.contains(&job.status)) {
            Some(job) => self.picture(job.id).await.map(Some),
            None => Ok(None),
        }
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

    /// A change that nobody is told of elsewhere. Answers whether it took place.
    pub(crate) async fn change(
        &self,
        job: JobId,
        from: &[JobStatus],
        to: JobStatus,
        message: Option<&str>,
        events: &[NewEvent],
    ) -> Result<bool, EngineError> {
        let change = JobChange { from, to, message, at: self.now(), events, notice: None, retry_at: None };
        let is_changed = self.inner.store.change_job(job.0, change).await?;
        if is_changed {
            info!(%job, status = to.as_str(), message, "a job is {}", to.words());
        }
        Ok(is_changed)
    }

    /// Runs queued jobs one after another until the engine closes, jobs found running after a restart first.
    pub fn start_in_background(&self) {
        let (asked, service) = (self.clone(), self.clone());
        self.inner.loops.start(
            "jobs",
            move || asked.inner.controls.is_stopping(),
            move || {
                let service = service.clone();
                async move { service.work_until_stopping().await }
            },
        );
    }

    async fn work_until_stopping(&self) {
        let mut signed_in = self.inner.session.changes();
        while !self.inner.controls.is_stopping() {
            // Counted from before the look, so that a clock that is set meanwhile is not slept over.
            let looks_again = self.inner.clock.monotonic() + LOOP_LOOKS;
            match self.next_job().await {
                Ok(Some(job)) => self.run_the_next(job).await,
                Ok(None) => {
                    tokio::select! {
                        () = self.inner.controls.stopping() => {}
                        () = self.inner.wake.notified() => {}
                        () = self.inner.clock.sleep_until(looks_again) => {}
                        Ok(()) = signed_in.changed() => {}
                    }
                }
                Err(error) => {
                    error!(error = error.chain(), "the queue of jobs cannot be read");
                    self.pause_before_retry().await;
                }
            }
        }
    }

    async fn run_the_next(&self, job: JobId) {
        match self.run(job).await {
            Ok(_) | Err(EngineError::ShuttingDown) => {}
            // Somebody else of this process has it.
            Err(EngineError::JobRuns(_)) => self.pause_before_retry().await,
            Err(error) => {
                error!(%job, error = error.chain(), "a job stopped on an error of its own");
                self.pause_before_retry().await;
            }
        }
    }

    async fn pause_before_retry(&self) {
        let until = self.inner.clock.monotonic() + LOOP_RETRY;
        tokio::select! {
            () = self.inner.controls.stopping() => {}
            () = self.inner.clock.sleep_until(until) => {}
        }
    }

    /// The oldest job that can go on.
    async fn next_job(&self) -> Result<Option<JobId>, EngineError> {
        self.retry_what_is_due().await?;
        let signed_in = self.inner.session.token().is_ok();
        let can_go_on = |job: &JobRow| match job.status {
            JobStatus::Queued | JobStatus::Running | JobStatus::WaitingForBroker => true,
            JobStatus::WaitingForLogin => signed_in,
            _ => false,
        };
        Ok(self.inner.store.unfinished_jobs().await?.into_iter().find(can_go_on).map(|job| job.id))
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
