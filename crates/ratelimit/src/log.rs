//! The memory of the limiter across restarts, as a trait.
//!
//! Slots are recorded in small blocks. A block is recorded as open **before** any request of it is sent, and as
//! closed some time after its last request has ended: with the next block, or when the process stops cleanly.
//! What is exact and what is careful, when blocks are read back:
//!
//! - A closed block counts the slots really used. All count as answered when the last one was: careful by at
//!   most the time the block was open.
//! - A block that a crash left open counts in full, as given up at the moment of loading: its requests may
//!   still be on their way. A clean end leaves a block open only for requests in flight, cut to what was granted.
//! - How long ago a block was closed is told by the machine's uptime when it is the same boot, whatever was done
//!   to the wall clock. Otherwise the wall clock is believed. A time to come counts as now, or as given up now
//!   where the block's last request was. So one thing is not noticed: a wall clock that was set *forward* since
//!   the block was closed, while the machine restarted or on a system that does not name its boots.
//!
//! The implementation decides nothing: it stores rows, and tells the truth about what is durable.

use std::{error::Error, fmt, future::Future, pin::Pin};

/// A future that can be sent to another thread, as traits behind `dyn` need it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where blocks of slots are kept. Only one limiter uses a log at a time.
pub trait SlotLog: Send + Sync {
    /// Every block that is recorded, in any order.
    fn load(&self) -> BoxFuture<'_, Result<Vec<SlotBlock>, SlotLogError>>;

    /// Applies a change, wholly or not at all; durable when it returns.
    ///
    /// Changes are applied in the order of these calls. A call may be dropped half-way and is then made again
    /// with the same blocks, so a block that is already there is replaced.
    fn record<'a>(&'a self, change: &'a LogChange) -> BoxFuture<'a, Result<(), SlotLogError>>;
}

/// What one write does to the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogChange {
    /// Blocks to insert, or to replace where the id is there already.
    pub put: Vec<SlotBlock>,
    /// Ids of blocks to delete; one that is not there is no error.
    pub forget: Vec<i64>,
}

impl LogChange {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.put.is_empty() && self.forget.is_empty()
    }
}

/// A block of slots, as one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotBlock {
    /// Names the block in its log.
    pub id: i64,
    /// How many slots were reserved.
    pub size: u32,
    /// How many requests were sent; `None` while the block is open.
    pub used: Option<u32>,
    /// When it was opened, in milliseconds since 1970 UTC. For people; nothing is computed from it.
    pub opened_wall_ms: i64,
    /// When its last request ended, in milliseconds since 1970 UTC; `None` while the block is open.
    pub closed_wall_ms: Option<i64>,
    /// The boot of the machine to which the uptimes belong; `None` where the system does not name its boots.
    pub boot_id: Option<String>,
    /// When it was opened, in milliseconds since that boot. For people; nothing is computed from it.
    pub opened_uptime_ms: Option<i64>,
    /// When its last request ended, in milliseconds since that boot.
    pub closed_uptime_ms: Option<i64>,
}

/// The log cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the record of sent requests could not be {action}")]
pub struct SlotLogError {
    action: Action,
    source: Box<dyn Error + Send + Sync>,
}

impl SlotLogError {
    /// Loading failed because of `source`.
    pub fn read(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { action: Action::Read, source: source.into() }
    }

    /// Recording failed because of `source`.
    pub fn written(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { action: Action::Written, source: source.into() }
    }
}

#[derive(Debug, Clone, Copy)]
enum Action {
    Read,
    Written,
}

impl fmt::Display for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Read => "read",
            Self::Written => "written",
        })
    }
}
