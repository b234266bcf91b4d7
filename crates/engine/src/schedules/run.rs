//! One run of a schedule: look, order, account. A run without a sign-in waits for one.

use market::{EpochSeconds, Underlying};
use protocol::{CollectOrder, ExpiryChoice, NoticeKind, ScheduleId, ScheduleRule};
use store::{ScheduleRow, ScheduleRunEnd};
use tracing::{info, warn};

use super::service::ScheduleService;
use crate::error::{EngineError, ErrorKind};

/// How soon a run that failed is tried again, and how often in a row; then its next time is waited for.
const RETRY_AFTER_SECONDS: i64 = 15 * 60;
const RETRIES_MAX: u32 = 4;

impl ScheduleService {
    /// Runs a schedule that is due. Whatever happens is kept with it; only a broken database comes back.
    pub(super) async fn run_due(&self, row: &ScheduleRow, rule: &ScheduleRule) -> Result<(), EngineError> {
        match self.look_and_order(row, rule).await {
            Ok(end) => self.keep(row, &end).await,
            Err(error @ (EngineError::ShuttingDown | EngineError::Store(_))) => Err(error),
            Err(error) if error.kind() == ErrorKind::SignIn => self.wait_for_login(row, rule).await,
            Err(error) => self.fail(row, &error).await,
        }
    }

    /// Runs a schedule for a person, who is told what went wrong.
    pub(super) async fn run_asked(&self, row: &ScheduleRow, rule: &ScheduleRule) -> Result<(), EngineError> {
        let end = self.look_and_order(row, rule).await?;
        self.keep(row, &end).await
    }

    async fn look_and_order(
        &self,
        row: &ScheduleRow,
        rule: &ScheduleRule,
    ) -> Result<ScheduleRunEnd, EngineError> {
        self.session().token()?;
        let fresh = self.find_fresh(row, rule).await?;
        if let Some(problems) = fresh.problems() {
            self.tell_problem(row, &problems).await?;
        }
        let told = fresh.told();
        if fresh.dates.is_empty() {
            let message = fresh.under_way.map(|job| format!("what is new is being collected by job {job}"));
            return Ok(ScheduleRunEnd::NothingNew { message: told.or(message) });
        }
        let order = CollectOrder {
            underlyings: fresh.dates.keys().cloned().collect(),
            expiries: ExpiryChoice::Each(fresh.dates),
            kinds: rule.kinds,
            strikes: rule.strikes,
            interval: rule.interval,
            days: rule.days,
            workers: None,
            with_underlying: rule.with_underlying,
        };
        match self.jobs().take_up_or_create(&order).await {
            Ok((job, _)) => Ok(ScheduleRunEnd::Job { job: job.0, message: told }),
            // The expiries are new and have no contract of the rule's kinds.
            Err(EngineError::NothingToCollect(reason)) => {
                Ok(ScheduleRunEnd::NothingNew { message: Some(reason) })
            }
            Err(error) => Err(error),
        }
    }

    async fn keep(&self, row: &ScheduleRow, end: &ScheduleRunEnd) -> Result<(), EngineError> {
        match end {
            ScheduleRunEnd::Job { job, .. } => info!(schedule = row.id, job, "a schedule made a job"),
            _ => info!(schedule = row.id, "a schedule found nothing new"),
        }
        Ok(self.store().end_schedule_run(row.id, self.now(), end).await?)
    }

    /// The run is due until somebody signs in; a person is told once.
    async fn wait_for_login(&self, row: &ScheduleRow, rule: &ScheduleRule) -> Result<(), EngineError> {
        if !self.store().schedule_waits(row.id, self.now()).await? {
            return Ok(());
        }
        let title = format!("Schedule \"{}\" waits for sign-in", row.name);
        let message = format!("It runs by itself after it. {}", self.loss(row, rule).await?);
        let (kind, id) = (NoticeKind::SignInNeeded, ScheduleId(row.id));
        self.notices().raise_of_schedule(kind, id, title, message).await
    }

    async fn fail(&self, row: &ScheduleRow, error: &EngineError) -> Result<(), EngineError> {
        let message = error.chain();
        warn!(schedule = row.id, error = message, "a schedule could not run");
        let now = self.now();
        let retry_at =
            (row.failures < RETRIES_MAX).then(|| EpochSeconds(now.0.saturating_add(RETRY_AFTER_SECONDS)));
        let end = ScheduleRunEnd::Failed { message: message.clone(), retry_at };
        self.store().end_schedule_run(row.id, now, &end).await?;
        // Once for a row of failures.
        if row.failures == 0 { self.tell_problem(row, &message).await } else { Ok(()) }
    }

    async fn tell_problem(&self, row: &ScheduleRow, message: &str) -> Result<(), EngineError> {
        let title = format!("Schedule \"{}\" has a problem", row.name);
        let (kind, id) = (NoticeKind::ScheduleProblem, ScheduleId(row.id));
        self.notices().raise_of_schedule(kind, id, title, message.to_owned()).await
    }
}

/// What a schedule is called that nobody named: `Nifty 50, Sensex · every expiry`.
pub(super) fn name_of(rule: &ScheduleRule, underlyings: &[Underlying]) -> String {
    const NAMED_MAX: usize = 3;
    let name = |key: &market::InstrumentKey| {
        let known = underlyings.iter().find(|underlying| underlying.key == *key);
        known.map_or_else(|| key.name().to_owned(), |underlying| underlying.name.clone())
    };
    let mut names: Vec<String> = rule.underlyings.iter().take(NAMED_MAX).map(name).collect();
    if rule.underlyings.len() > NAMED_MAX {
        names.push(format!("{} more", rule.underlyings.len() - NAMED_MAX));
    }
    format!("{} · {}", names.join(", "), rule.expiries.words())
}
