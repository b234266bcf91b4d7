//! One owner of a data directory: whoever talks to the broker holds `lock` exclusively and says in
//! `owner.json` where it can be reached. The lock is the operating system's, so it ends with the process.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use protocol::Market;
use serde::{Deserialize, Serialize};

use crate::error::{Result, StoreError};

const LOCK_FILE: &str = "lock";
const OWNER_FILE: &str = "owner.json";

/// Who holds the lock, as it says itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    pub pid: u32,
    /// `http://127.0.0.1:5000` of a server; none for a command.
    pub address: Option<String>,
    /// Which of that server's markets keeps its data here.
    #[serde(default)]
    pub market: Market,
}

/// Held as long as it lives.
#[derive(Debug)]
pub struct OwnerLock {
    data_dir: PathBuf,
    _file: File,
}

impl OwnerLock {
    /// Creates the data directory (0700) where it is missing, and takes the lock.
    pub fn take(data_dir: &Path) -> Result<Self> {
        let unusable = |source| StoreError::Directory { path: data_dir.to_owned(), source };
        create_private_dir(data_dir).map_err(unusable)?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(data_dir.join(LOCK_FILE))
            .map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let owner = Self::owner(data_dir).unwrap_or(Owner {
                    pid: 0,
                    address: None,
                    market: Market::default(),
                });
                return Err(StoreError::Owned {
                    path: data_dir.to_owned(),
                    pid: owner.pid,
                    address: owner.address,
                });
            }
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        let lock = Self { data_dir: data_dir.to_owned(), _file: file };
        lock.announce(None, Market::default()).map_err(unusable)?;
        Ok(lock)
    }

    /// Says where the owner can be reached.
    pub fn announce(&self, address: Option<String>, market: Market) -> io::Result<()> {
        let owner = Owner { pid: std::process::id(), address, market };
        let text = serde_json::to_string(&owner).map_err(io::Error::other)?;
        std::fs::write(self.data_dir.join(OWNER_FILE), text)
    }

    /// What the present or last owner said of itself.
    pub fn owner(data_dir: &Path) -> Option<Owner> {
        let text = std::fs::read_to_string(data_dir.join(OWNER_FILE)).ok()?;
        serde_json::from_str(&text).ok()
    }
}

impl Drop for OwnerLock {
    fn drop(&mut self) {
        // Left behind it would only name a process that is gone; the lock itself decides.
        let _ = std::fs::remove_file(self.data_dir.join(OWNER_FILE));
    }
}

/// Like `create_dir_all`, but nobody else can look into what is created.
pub(crate) fn create_private_dir(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path)
}
