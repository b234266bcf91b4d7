//! States of a job that a person is told of wherever they are.

use market::EpochSeconds;
use protocol::{JobId, JobStatus, NoticeKind};
use store::{JobChange, NewEvent};
use tracing::info;

use crate::error::EngineError;
use crate::jobs::run::UNDER_WAY;
use crate::jobs::service::JobService;

/// A new state of a job, of which a person is told.
pub(crate) struct Turn<'a> {
    pub to: JobStatus,
    /// It stays with the job.
    pub message: Option<&'a str>,
    /// It goes into its log.
    pub told: NewEvent,
    /// When what failed is tried again by itself.
    pub retry_at: Option<EpochSeconds>,
    /// People were told of it before, and will be of the last one: no notice is raised.
    pub is_quiet: bool,
}

impl JobService {
    /// Ends the running job, or lets it wait for sign-in; the notice of it is written in the same
    /// transaction. `message` stays with the job, `told` goes into its log.
    pub(crate) async fn change_and_notify(
        &self,
        job: JobId,
        to: JobStatus,
        message: Option<&str>,
        told: NewEvent,
    ) -> Result<(), EngineError> {
        self.change_from_and_notify(job, &UNDER_WAY, to, message, told).await
    }

    pub(crate) async fn change_from_and_notify(
        &self,
        job: JobId,
        from: &[JobStatus],
        to: JobStatus,
        message: Option<&str>,
        told: NewEvent,
    ) -> Result<(), EngineError> {
        self.come_to(job, from, Turn { to, message, told, retry_at: None, is_quiet: false }).await
    }

    /// The notice and the next try are written in one transaction with the state, or not at all.
    pub(crate) async fn come_to(
        &self,
        job: JobId,
        from: &[JobStatus],
        turn: Turn<'_>,
    ) -> Result<(), EngineError> {
        let Turn { to, message, told, retry_at, is_quiet } = turn;
        let notice = match kind_of(to).filter(|_| !is_quiet) {
            Some(kind) => {
                let title = format!("{}: {}", headline(job, to), self.reader().picture(job).await?.title);
                Some(self.notices().of_job(kind, job, title, told.message.clone()).await?)
            }
            None => None,
        };
        let (at, events) = (self.now(), [told]);
        let change = JobChange { from, to, message, at, events: &events, notice: notice.as_ref(), retry_at };
        if self.store().change_job(job.0, change).await? {
            info!(%job, status = to.as_str(), message, "a job is {}", to.words());
        }
        self.notices().wake();
        Ok(())
    }
}

fn kind_of(status: JobStatus) -> Option<NoticeKind> {
    match status {
        JobStatus::Completed => Some(NoticeKind::JobCompleted),
        JobStatus::CompletedWithFailures => Some(NoticeKind::JobCompletedWithFailures),
        JobStatus::Failed => Some(NoticeKind::JobFailed),
        JobStatus::WaitingForLogin => Some(NoticeKind::SignInNeeded),
        JobStatus::Queued
        | JobStatus::Running
        | JobStatus::Paused
        | JobStatus::WaitingForBroker
        | JobStatus::Cancelled => None,
    }
}

fn headline(job: JobId, status: JobStatus) -> String {
    match status {
        JobStatus::WaitingForLogin => format!("Job {job} waits for sign-in"),
        status => format!("Job {job} {}", status.words()),
    }
}
