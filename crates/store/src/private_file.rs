//! Small files that only their owner may read: keys, and what keys are made with. Written so that a loss of power
//! leaves the old one, or the new one, and read up to a bound.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use zeroize::Zeroizing;

#[derive(Debug, thiserror::Error)]
pub(crate) enum FileFault {
    #[error("it is too long")]
    TooLong,
    #[error("it is not text")]
    NoText,
    #[error("it is not a file")]
    NoFile,
}

impl From<FileFault> for io::Error {
    fn from(fault: FileFault) -> Self {
        Self::new(io::ErrorKind::InvalidData, fault)
    }
}

/// Names under which a program finds what it was handed open: its standard input, and `<(…)` of a shell.
const HANDED_OVER: [&str; 3] = ["/dev/stdin", "/dev/fd", "/proc/self/fd"];

/// Opens what is a file. Opening a pipe would wait for whoever writes into it, for ever where nobody does.
pub(crate) fn open_file(path: &Path) -> io::Result<File> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other(FileFault::NoFile));
    }
    File::open(path)
}

/// Reads a file, or what was handed over open, which has its writer already.
pub(crate) fn read_bounded(path: &Path, bytes_max: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let is_handed_over = HANDED_OVER.iter().any(|name| path.starts_with(name));
    let file = if is_handed_over { File::open(path)? } else { open_file(path)? };
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(bytes_max as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > bytes_max { Err(FileFault::TooLong.into()) } else { Ok(bytes) }
}

/// Writes a file that must not exist yet.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Writes a file in place of the one that may be there.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    remove(&new)?;
    create(&new, bytes)?;
    put_in_place(&new, path)
}

/// Renames, and makes sure that the name outlasts a loss of power too.
pub fn put_in_place(new: &Path, path: &Path) -> io::Result<()> {
    std::fs::rename(new, path)?;
    #[cfg(unix)]
    {
        // A name without a folder lies in the working directory.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

/// A file that is not there is removed already.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
