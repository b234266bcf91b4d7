//! Telling a running job to stop: pause and cancel by a person, stop by the end of the process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use protocol::JobId;
use tokio::sync::watch;

use crate::error::EngineError;

/// What a running job is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Go,
    /// Its state in the database says why: paused or cancelled.
    Leave,
    /// The process ends; the job goes on at the next start.
    Stop,
}

/// The jobs that run in this process.
#[derive(Default)]
pub(crate) struct Controls {
    running: Mutex<HashMap<JobId, watch::Sender<Word>>>,
    stopping: watch::Sender<bool>,
}

impl Controls {
    /// Refused when the job runs already, or everything is stopping.
    pub(crate) fn begin(&self, job: JobId) -> Result<watch::Receiver<Word>, EngineError> {
        let mut running = self.lock();
        if self.is_stopping() {
            return Err(EngineError::ShuttingDown);
        }
        if running.contains_key(&job) {
            return Err(EngineError::JobRuns(job));
        }
        let (sender, receiver) = watch::channel(Word::Go);
        running.insert(job, sender);
        Ok(receiver)
    }

    pub(crate) fn end(&self, job: JobId) {
        self.lock().remove(&job);
    }

    pub(crate) fn tell(&self, job: JobId, word: Word) {
        if let Some(sender) = self.lock().get(&job) {
            sender.send_replace(word);
        }
    }

    /// Tells every running job to stop, and lets none begin.
    pub(crate) fn stop_all(&self) {
        let running = self.lock();
        self.stopping.send_replace(true);
        for sender in running.values() {
            sender.send_replace(Word::Stop);
        }
    }

    pub(crate) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Ends once everything is stopping.
    pub(crate) async fn stopping(&self) {
        // An error says that the sender is gone, and it lives as long as `self`.
        let _ = self.stopping.subscribe().wait_for(|stopping| *stopping).await;
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<JobId, watch::Sender<Word>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Carries `work` on until it is done or the job is told to stop; `None` then.
pub(crate) async fn unless_told<T>(
    word: &mut watch::Receiver<Word>,
    work: impl Future<Output = T>,
) -> Option<T> {
    tokio::select! {
        biased;
        _ = word.wait_for(|word| *word != Word::Go) => None,
        done = work => Some(done),
    }
}
