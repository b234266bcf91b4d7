//! Why a database was not copied, in sentences for whoever asked for the copy.

use std::io;
use std::path::{Path, PathBuf};

use protocol::DISK_FULL;

use crate::error::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error("{path} is there already, and a copy never replaces a file: name another one")]
    Exists { path: PathBuf },
    #[error(
        "{partial} is being written: another copy of that name is made. Wait until it is, or name another file"
    )]
    UnderWay { partial: PathBuf },
    #[error(
        "{path} needs {} of free space, and {} are free there: free some, or name a place on another disk",
        at_least(*needed),
        at_most(*free)
    )]
    NoRoom { path: PathBuf, needed: u64, free: u64 },
    #[error("{path} could not be written, and nothing of it was kept: {DISK_FULL}")]
    DiskFull { path: PathBuf },
    #[error("{path} cannot be written: check that its folder is there and may be written to")]
    Unwritable { path: PathBuf, source: io::Error },
    #[error("{path} is no name for a copy: it cannot be read as UTF-8")]
    Name { path: PathBuf },
    #[error("{path} cannot be read")]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{path} is no database of ExpiryTrack")]
    Foreign { path: PathBuf },
    #[error("{path} was written by a newer version of ExpiryTrack: install that version")]
    Newer { path: PathBuf },
    #[error("{path} holds data of {found}, and here belong data of {wanted}: the two never mix")]
    OtherSource { path: PathBuf, found: String, wanted: String },
    #[error(
        "{path} is damaged, and nothing of it was taken: use another copy. SQLite says: {}",
        first_line(fault)
    )]
    Damaged { path: PathBuf, fault: String },
    #[error(
        "the copy does not hold what was copied ({what}): nothing of it was kept. Check the disk, and run `expirytrack verify`"
    )]
    Differs { what: String },
    #[error("the copy was given up before its end; nothing of it was kept")]
    GivenUp,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CopyError {
    pub(crate) fn unreadable(path: &Path, source: io::Error) -> Self {
        Self::Unreadable { path: path.to_owned(), source }
    }

    pub(crate) fn damaged(path: &Path, error: &StoreError) -> Self {
        // What SQLite calls it; what lies below says the same again.
        let fault = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
        Self::Damaged { path: path.to_owned(), fault }
    }
}

impl From<rusqlite::Error> for CopyError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// SQLite tells of pages and cells, a line each, under a heading in asterisks.
fn first_line(fault: &str) -> &str {
    let is_heading = |line: &str| line.is_empty() || line.starts_with("***");
    fault.lines().map(str::trim).find(|line| !is_heading(line)).unwrap_or(fault)
}

const KILOBYTE: u64 = 1_000;
const MEGABYTE: u64 = 1_000_000;

/// For people, never less than what it is of: so much has to be there.
fn at_least(bytes: u64) -> String {
    let (unit, name) = unit_of(bytes);
    format!("{} {name}", bytes.div_ceil(unit))
}

/// For people, never more than what it is of: beside what is needed, what is too little looks so.
fn at_most(bytes: u64) -> String {
    let (unit, name) = unit_of(bytes);
    format!("{} {name}", bytes / unit)
}

fn unit_of(bytes: u64) -> (u64, &'static str) {
    if bytes < MEGABYTE { (KILOBYTE, "kB") } else { (MEGABYTE, "MB") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_free_never_looks_like_what_is_needed() {
        for (needed, free, told) in [
            (204_800, 196_608, "needs 205 kB of free space, and 196 kB are free there"),
            (1_000_000, 999_999, "needs 1 MB of free space, and 999 kB are free there"),
            (1_700_000, 1_600_000, "needs 2 MB of free space, and 1 MB are free there"),
            (1, 0, "needs 1 kB of free space, and 0 kB are free there"),
        ] {
            let refused = CopyError::NoRoom { path: "copy.db".into(), needed, free }.to_string();
            assert!(refused.contains(told), "{refused}");
        }
    }

    #[test]
    fn of_what_sqlite_says_the_first_fault_is_told() {
        let fault = "*** in database main ***\nTree 7 page 7: btreeInitPage() returns error code 11\nPage 9: never used";
        let told = CopyError::Damaged { path: "old.db".into(), fault: fault.to_owned() }.to_string();
        assert_eq!(
            told,
            "old.db is damaged, and nothing of it was taken: use another copy. SQLite says: Tree 7 page 7: \
             btreeInitPage() returns error code 11"
        );
    }
}
