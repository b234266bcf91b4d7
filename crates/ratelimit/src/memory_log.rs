//! A log in memory: for tests, simulations, and where nothing has to be remembered.
//!
//! It outlives the limiters that use it, so dropping a limiter without closing it is a crash.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{BoxFuture, LogChange, SlotBlock, SlotLog, SlotLogError};

/// Keeps blocks in memory. Clones are the same log.
#[derive(Debug, Clone, Default)]
pub struct MemoryLog {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    blocks: BTreeMap<i64, SlotBlock>,
    writes: u64,
    failing: bool,
}

impl MemoryLog {
    /// An empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on every write fails (or works again).
    pub fn fail_writes(&self, failing: bool) {
        self.lock().failing = failing;
    }

    /// What is recorded, by id.
    pub fn blocks(&self) -> Vec<SlotBlock> {
        self.lock().blocks.values().cloned().collect()
    }

    /// How many changes were recorded.
    pub fn writes(&self) -> u64 {
        self.lock().writes
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn apply(&self, change: &LogChange) -> Result<(), SlotLogError> {
        let mut state = self.lock();
        if state.failing {
            return Err(SlotLogError::written("writes are switched off"));
        }
        for id in &change.forget {
            state.blocks.remove(id);
        }
        for block in &change.put {
            state.blocks.insert(block.id, block.clone());
        }
        state.writes += 1;
        Ok(())
    }
}

impl SlotLog for MemoryLog {
    fn load(&self) -> BoxFuture<'_, Result<Vec<SlotBlock>, SlotLogError>> {
        Box::pin(async { Ok(self.blocks()) })
    }

    fn record<'a>(&'a self, change: &'a LogChange) -> BoxFuture<'a, Result<(), SlotLogError>> {
        Box::pin(async { self.apply(change) })
    }
}
