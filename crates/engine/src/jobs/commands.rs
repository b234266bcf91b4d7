//! What a person tells a job: one way for the page, REST and the command line. A command is carried out whole or
//! refused with the state that the job is in.

use market::EpochSeconds;
use protocol::{EventLevel, JobCommand, JobId, JobPicture};
use store::{JobChange, NewEvent};

use crate::error::EngineError;
use crate::jobs::control::Word;
use crate::jobs::log::event;
use crate::jobs::service::JobService;

impl JobService {
    /// Carries a command out, and gives back how the job stands then.
    pub async fn tell(&self, job: JobId, command: JobCommand) -> Result<JobPicture, EngineError> {
        let (level, message) = match command {
            // What is under way is given up and asked again later.
            JobCommand::Pause => (EventLevel::Info, "paused"),
            JobCommand::Resume => (EventLevel::Info, "resumed"),
            JobCommand::Cancel => (EventLevel::Warning, "cancelled; what it brought stays"),
            JobCommand::Retry => (EventLevel::Info, "what failed is tried again"),
        };
        self.carry_out(job, command, level, message).await?;
        self.picture(job).await
    }

    /// Nothing more comes of a job, in whatever state it is by then: one that has not ended is cancelled, and one that has is
    /// not tried again by itself. Says whether anything was still to come of it.
    pub(crate) async fn call_off(&self, job: JobId, why: &str) -> Result<bool, EngineError> {
        let told = [event(job, self.now(), EventLevel::Warning, why)];
        let cancel = JobChange { message: Some(why), ..change_of(JobCommand::Cancel, self.now(), &told) };
        let is_called_off = self.store().call_off_job(job.0, cancel).await?;
        if is_called_off {
            self.controls().tell(job, Word::Leave);
            self.changed();
        }
        Ok(is_called_off)
    }

    async fn carry_out(
        &self,
        job: JobId,
        command: JobCommand,
        level: EventLevel,
        message: &str,
    ) -> Result<(), EngineError> {
        let told = [event(job, self.now(), level, message)];
        let change = change_of(command, self.now(), &told);
        let took_place = match command {
            JobCommand::Retry => self.store().reopen_job(job.0, change).await?,
            JobCommand::Pause | JobCommand::Resume | JobCommand::Cancel => {
                self.store().change_job(job.0, change).await?
            }
        };
        if !took_place {
            let status = self.reader().picture(job).await?.status;
            return Err(EngineError::JobState { job, status, action: command.participle() });
        }
        match command {
            JobCommand::Pause | JobCommand::Cancel => self.controls().tell(job, Word::Leave),
            JobCommand::Resume | JobCommand::Retry => self.wake(),
        }
        self.changed();
        Ok(())
    }
}

/// What a command changes of a job that takes it.
pub(crate) fn change_of(command: JobCommand, at: EpochSeconds, told: &[NewEvent]) -> JobChange<'_> {
    JobChange {
        from: command.allowed_from(),
        to: command.leads_to(),
        message: None,
        at,
        events: told,
        notice: None,
        retry_at: None,
    }
}
