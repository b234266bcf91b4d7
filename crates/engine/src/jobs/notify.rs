//! States of a job that a person is told of wherever they are.

use protocol::{JobId, JobStatus, NoticeKind};
use store::{JobChange, NewEvent};
use tracing::info;

use crate::error::EngineError;
use crate::jobs::run::UNDER_WAY;
use crate::jobs::service::JobService;

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
        let notice = match kind_of(to) {
            Some(kind) => {
                let title = format!("{}: {}", headline(job, to), self.reader().picture(job).await?.title);
                Some(self.notices().of_job(kind, job, title, told.message.clone()).await?)
            }
            None => None,
        };
        let change =
            JobChange { from, to, message, at: self.now(), events: &[told], notice: notice.as_ref() };
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
