//! What a job waits for now, as limiter, breaker, session and queue say. Never stored: a hold that is over is not
//! told after a crash.

use protocol::{JobPicture, JobStatus, Wait, WaitFor};
use ratelimit::Priority;

use crate::error::EngineError;
use crate::jobs::service::JobService;
use crate::names::counted;

impl JobService {
    /// The picture with what it waits for; the message of a job that just works tells it too.
    pub(crate) fn with_wait(&self, mut job: JobPicture) -> JobPicture {
        let broker = self.broker();
        job.waits = match job.status {
            JobStatus::Running => broker.wait_signed_in(Priority::Bulk),
            JobStatus::WaitingForBroker => broker.wait_for_broker(),
            JobStatus::WaitingForLogin => broker.wait_for_sign_in(),
            _ => None,
        };
        if job.message.is_none() {
            job.message = job.waits.as_ref().map(|wait| wait.sentence.clone());
        }
        job
    }

    /// A queued job says its place.
    pub(crate) async fn with_turn(&self, mut job: JobPicture) -> Result<JobPicture, EngineError> {
        if job.status == JobStatus::Queued {
            let before = self.store().jobs_before(job.id.0).await?;
            let sentence = match before {
                0 => "it is the next".to_owned(),
                1 => "1 job is before it".to_owned(),
                before => format!("{} are before it", counted(before, "job")),
            };
            job.waits = Some(Wait { what: WaitFor::Turn, until: None, sentence });
        }
        Ok(job)
    }
}
