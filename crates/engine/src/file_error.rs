//! A file of rows that could not be written: an export, a training set, or what a command was told to write.

use std::io;
use std::path::PathBuf;

use export::ExportError;
use protocol::{DISK_FULL, is_disk_full};

#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("{} could not be written, and nothing half is left: {DISK_FULL}", .0.display())]
    DiskFull(PathBuf),
    #[error("{} cannot be written: {source}", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
    #[error("{} could not be written: {source}", path.display())]
    Writing { path: PathBuf, source: ExportError },
}

impl FileError {
    /// Writing rows to `path` went wrong.
    pub(crate) fn writing(path: PathBuf, source: ExportError) -> Self {
        if is_disk_full(&source) { Self::DiskFull(path) } else { Self::Writing { path, source } }
    }

    pub fn io(path: PathBuf, source: io::Error) -> Self {
        if is_disk_full(&source) { Self::DiskFull(path) } else { Self::Unwritable { path, source } }
    }
}
