//! Running one job from where it is to where it can get.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use protocol::{CollectPlan, EventLevel, JobId, JobStatus};
use store::{UnderlyingId, UnitRow, UnitWork};
use tokio::sync::watch;
use upstox::BoxFuture;

use crate::error::EngineError;
use crate::jobs::control::{Word, unless_told};
use crate::jobs::log::event;
use crate::jobs::meter::Meter;
use crate::jobs::service::JobService;
use crate::jobs::subject::{History, Subject};
use crate::jobs::whole::SharedEvidence;

/// The states of a job that runs.
pub(crate) const UNDER_WAY: [JobStatus; 2] = [JobStatus::Running, JobStatus::WaitingForBroker];
/// The states from which a run begins, and in which it may have been left.
const RUNNABLE: [JobStatus; 4] =
    [JobStatus::Queued, JobStatus::Running, JobStatus::WaitingForLogin, JobStatus::WaitingForBroker];

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunEnd {
    /// The job is in one of its last states.
    Ended(JobStatus),
    /// It goes on after signing in.
    WaitingForLogin,
    Paused,
    /// The process ends; the job is queued and goes on at the next start.
    Stopped,
}

/// Why a phase did not come to its end.
pub(crate) enum Halt {
    /// Told to.
    Told,
    SignIn,
    /// Nothing further would succeed.
    Fatal(EngineError),
    /// Our own fault: the run ends, the job stays as it is.
    Broken(EngineError),
}

impl From<EngineError> for Halt {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::SignInNeeded | EngineError::SignInEnded(_) => Self::SignIn,
            EngineError::PlusNeeded | EngineError::TokenOfOtherKind | EngineError::Blocked => {
                Self::Fatal(error)
            }
            other => Self::Broken(other),
        }
    }
}

impl From<store::StoreError> for Halt {
    fn from(error: store::StoreError) -> Self {
        Self::Broken(error.into())
    }
}

/// What the parts of a run share; cheap to clone.
#[derive(Clone)]
pub(crate) struct Run {
    pub service: JobService,
    pub job: JobId,
    pub plan: Arc<CollectPlan>,
    pub meter: Arc<Meter>,
    pub word: watch::Receiver<Word>,
    /// Of contracts in the plan's interval.
    pub evidence: Arc<SharedEvidence>,
    /// Of the underlyings' own minutes, and of their days.
    pub underlying_evidence: Arc<SharedEvidence>,
    pub underlying_days_evidence: Arc<SharedEvidence>,
    /// Underlyings of which the broker was found to have no candles: it is asked for no more of them.
    pub without_history: Arc<Mutex<BTreeSet<UnderlyingId>>>,
}

impl JobService {
    /// Runs a job until it ends, waits or is told to stop. Other jobs wait for their turn. A panic anywhere in
    /// it fails this job and no other.
    pub async fn run(&self, job: JobId) -> Result<RunEnd, EngineError> {
        let word = self.controls().begin(job)?;
        let end = match AssertUnwindSafe(self.run_in_turn(job, word)).catch_unwind().await {
            Err(panic) => self.give_up(job, &EngineError::panicked(&*panic)).await,
            Ok(Err(error)) if error.is_for_good() => self.give_up(job, &error).await,
            Ok(end) => end,
        };
        self.controls().end(job);
        self.changed();
        end
    }

    async fn run_in_turn(&self, job: JobId, mut word: watch::Receiver<Word>) -> Result<RunEnd, EngineError> {
        let Some(_turn) = unless_told(&mut word, self.turn().lock()).await else {
            return self.told(job, &word).await;
        };
        let picture = self.reader().picture(job).await?;
        if picture.status.is_ended() {
            return Ok(RunEnd::Ended(picture.status));
        }
        if picture.status == JobStatus::Paused {
            return Ok(RunEnd::Paused);
        }
        let goes_on = picture.started_at.is_some();
        let told = event(job, self.now(), EventLevel::Info, if goes_on { "goes on" } else { "started" });
        self.change(job, &RUNNABLE, JobStatus::Running, None, &[told]).await?;
        self.changed();
        let plan = self.reader().plan(job).await?;
        let evidence = SharedEvidence::load(self.store(), plan.interval.as_str()).await?;
        let underlying_evidence = SharedEvidence::load(self.store(), "underlying").await?;
        let underlying_days_evidence = SharedEvidence::load(self.store(), "underlying_days").await?;
        let run = Run {
            service: self.clone(),
            job,
            plan: Arc::new(plan),
            meter: self.measure(job),
            word: word.clone(),
            evidence: Arc::new(evidence),
            underlying_evidence: Arc::new(underlying_evidence),
            underlying_days_evidence: Arc::new(underlying_days_evidence),
            without_history: Arc::default(),
        };
        match run.all_phases().await {
            Ok(()) => run.finish().await,
            Err(Halt::Told) => self.told(job, &word).await,
            Err(Halt::SignIn) => self.wait_for_login(job).await,
            Err(Halt::Fatal(error)) => self.fail(job, &error).await,
            Err(Halt::Broken(error)) => {
                let text = error.chain();
                let told = event(job, self.now(), EventLevel::Error, format!("stopped: {text}"));
                self.change(job, &UNDER_WAY, JobStatus::Queued, Some(&text), &[told]).await?;
                Err(error)
            }
        }
    }

    async fn told(&self, job: JobId, word: &watch::Receiver<Word>) -> Result<RunEnd, EngineError> {
        if *word.borrow() == Word::Stop {
            let told = event(
                job,
                self.now(),
                EventLevel::Info,
                "stopped with the program; goes on at its next start",
            );
            self.change(job, &UNDER_WAY, JobStatus::Queued, None, &[told]).await?;
            return Ok(RunEnd::Stopped);
        }
        match self.reader().picture(job).await?.status {
            JobStatus::Paused => Ok(RunEnd::Paused),
            status => Ok(RunEnd::Ended(status)),
        }
    }

    async fn wait_for_login(&self, job: JobId) -> Result<RunEnd, EngineError> {
        let text = "waits for sign-in and goes on by itself after it; nothing is lost";
        let told = event(job, self.now(), EventLevel::Warning, text);
        self.change_and_notify(job, JobStatus::WaitingForLogin, Some(text), told).await?;
        Ok(RunEnd::WaitingForLogin)
    }

    async fn fail(&self, job: JobId, error: &EngineError) -> Result<RunEnd, EngineError> {
        let text = error.chain();
        let told = event(job, self.now(), EventLevel::Error, text.clone());
        self.change_and_notify(job, JobStatus::Failed, Some(&text), told).await?;
        Ok(RunEnd::Ended(JobStatus::Failed))
    }

    /// Whatever state the run has left the job in. The next one gets its turn.
    async fn give_up(&self, job: JobId, error: &EngineError) -> Result<RunEnd, EngineError> {
        let text = error.chain();
        let told = event(job, self.now(), EventLevel::Error, text.clone());
        self.change_from_and_notify(job, &RUNNABLE, JobStatus::Failed, Some(&text), told).await?;
        Ok(RunEnd::Ended(self.reader().picture(job).await?.status))
    }
}

impl Run {
    async fn all_phases(&self) -> Result<(), Halt> {
        self.list_phase().await?;
        let brought = self.fetch_phase().await?;
        self.confirm_phase(brought.unanswered).await?;
        // Who asks again for a day asks for no other.
        if self.plan.again.is_some() {
            return Ok(());
        }
        self.mend_phase(&brought.contracts).await?;
        self.silence_phase().await
    }

    pub(crate) fn now(&self) -> market::EpochSeconds {
        self.service.now()
    }

    /// Asks until there is an answer or no hope of one: while the broker is taken to be down the job waits for
    /// it, and says so.
    pub(crate) async fn patiently<'a, T>(
        &self,
        ask: impl Fn() -> BoxFuture<'a, Result<T, EngineError>>,
    ) -> Result<T, Halt> {
        let mut word = self.word.clone();
        let mut has_waited = false;
        loop {
            match unless_told(&mut word, ask()).await.ok_or(Halt::Told)? {
                Err(EngineError::BrokerDown { wait }) => {
                    has_waited = true;
                    let text = EngineError::BrokerDown { wait }.to_string();
                    self.change(JobStatus::Running, JobStatus::WaitingForBroker, Some(&text)).await?;
                    let clock = self.service.clock();
                    let until = clock.sleep_until(clock.monotonic() + wait);
                    let until = self.service.broker().while_signed_in(until);
                    unless_told(&mut word, until).await.ok_or(Halt::Told)??;
                }
                // An answer, or no hope of one: either way nobody waits for the broker here any more.
                ended => {
                    if has_waited {
                        self.change(JobStatus::WaitingForBroker, JobStatus::Running, None).await?;
                    }
                    return ended.map_err(Halt::from);
                }
            }
        }
    }

    /// Nothing where the job is in another state: another worker was quicker.
    async fn change(&self, from: JobStatus, to: JobStatus, text: Option<&str>) -> Result<(), Halt> {
        let told: Vec<_> =
            text.map(|text| event(self.job, self.now(), EventLevel::Warning, text)).into_iter().collect();
        self.service.change(self.job, &[from], to, text, &told).await?;
        self.service.changed();
        Ok(())
    }

    pub(crate) fn evidence_of(&self, subject: &Subject) -> &SharedEvidence {
        match subject {
            Subject::Contract(..) => &self.evidence,
            Subject::Underlying(_, _, History::Minutes) => &self.underlying_evidence,
            Subject::Underlying(_, _, History::Days) => &self.underlying_days_evidence,
        }
    }

    /// The units that are still to be done, in order.
    pub(crate) async fn pending(&self, wanted: impl Fn(UnitWork) -> bool) -> Result<Vec<UnitRow>, Halt> {
        let units = self.service.store().pending_units(self.job.0).await?;
        Ok(units.into_iter().filter(|unit| wanted(unit.work)).collect())
    }
}
