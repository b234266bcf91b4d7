//! Running one job from where it is to where it can get.

use std::sync::Arc;
use std::time::Duration;

use protocol::{CollectPlan, EventLevel, JobId, JobStatus};
use store::{NewUnit, StoredContract, UnitEnd, UnitRow, UnitState};
use tokio::sync::watch;

use crate::broker::Asking;
use crate::error::EngineError;
use crate::final_days::wanted_range;
use crate::jobs::control::{Word, unless_told};
use crate::jobs::create::nothing;
use crate::jobs::log::event;
use crate::jobs::meter::Meter;
use crate::jobs::service::JobService;
use crate::jobs::whole::SharedEvidence;
use crate::names::{counted, describe_expiry};

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
    /// The broker is taken to be down: one request tries again after this.
    BrokerDown(Duration),
    /// Nothing further would succeed.
    Fatal(EngineError),
    /// Our own fault: the run ends, the job stays as it is.
    Broken(EngineError),
}

impl From<EngineError> for Halt {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::SignInNeeded | EngineError::SignInEnded => Self::SignIn,
            EngineError::PlusNeeded | EngineError::Blocked => Self::Fatal(error),
            EngineError::BrokerDown { wait } => Self::BrokerDown(wait),
            other => Self::Broken(other),
        }
    }
}

impl From<store::StoreError> for Halt {
    fn from(error: store::StoreError) -> Self {
        Self::Broken(error.into())
    }
}

/// What the parts of a run share.
pub(crate) struct Run {
    pub service: JobService,
    pub job: JobId,
    pub plan: CollectPlan,
    pub meter: Arc<Meter>,
    pub word: watch::Receiver<Word>,
    pub evidence: Arc<SharedEvidence>,
}

impl JobService {
    /// Runs a job until it ends, waits or is told to stop. Other jobs wait for their turn.
    pub async fn run(&self, job: JobId) -> Result<RunEnd, EngineError> {
        let word = self.controls().begin(job).ok_or(EngineError::ShuttingDown)?;
        let end = self.run_in_turn(job, word).await;
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
        let from = ["queued", "running", "waiting_for_login", "waiting_for_broker"];
        self.store().change_job(job.0, &from, "running", None, self.now(), &[told]).await?;
        self.changed();
        let evidence = SharedEvidence::load(self.store(), picture.plan.interval).await?;
        let run = Run {
            service: self.clone(),
            job,
            plan: picture.plan,
            meter: self.measure(job),
            word: word.clone(),
            evidence: Arc::new(evidence),
        };
        let halt = loop {
            match run.all_phases().await {
                Ok(()) => return self.finish(job).await,
                Err(Halt::BrokerDown(wait)) => {
                    if !self.wait_for_broker(job, wait, &mut word).await? {
                        break Halt::Told;
                    }
                }
                Err(halt) => break halt,
            }
        };
        match halt {
            Halt::Told => self.told(job, &word).await,
            Halt::SignIn => self.wait_for_login(job).await,
            Halt::BrokerDown(_) => Ok(RunEnd::Stopped),
            Halt::Fatal(error) => self.fail(job, &error).await,
            Halt::Broken(error) => {
                let text = error.chain();
                let told = event(job, self.now(), EventLevel::Error, format!("stopped: {text}"));
                self.store()
                    .change_job(job.0, &["running"], "queued", Some(&text), self.now(), &[told])
                    .await?;
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
            let from = ["running", "waiting_for_broker"];
            self.store().change_job(job.0, &from, "queued", None, self.now(), &[told]).await?;
            return Ok(RunEnd::Stopped);
        }
        match self.reader().picture(job).await?.status {
            JobStatus::Paused => Ok(RunEnd::Paused),
            status => Ok(RunEnd::Ended(status)),
        }
    }

    /// Waits until the broker may be tried again. Says whether the job goes on.
    async fn wait_for_broker(
        &self,
        job: JobId,
        wait: Duration,
        word: &mut watch::Receiver<Word>,
    ) -> Result<bool, EngineError> {
        let text = EngineError::BrokerDown { wait }.to_string();
        let told = event(job, self.now(), EventLevel::Warning, text.clone());
        let status = JobStatus::WaitingForBroker.as_str();
        self.store().change_job(job.0, &["running"], status, Some(&text), self.now(), &[told]).await?;
        self.changed();
        let until = self.clock().monotonic() + wait;
        if unless_told(word, self.clock().sleep_until(until)).await.is_none() {
            return Ok(false);
        }
        self.store()
            .change_job(job.0, &[status], "running", None, self.now(), &[])
            .await
            .map_err(EngineError::from)
    }

    async fn wait_for_login(&self, job: JobId) -> Result<RunEnd, EngineError> {
        let text = "waits for sign-in and goes on by itself after it; nothing is lost";
        let told = event(job, self.now(), EventLevel::Warning, text);
        let status = JobStatus::WaitingForLogin.as_str();
        self.store().change_job(job.0, &["running"], status, Some(text), self.now(), &[told]).await?;
        Ok(RunEnd::WaitingForLogin)
    }

    async fn fail(&self, job: JobId, error: &EngineError) -> Result<RunEnd, EngineError> {
        let text = error.chain();
        let told = event(job, self.now(), EventLevel::Error, text.clone());
        let status = JobStatus::Failed.as_str();
        self.store().change_job(job.0, &["running"], status, Some(&text), self.now(), &[told]).await?;
        Ok(RunEnd::Ended(JobStatus::Failed))
    }

    async fn finish(&self, job: JobId) -> Result<RunEnd, EngineError> {
        let picture = self.reader().picture(job).await?;
        let failed = picture.contracts.failed + picture.expiries.failed;
        let (status, level, message) = if picture.contracts.total == 0 && failed == 0 {
            let text = EngineError::NothingToCollect(nothing(&picture.plan)).to_string();
            (JobStatus::Failed, EventLevel::Error, text)
        } else if failed > 0 {
            let text = format!("ended with {} that failed; what came is stored", counted(failed, "part"));
            (JobStatus::CompletedWithFailures, EventLevel::Warning, text)
        } else {
            let text = format!(
                "done: {}, {}, {} without a trade",
                counted(picture.contracts.total, "contract"),
                counted(picture.candles, "candle"),
                picture.contracts.empty
            );
            (JobStatus::Completed, EventLevel::Success, text)
        };
        let told = event(job, self.now(), level, message.clone());
        let kept = (status != JobStatus::Completed).then_some(message.as_str());
        self.store().change_job(job.0, &["running"], status.as_str(), kept, self.now(), &[told]).await?;
        Ok(RunEnd::Ended(self.reader().picture(job).await?.status))
    }
}

impl Run {
    async fn all_phases(&self) -> Result<(), Halt> {
        self.list_phase().await?;
        let brought = self.fetch_phase().await?;
        self.confirm_phase(brought.unanswered).await?;
        self.mend_phase(&brought.contracts).await
    }

    pub(crate) fn now(&self) -> market::EpochSeconds {
        self.service.now()
    }

    pub(crate) async fn pending(&self, listings: bool) -> Result<Vec<UnitRow>, Halt> {
        let units = self.service.store().pending_units(self.job.0).await?;
        Ok(units.into_iter().filter(|unit| unit.contract.is_none() == listings).collect())
    }

    async fn list_phase(&self) -> Result<(), Halt> {
        for unit in self.pending(true).await? {
            let mut word = self.word.clone();
            unless_told(&mut word, self.list_one(&unit)).await.ok_or(Halt::Told)??;
            self.service.changed();
        }
        Ok(())
    }

    async fn list_one(&self, unit: &UnitRow) -> Result<(), Halt> {
        let (key, expiry) = self.service.store().expiry_by_id(unit.expiry).await?;
        let listed =
            self.service.expired().list(&key, &expiry, self.plan.kinds, Asking::for_job(self.job.0)).await;
        let named = format!("{} {}", key.name(), describe_expiry(expiry.date));
        match listed {
            Ok(contracts) => self.keep_listing(unit, &named, expiry.date, contracts).await,
            Err(error @ EngineError::Broker { .. }) => {
                let text = error.chain();
                let end = UnitEnd {
                    unit: unit.id,
                    state: UnitState::Failed,
                    candles: 0,
                    attempts: 1,
                    error: Some(text.clone()),
                };
                let message = format!("{named}: its contracts could not be listed: {text}");
                let told = event(self.job, self.now(), EventLevel::Error, message);
                Ok(self.service.store().end_unit(&end, &[told]).await?)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn keep_listing(
        &self,
        unit: &UnitRow,
        named: &str,
        expiry: market::Day,
        contracts: Vec<StoredContract>,
    ) -> Result<(), Halt> {
        let range = wanted_range(expiry, self.plan.days);
        let (mut to_fetch, mut covered) = (Vec::new(), Vec::new());
        // Units follow their expiry: listing n sorts its contracts behind those of listing n - 1.
        const CONTRACTS_AN_EXPIRY_MAX: i64 = 100_000;
        for (offset, stored) in anchors_first(contracts).into_iter().enumerate() {
            let known = self.service.store().covered_ranges(stored.id, self.plan.interval).await?;
            let is_covered = range.without(|day| known.iter().any(|range| range.contains(day))).is_empty();
            let position = (unit.position + 1) * CONTRACTS_AN_EXPIRY_MAX + offset as i64;
            let new = NewUnit { position, expiry: unit.expiry, contract: stored.id };
            if is_covered { covered.push(new) } else { to_fetch.push(new) }
        }
        let total = (to_fetch.len() + covered.len()) as u64;
        let (state, level, message) = match (total, covered.len() as u64) {
            (0, _) => (
                UnitState::Empty,
                EventLevel::Warning,
                format!("{named}: Upstox lists no contracts of the chosen kinds; noted, and on to the next"),
            ),
            (_, 0) => (UnitState::Done, EventLevel::Info, format!("{named}: {}", counted(total, "contract"))),
            (_, known) => (
                UnitState::Done,
                EventLevel::Info,
                format!("{named}: {}, {known} of them stored already", counted(total, "contract")),
            ),
        };
        let end = UnitEnd { unit: unit.id, state, candles: 0, attempts: 1, error: None };
        let told = event(self.job, self.now(), level, message);
        Ok(self.service.store().end_listing(self.job.0, &end, &to_fetch, &covered, &[told]).await?)
    }
}

/// The future first, then by distance from the middle of the strikes: near the money first, so that a stopped
/// job has brought what matters most.
fn anchors_first(mut contracts: Vec<StoredContract>) -> Vec<StoredContract> {
    let strikes: Vec<i64> = contracts.iter().filter_map(|c| c.contract.strike.map(|s| s.0.0)).collect();
    let middle = strikes.get(strikes.len() / 2).copied().unwrap_or(0);
    contracts.sort_by_key(|stored| {
        let contract = &stored.contract;
        let distance = contract.strike.map_or(-1, |strike| (strike.0.0 - middle).abs());
        (distance, contract.strike, contract.kind)
    });
    contracts
}
