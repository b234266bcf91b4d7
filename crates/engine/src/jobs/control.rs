//! Telling a running job to stop: pause and cancel by a person, stop by the end of the process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use protocol::JobId;
use tokio::sync::watch;

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
    stopping: Mutex<bool>,
}

impl Controls {
    /// `None` when the job runs already, or everything is stopping.
    pub(crate) fn begin(&self, job: JobId) -> Option<watch::Receiver<Word>> {
        if *self.stopping.lock().unwrap_or_else(PoisonError::into_inner) {
            return None;
        }
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.contains_key(&job) {
            return None;
        }
        let (sender, receiver) = watch::channel(Word::Go);
        running.insert(job, sender);
        Some(receiver)
    }

    pub(crate) fn end(&self, job: JobId) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&job);
    }

    pub(crate) fn tell(&self, job: JobId, word: Word) {
        if let Some(sender) = self.running.lock().unwrap_or_else(PoisonError::into_inner).get(&job) {
            sender.send_replace(word);
        }
    }

    /// Tells every running job to stop, and lets none begin.
    pub(crate) fn stop_all(&self) {
        *self.stopping.lock().unwrap_or_else(PoisonError::into_inner) = true;
        for sender in self.running.lock().unwrap_or_else(PoisonError::into_inner).values() {
            sender.send_replace(Word::Stop);
        }
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
