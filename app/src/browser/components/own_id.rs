//! Names for elements that a page may show several times at once: what two of them share belongs to the first alone.

use std::sync::atomic::{AtomicU32, Ordering};

static GIVEN: AtomicU32 = AtomicU32::new(0);

/// `what-1`, `what-2`, …: no two are alike.
pub fn own_id(what: &str) -> String {
    format!("{what}-{}", GIVEN.fetch_add(1, Ordering::Relaxed) + 1)
}
