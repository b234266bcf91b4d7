//! A disk that is full: how it is known, and the one sentence in which it is told.

use std::error::Error;
use std::io::{self, ErrorKind};

/// Some disks take no file of a length, and some hold no more of anybody's than was agreed: either is told so.
pub const DISK_FULL: &str =
    "the disk is full or cannot be written: free some space on it, or choose a place on another one";

/// Whether what was written found no room, whichever library says so.
pub fn is_disk_full(error: &(dyn Error + 'static)) -> bool {
    let mut error = Some(error);
    while let Some(of) = error {
        if let Some(io) = of.downcast_ref::<io::Error>() {
            return matches!(
                io.kind(),
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
            );
        }
        error = of.source();
    }
    false
}
