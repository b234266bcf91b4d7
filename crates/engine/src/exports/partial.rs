//! A file that is there when it is whole: written under another name, synced, renamed. What is not finished leaves
//! nothing.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use store::{partial_of, put_in_place};

pub struct PartialFile {
    file: File,
    target: PathBuf,
    partial: PathBuf,
}

impl PartialFile {
    pub fn create(target: PathBuf) -> io::Result<Self> {
        let partial = partial_of(&target);
        Ok(Self { file: File::create(&partial)?, target, partial })
    }

    /// To write to.
    pub fn writer(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    pub fn finish(self) -> io::Result<()> {
        self.file.sync_all()?;
        put_in_place(&self.partial, &self.target)
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        // A file that is whole has its other name by now; one that cannot be removed is removed by the next export here.
        let _ = fs::remove_file(&self.partial);
    }
}

/// What an export that was killed left half done.
pub(super) fn is_partial(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "partial")
}
