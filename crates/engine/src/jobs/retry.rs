//! Trying again what failed: by a person's word at any time, and by itself a few times, ever later.

use market::EpochSeconds;
use protocol::{EventLevel, JobCommand, JobId, JobPicture};

use crate::error::EngineError;
use crate::jobs::commands::change_of;
use crate::jobs::log::event;
use crate::jobs::service::JobService;

/// How long after its end a job with failed parts is tried again by itself: the first time, the second, …
const RETRY_AFTER_SECONDS: [i64; 3] = [10 * 60, 3600, 6 * 3600];

/// When what failed is tried again by itself, and what is said of it; never, where only a person can mend it.
#[derive(Debug, Default)]
pub(crate) struct NextTry {
    pub at: Option<EpochSeconds>,
    pub words: String,
}

/// Whether a job that ends with failures was tried again by itself and will be once more: people were told of the
/// first end, and will be of the last one.
pub(crate) fn is_between_retries(job: &JobPicture) -> bool {
    let retries = usize::try_from(job.retries).unwrap_or(usize::MAX);
    (1..RETRY_AFTER_SECONDS.len()).contains(&retries)
}

impl JobService {
    /// Of a job that is about to end with failures; never when it has been tried often enough.
    pub(crate) fn next_try(&self, job: &JobPicture) -> NextTry {
        let Some(after) = usize::try_from(job.retries).ok().and_then(|tries| RETRY_AFTER_SECONDS.get(tries))
        else {
            return NextTry { at: None, words: format!("; it was tried again {} times", job.retries) };
        };
        let at = EpochSeconds(self.now().0 + after);
        let time = &at.to_ist_text()[11..16];
        let words = format!("; tried again by itself at {time} IST while the server runs");
        NextTry { at: Some(at), words }
    }

    /// Queues the jobs whose time has come.
    pub(crate) async fn retry_what_is_due(&self) -> Result<(), EngineError> {
        while let Some((job, at)) = self.store().next_retry().await? {
            let now = self.now();
            if at > now {
                break;
            }
            let message = "what failed is tried again by itself";
            let told = [event(JobId(job), now, EventLevel::Info, message)];
            if self.store().retry_job(job, change_of(JobCommand::Retry, now, &told)).await? {
                self.wake();
                self.changed();
            }
        }
        Ok(())
    }
}
