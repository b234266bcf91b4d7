//! What a person can tell a job, wherever they tell it: when it may be told, and what becomes of the job.

use serde::{Deserialize, Serialize};

use crate::JobStatus;
use crate::words::reads_its_words;

/// What it brought stays, whatever a job is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum JobCommand {
    /// Holds it until it is resumed.
    Pause,
    Resume,
    /// Ends it for good.
    Cancel,
    /// Takes an ended job up again, for what failed or was left.
    Retry,
}

impl JobCommand {
    pub const ALL: [Self; 4] = [Self::Pause, Self::Resume, Self::Cancel, Self::Retry];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Cancel => "cancel",
            Self::Retry => "retry",
        }
    }

    /// What a job is after it: `it cannot be paused`.
    pub fn participle(self) -> &'static str {
        match self {
            Self::Pause => "paused",
            Self::Resume => "resumed",
            Self::Cancel => "cancelled",
            Self::Retry => "retried",
        }
    }

    /// The states in which a job takes it.
    pub fn allowed_from(self) -> &'static [JobStatus] {
        use JobStatus::{
            Cancelled, CompletedWithFailures, Failed, Paused, Queued, Running, WaitingForBroker,
            WaitingForLogin,
        };
        match self {
            Self::Pause => &[Queued, Running, WaitingForLogin, WaitingForBroker],
            Self::Resume => &[Paused],
            Self::Cancel => &[Queued, Running, Paused, WaitingForLogin, WaitingForBroker],
            Self::Retry => &[CompletedWithFailures, Failed, Cancelled],
        }
    }

    /// The state of the job then.
    pub fn leads_to(self) -> JobStatus {
        match self {
            Self::Pause => JobStatus::Paused,
            Self::Resume | Self::Retry => JobStatus::Queued,
            Self::Cancel => JobStatus::Cancelled,
        }
    }
}

reads_its_words!(JobCommand, "command for a job: it takes pause, resume, cancel and retry");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_takes_what_its_state_allows_and_a_completed_one_nothing() {
        for status in JobStatus::ALL {
            let taken = JobCommand::ALL.map(|command| command.allowed_from().contains(&status));
            let [pause, resume, cancel, retry] = taken;
            assert_eq!(pause, status.is_unfinished(), "{status}");
            assert_eq!(resume, status == JobStatus::Paused, "{status}");
            assert_eq!(cancel, !status.is_ended(), "{status}");
            assert_eq!(retry, status.is_ended() && status != JobStatus::Completed, "{status}");
            for command in JobCommand::ALL {
                assert!(!command.allowed_from().contains(&command.leads_to()), "{command:?} changes a state");
            }
        }
    }
}
