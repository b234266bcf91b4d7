//! How far an export is, for whoever watches it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Clones share it.
#[derive(Clone, Debug, Default)]
pub struct ExportProgress {
    rows: Arc<AtomicU64>,
    rows_expected: Arc<AtomicU64>,
}

impl ExportProgress {
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// About so many in all.
    pub fn rows_expected(&self) -> u64 {
        self.rows_expected.load(Ordering::Relaxed)
    }

    pub(super) fn expect_rows(&self, rows: u64) {
        self.rows_expected.store(rows, Ordering::Relaxed);
    }

    pub(super) fn put_rows(&self, rows: u64) {
        self.rows.store(rows, Ordering::Relaxed);
    }

    pub(super) fn add(&self, rows: usize) {
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }
}
