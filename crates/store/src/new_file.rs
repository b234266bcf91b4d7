//! The file of a database that appears under its name only when it is whole: until then it stands beside it as
//! `NAME.partial`, and dropping it leaves nothing. What somebody left there who was killed gives way; what is being written
//! does not. Nobody but its owner can read it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ring::digest::{Context, SHA256};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::private_file;

const PARTIAL: &str = "partial";
const BLOCK_BYTES: usize = 1024 * 1024;

/// What is done where the name is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IfThere {
    Refuse,
    /// The caller owns the directory, and what stands there is of no more use.
    Replace,
}

pub(crate) struct NewFile {
    target: PathBuf,
    partial: PathBuf,
    is_kept: bool,
}

/// Its length and the hash of what is in it.
pub(crate) struct Kept {
    pub bytes: u64,
    pub sha256: [u8; 32],
}

impl NewFile {
    /// An empty file. Fails with `ResourceBusy` where another such file is being written.
    pub(crate) fn create(target: &Path) -> io::Result<Self> {
        let partial = partial_of(target);
        if is_being_written(&partial) {
            return Err(io::ErrorKind::ResourceBusy.into());
        }
        with_journal(&partial).iter().try_for_each(|left| private_file::remove(left))?;
        private_file::create(&partial, b"").map_err(|error| match error.kind() {
            // Somebody was faster.
            io::ErrorKind::AlreadyExists => io::ErrorKind::ResourceBusy.into(),
            _ => error,
        })?;
        Ok(Self { target: target.to_owned(), partial, is_kept: false })
    }

    /// Where it is written meanwhile.
    pub(crate) fn path(&self) -> &Path {
        &self.partial
    }

    /// Gives it its name, when it is on the disk. Nobody may have it open.
    pub(crate) fn keep(mut self, if_there: IfThere) -> io::Result<Kept> {
        // Windows flushes only what is open for writing.
        let file = File::options().read(true).write(true).open(&self.partial)?;
        let kept = Kept { bytes: file.metadata()?.len(), sha256: hash(&file)? };
        file.sync_all()?;
        if !is_at(&file, &self.partial)? {
            // Somebody took it for cut short: what lies there now is theirs.
            self.is_kept = true;
            return Err(io::ErrorKind::ResourceBusy.into());
        }
        if if_there == IfThere::Refuse && is_there(&self.target) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        private_file::put_in_place(&self.partial, &self.target)?;
        self.is_kept = true;
        Ok(kept)
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.is_kept {
            // There is nobody to tell of a failure.
            for left in with_journal(&self.partial) {
                let _ = std::fs::remove_file(left);
            }
        }
    }
}

/// Whether somebody writes it just now: SQLite holds its lock on it then. What is none of its files nobody writes.
fn is_being_written(partial: &Path) -> bool {
    let access = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let locked = Connection::open_with_flags(partial, access).and_then(|connection| {
        connection.busy_timeout(Duration::ZERO)?;
        connection.execute_batch("BEGIN EXCLUSIVE; ROLLBACK")
    });
    locked.is_err_and(|error| error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy))
}

/// Whether an open file is the one that lies at a path.
#[cfg(unix)]
pub(crate) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let (open, there) = (file.metadata()?, path.symlink_metadata()?);
    Ok((open.dev(), open.ino()) == (there.dev(), there.ino()))
}

/// Elsewhere nobody puts another file in the place of an open one.
#[cfg(not(unix))]
pub(crate) fn is_at(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

/// A database that is not whole, and what SQLite writes beside it.
fn with_journal(partial: &Path) -> [PathBuf; 2] {
    [partial.to_owned(), with_suffix(partial, "-journal")]
}

/// Whether a name is taken, if only by a link that leads nowhere.
pub(crate) fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Where a file of this name is written before it is whole.
pub fn partial_of(target: &Path) -> PathBuf {
    with_suffix(target, &format!(".{PARTIAL}"))
}

pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn hash(mut file: &File) -> io::Result<[u8; 32]> {
    let mut digest = Context::new(&SHA256);
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        match file.read(&mut block)? {
            0 => break,
            length => digest.update(&block[..length]),
        }
    }
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(digest.finish().as_ref());
    Ok(sha256)
}
