//! Folders that are made for something that may come to nothing: of those that we made ourselves the empty ones go again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub(crate) struct NewFolders {
    /// The innermost first.
    ours: Vec<PathBuf>,
}

impl NewFolders {
    /// Makes a folder, and those around it that are missing.
    pub fn make(folder: &Path) -> io::Result<Self> {
        let is_missing = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
        let ours = folder.ancestors().take_while(is_missing).map(Path::to_owned).collect();
        let new = Self { ours };
        fs::create_dir_all(folder)?;
        Ok(new)
    }

    /// Folders that nobody else puts anything into, the innermost first.
    pub fn of(ours: Vec<PathBuf>) -> Self {
        Self { ours }
    }
}

impl Drop for NewFolders {
    fn drop(&mut self) {
        // A folder with anything in it cannot be removed so, and stays with those around it.
        self.ours.iter().for_each(|folder| drop(fs::remove_dir(folder)));
    }
}
