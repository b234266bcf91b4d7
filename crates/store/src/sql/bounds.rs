//! How far a query may go: what ends it from outside, and what SQLite itself is told to refuse.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::limits::Limit;
use rusqlite::{Connection, InterruptHandle};

/// Of one value, a row and the text of a query too. Functions that compare two values byte by byte take a second for two
/// of this length, and nothing ends them meanwhile.
pub(super) const VALUE_BYTES_MAX: i32 = 250_000;
/// Beside what the process had from SQLite when the query began.
pub(super) const MEMORY_BYTES_MAX: i64 = 256 * 1024 * 1024;
/// Steps of SQLite's machine between two looks: a fraction of a millisecond.
const STEPS_BETWEEN_LOOKS: i32 = 5_000;

const LIMITS: [(Limit, i32); 8] = [
    (Limit::SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, VALUE_BYTES_MAX),
    (Limit::SQLITE_LIMIT_COLUMN, 500),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 200),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 100),
    (Limit::SQLITE_LIMIT_ATTACHED, 0),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 500),
    (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// By whoever asked.
    Told,
    TimeUp {
        seconds: u32,
    },
    Memory,
}

/// Ends a query, from wherever; clones end the same one.
#[derive(Clone, Default)]
pub struct SqlStop(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    reason: Option<StopReason>,
    running: Option<InterruptHandle>,
}

impl SqlStop {
    /// The first reason counts. A query that has not begun yet ends as soon as it does.
    pub fn stop(&self, reason: StopReason) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.reason.get_or_insert(reason);
        if let Some(running) = &inner.running {
            running.interrupt();
        }
    }

    pub(super) fn reason(&self) -> Option<StopReason> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).reason
    }

    fn begins(&self, running: InterruptHandle) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).running = Some(running);
    }
}

pub(super) fn set(connection: &Connection, stop: &SqlStop) -> rusqlite::Result<()> {
    for (limit, most) in LIMITS {
        connection.set_limit(limit, most)?;
    }
    let before = memory_used();
    let looked = stop.clone();
    connection.progress_handler(
        STEPS_BETWEEN_LOOKS,
        Some(move || {
            if memory_used() - before > MEMORY_BYTES_MAX {
                looked.stop(StopReason::Memory);
            }
            looked.reason().is_some()
        }),
    )?;
    stop.begins(connection.get_interrupt_handle());
    Ok(())
}

/// Of all connections of this process: SQLite counts it for none by itself.
#[expect(unsafe_code, reason = "SQLite's own count of its memory has no safe form; it takes no argument")]
fn memory_used() -> i64 {
    // SAFETY: it may be called at any time and from any thread.
    unsafe { libsqlite3_sys::sqlite3_memory_used() }
}
