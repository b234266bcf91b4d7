//! Trying again what failed: by a person's word at any time, and by itself a few times, ever later.

use market::EpochSeconds;
use protocol::{EventLevel, JobCommand, JobId, JobPicture};

use crate::error::EngineError;
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
    /// When a job that is about to end with failures is tried again by itself, and what to say of it; never when it has
    /// been tried often enough.
    pub(crate) fn next_retry(&self, job: &JobPicture) -> (Option<EpochSeconds>, String) {
        let Some(after) = usize::try_from(job.retries).ok().and_then(|tries| RETRY_AFTER_SECONDS.get(tries))
        else {
            return (None, format!("; it was tried again {} times", job.retries));
        };
        let at = EpochSeconds(self.now().0 + after);
        let time = &at.to_ist_text()[11..16];
        (Some(at), format!("; tried again by itself at {time} IST while the server runs"))
    }

    /// Queues the jobs whose time has come.
    pub(crate) async fn retry_what_is_due(&self) -> Result<(), EngineError> {
        while let Some((job, at)) = self.store().next_retry().await? {
            if at > self.now() {
                break;
            }
            let message = "what failed is tried again by itself";
            self.carry_out(JobId(job), JobCommand::Retry, EventLevel::Info, message).await?;
        }
        Ok(())
    }
}
