//! Trying again what failed: by a person's word at any time, and by itself a few times, ever later.

use protocol::{EventLevel, JobId, JobPicture, JobStatus};

use crate::error::EngineError;
use crate::jobs::log::event;
use crate::jobs::service::JobService;

/// How long after its end a job with failed parts is tried again by itself: the first time, the second, …
const RETRY_AFTER_SECONDS: [i64; 3] = [10 * 60, 3600, 6 * 3600];

/// Whether a job that ends with failures was tried again by itself and will be once more: people were told of the
/// first end, and will be of the last one.
pub(crate) fn is_between_retries(job: &JobPicture) -> bool {
    let retries = usize::try_from(job.retries).unwrap_or(usize::MAX);
    (1..RETRY_AFTER_SECONDS.len()).contains(&retries)
}

impl JobService {
    /// Queues an ended job again for what failed or was left; what is done stays done.
    pub async fn retry(&self, job: JobId) -> Result<JobPicture, EngineError> {
        self.reopen(job, "what failed is tried again").await?;
        self.picture(job).await
    }

    async fn reopen(&self, job: JobId, message: &str) -> Result<(), EngineError> {
        let from = ["completed_with_failures", "failed", "cancelled"];
        let told = event(job, self.now(), EventLevel::Info, message);
        self.command(job, &from, JobStatus::Queued, "retried", told).await?;
        self.store().reopen_failed_units(job.0).await?;
        self.changed();
        self.wake();
        Ok(())
    }

    /// Notes when a job that is about to end with failures is tried again by itself. What to say of it; nothing
    /// when it has been tried often enough.
    pub(crate) async fn plan_retry(&self, job: &JobPicture) -> Result<String, EngineError> {
        let Some(after) = usize::try_from(job.retries).ok().and_then(|tries| RETRY_AFTER_SECONDS.get(tries))
        else {
            return Ok(format!("; it was tried again {} times", job.retries));
        };
        let at = market::EpochSeconds(self.now().0 + after);
        self.store().plan_retry(job.id.0, at).await?;
        let time = &at.to_ist_text()[11..16];
        Ok(format!("; tried again by itself at {time} IST while the server runs"))
    }

    /// Queues the jobs whose time has come.
    pub(crate) async fn retry_what_is_due(&self) -> Result<(), EngineError> {
        while let Some((job, at)) = self.store().next_retry().await? {
            if at > self.now() {
                break;
            }
            self.reopen(JobId(job), "what failed is tried again by itself").await?;
        }
        Ok(())
    }
}
