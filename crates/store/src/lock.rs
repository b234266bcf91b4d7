//! One owner of a data directory: whoever talks to the broker holds `lock` exclusively and says in
//! `owner.json` where it can be reached. The lock is the operating system's, so it ends with the process. What was made
//! for an owner who then does nothing goes again: a start that is refused leaves no directory and no file.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use protocol::{Market, SecretText};
use serde::{Deserialize, Serialize};

use crate::error::{Result, StoreError};
use crate::new_file::is_at;

const LOCK_FILE: &str = "lock";
const OWNER_FILE: &str = "owner.json";
/// There are file systems that call an open file otherwise than the one that lies there.
const TRIES: u32 = 3;

/// Who holds the lock, as it says itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    pub pid: u32,
    /// Which of a server's markets keeps its data here.
    #[serde(default)]
    pub market: Market,
    /// None for a command.
    #[serde(flatten)]
    pub server: Option<OwnerServer>,
}

/// How the commands of this machine reach a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerServer {
    /// `http://127.0.0.1:5000`
    pub address: String,
    /// What they present: whoever can read this file is let in. Another in each run.
    #[serde(default)]
    pub key: SecretText,
    /// SHA-256 of the certificate that it shows under TLS, in hexadecimal digits.
    #[serde(default)]
    pub certificate: Option<String>,
}

/// Held as long as it lives.
#[derive(Debug)]
pub struct OwnerLock {
    data_dir: PathBuf,
    /// Before the file: nobody else has the lock while it goes.
    made: Made,
    _file: File,
}

impl OwnerLock {
    /// Creates the data directory (0700) where it is missing, and takes the lock. Both go again with it, unless it
    /// [stays](Self::stays).
    pub fn take(data_dir: &Path) -> Result<Self> {
        let unusable = |source| StoreError::Directory { path: data_dir.to_owned(), source };
        let path = data_dir.join(LOCK_FILE);
        let mut made = Made::of_directory(data_dir).map_err(unusable)?;
        let mut tries_left = TRIES;
        let file = loop {
            let (file, is_new) = open_or_create(&path).map_err(unusable)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(Self::owned(data_dir)),
                Err(TryLockError::Error(error)) => return Err(unusable(error)),
            }
            tries_left -= 1;
            // Whoever had made it may have taken it away since it was opened, and another lie there.
            let is_still_there = path.canonicalize().and_then(|path| is_at(&file, &path)).unwrap_or(false);
            if is_still_there || tries_left == 0 {
                made.lock = is_new.then_some(path);
                break file;
            }
        };
        let lock = Self { data_dir: data_dir.to_owned(), made, _file: file };
        lock.announce(Market::default(), None).map_err(unusable)?;
        Ok(lock)
    }

    fn owned(data_dir: &Path) -> StoreError {
        let owner = Self::owner(data_dir);
        StoreError::Owned {
            path: data_dir.to_owned(),
            pid: owner.as_ref().map_or(0, |owner| owner.pid),
            address: owner.and_then(|owner| owner.server).map(|server| server.address),
        }
    }

    /// What was made for it is in use from now on, and stays when it ends.
    pub fn stays(mut self) -> Self {
        self.made.lock = None;
        self.made.directories.clear();
        self
    }

    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Says who the owner is and where it can be reached, to those who may read the data.
    pub fn announce(&self, market: Market, server: Option<OwnerServer>) -> io::Result<()> {
        let owner = Owner { pid: std::process::id(), market, server };
        let text = serde_json::to_string(&owner).map_err(io::Error::other)?;
        let path = self.data_dir.join(OWNER_FILE);
        // One that is there may be readable by others.
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        create_private_file(&path)?.write_all(text.as_bytes())
    }

    /// Whether somebody holds it at this moment.
    pub fn is_held(data_dir: &Path) -> bool {
        let file = File::open(data_dir.join(LOCK_FILE));
        file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
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

/// What was made for an owner.
#[derive(Debug)]
struct Made {
    lock: Option<PathBuf>,
    /// The innermost first.
    directories: Vec<PathBuf>,
}

impl Made {
    fn of_directory(data_dir: &Path) -> io::Result<Self> {
        let is_missing = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
        let directories = data_dir.ancestors().take_while(is_missing).map(Path::to_owned).collect();
        let made = Self { lock: None, directories };
        create_private_dir(data_dir)?;
        Ok(made)
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        // What came there meanwhile stays, with its directory.
        self.lock.iter().for_each(|lock| drop(std::fs::remove_file(lock)));
        self.directories.iter().for_each(|directory| drop(std::fs::remove_dir(directory)));
    }
}

/// The file, and whether it was not there.
fn open_or_create(path: &Path) -> io::Result<(File, bool)> {
    match OpenOptions::new().create_new(true).write(true).open(path) {
        Ok(file) => Ok((file, true)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
            Ok((file, false))
        }
        Err(error) => Err(error),
    }
}

/// Like `create_dir_all`, but nobody else can look into what is created.
pub fn create_private_dir(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path)
}

/// A file that was not there, for its owner alone.
pub(crate) fn create_private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}
