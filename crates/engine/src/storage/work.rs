//! What is under way: told while it lasts, stopped between two steps, and told again when it has ended. It is known in
//! memory alone: what was done is in the database.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use market::EpochSeconds;
use protocol::{StorageDeed, StorageEnd, StorageProgress, StorageWork};

use crate::error::EngineError;

/// What is begun, and how much of it there is to be done: candles, or bytes where it compacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Undertaking {
    pub deed: StorageDeed,
    pub total: u64,
}

/// A handle; clones share everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Work(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    work: StorageWork,
    is_closing: bool,
}

impl Work {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn picture(&self) -> StorageWork {
        self.lock().work.clone()
    }

    /// For whoever has the turn.
    pub(super) fn begin(&self, Undertaking { deed, total }: Undertaking, began_at: EpochSeconds) {
        let mut state = self.lock();
        let is_stopping = state.is_closing;
        state.work.under_way = Some(StorageProgress { deed, began_at, done: 0, total, is_stopping });
    }

    /// After a step. `total` may have grown by what is written meanwhile.
    pub(crate) fn stands_at(&self, done: u64, total: u64) {
        if let Some(under_way) = &mut self.lock().work.under_way {
            (under_way.done, under_way.total) = (done, total.max(done));
        }
    }

    /// Before a step: refused where somebody has stopped it.
    pub(crate) fn go_on(&self) -> Result<(), EngineError> {
        let is_stopping = self.lock().work.under_way.is_some_and(|under_way| under_way.is_stopping);
        if is_stopping { Err(EngineError::Stopped) } else { Ok(()) }
    }

    /// Who stopped it too late has not stopped it: that says whoever carried it out.
    pub(super) fn end(&self, at: EpochSeconds, is_stopped: bool, problem: Option<String>) {
        let mut state = self.lock();
        let Some(StorageProgress { deed, done, .. }) = state.work.under_way.take() else { return };
        state.work.last = Some(StorageEnd { deed, at, done, is_stopped, problem });
    }

    /// Ends what is under way after its present step.
    pub(super) fn stop(&self) {
        if let Some(under_way) = &mut self.lock().work.under_way {
            under_way.is_stopping = true;
        }
    }

    /// The same, and whatever begins from now on.
    pub(super) fn close(&self) {
        self.lock().is_closing = true;
        self.stop();
    }
}
