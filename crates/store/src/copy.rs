//! A copy of a database in one file, whole as of one moment, however much is written meanwhile. It is counted and
//! checked before it gets its name; until then, and where anything goes wrong, there is none.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use protocol::{DatabaseContents, is_disk_full};
use rusqlite::ErrorCode;

use crate::copy_error::CopyError;
use crate::database_file::DatabaseFile;
use crate::database_key::DatabaseKey;
use crate::disk::free_bytes;
use crate::error::StoreError;
use crate::new_file::{IfThere, Kept, NewFile, is_there, partial_of};
use crate::open::{SourceKind, check_encryption};

/// A copy that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    pub bytes: u64,
    /// Of the file.
    pub sha256: [u8; 32],
    pub schema: i64,
    /// `None`: nobody's data yet.
    pub source: Option<SourceKind>,
    pub contents: DatabaseContents,
}

/// What a file has to be before it is copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Demands {
    /// Data of this source.
    pub source: Option<SourceKind>,
    /// Without a fault. It costs another reading of the whole file.
    pub intact: bool,
    /// Encrypted where there is a key, and else not. For this the file is opened and closed, which nobody may do with
    /// one that this process has open as a database: its locks would go.
    pub encrypted_as_told: bool,
}

/// Copies the database of a file, beside whoever has it open. The copy is encrypted with the same key where it is.
/// Dropped before its end it is given up.
pub async fn copy_database(
    source: &Path,
    key: Option<&DatabaseKey>,
    target: &Path,
    demands: Demands,
) -> Result<Copied, CopyError> {
    in_background(source, key, target, demands, IfThere::Refuse).await
}

/// The same where a copy of before is of no more use. The caller owns the directory.
pub(crate) async fn copy_database_again(
    source: &Path,
    key: Option<&DatabaseKey>,
    target: &Path,
) -> Result<Copied, CopyError> {
    in_background(source, key, target, Demands::default(), IfThere::Replace).await
}

async fn in_background(
    source: &Path,
    key: Option<&DatabaseKey>,
    target: &Path,
    demands: Demands,
    if_there: IfThere,
) -> Result<Copied, CopyError> {
    let (source, key, target) = (source.to_owned(), key.cloned(), target.to_owned());
    let given_up = GivenUp::default();
    let copy = Copy { source, key, target, demands, if_there, given_up: given_up.0.clone() };
    match tokio::task::spawn_blocking(move || copy.make()).await {
        Ok(copied) => copied,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(CopyError::GivenUp),
        },
    }
}

/// Says, when it is dropped, that nobody waits any more.
#[derive(Default)]
struct GivenUp(Arc<AtomicBool>);

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Copy {
    source: PathBuf,
    key: Option<DatabaseKey>,
    target: PathBuf,
    demands: Demands,
    if_there: IfThere,
    given_up: Arc<AtomicBool>,
}

impl Copy {
    fn make(&self) -> Result<Copied, CopyError> {
        let made = self.make_or_fail();
        // An interrupted statement says so in many ways.
        if made.is_err() && self.given_up.load(Ordering::Relaxed) { Err(CopyError::GivenUp) } else { made }
    }

    fn make_or_fail(&self) -> Result<Copied, CopyError> {
        if self.demands.encrypted_as_told {
            check_encryption(&self.source, self.key.as_ref())?;
        }
        let from = self.open(&self.source)?.of_known_schema()?;
        let source = from.source()?;
        self.demand_source(source)?;
        if self.demands.intact {
            from.check()?;
        }
        if self.if_there == IfThere::Refuse && is_there(&self.target) {
            return Err(CopyError::Exists { path: self.target.clone() });
        }
        self.demand_room(from.bytes_in_use()?)?;
        let before = from.contents()?;
        let file = NewFile::create(&self.target).map_err(|error| self.cannot_put(error))?;
        let name = file.path().to_str().ok_or_else(|| CopyError::Name { path: self.target.clone() })?;
        from.write_into(name).map_err(|error| self.cannot_write(&from, error))?;
        let copy = self.open(file.path())?;
        copy.check()?;
        let (schema, contents) = (copy.schema_version()?, copy.contents()?);
        drop(copy);
        if contents != before {
            // Somebody wrote meanwhile: then the copy lies between what was there before and what is there now.
            assert_between(&before, &contents, &from.contents()?)?;
        }
        let Kept { bytes, sha256 } = file.keep(self.if_there).map_err(|error| self.cannot_put(error))?;
        Ok(Copied { bytes, sha256, schema, source, contents })
    }

    fn open(&self, path: &Path) -> Result<DatabaseFile, CopyError> {
        DatabaseFile::open(path, self.key.as_ref(), Some(&self.given_up))
    }

    fn demand_source(&self, found: Option<SourceKind>) -> Result<(), CopyError> {
        match (found, self.demands.source) {
            (Some(found), Some(wanted)) if found != wanted => Err(CopyError::OtherSource {
                path: self.source.clone(),
                found: found.to_string(),
                wanted: wanted.to_string(),
            }),
            _ => Ok(()),
        }
    }

    fn demand_room(&self, needed: u64) -> Result<(), CopyError> {
        let folder = self.target.parent().filter(|folder| !folder.as_os_str().is_empty());
        room(&self.target, needed, free_bytes(folder.unwrap_or(Path::new("."))))
    }

    fn cannot_put(&self, error: io::Error) -> CopyError {
        let path = self.target.clone();
        match error.kind() {
            io::ErrorKind::ResourceBusy => CopyError::UnderWay { partial: partial_of(&path) },
            io::ErrorKind::AlreadyExists => CopyError::Exists { path },
            _ if is_disk_full(&error) => CopyError::DiskFull { path },
            _ => CopyError::Unwritable { path, source: error },
        }
    }

    /// What fails here reads the one file and writes the other.
    fn cannot_write(&self, from: &DatabaseFile, error: StoreError) -> CopyError {
        let (path, code) = (self.target.clone(), error.sqlite_code());
        match error {
            StoreError::DiskFull(_) => CopyError::DiskFull { path },
            _ if code == Some(ErrorCode::CannotOpen) => {
                CopyError::Unwritable { path, source: io::Error::other(error.chain()) }
            }
            _ => from.damaged_or(error),
        }
    }
}

/// Where the system does not say what is free, writing will.
fn room(target: &Path, needed: u64, free: Option<u64>) -> Result<(), CopyError> {
    match free {
        Some(free) if free < needed => Err(CopyError::NoRoom { path: target.to_owned(), needed, free }),
        _ => Ok(()),
    }
}

fn assert_between(
    before: &DatabaseContents,
    copied: &DatabaseContents,
    after: &DatabaseContents,
) -> Result<(), CopyError> {
    for (((what, before), (_, copied)), (_, after)) in
        before.named().into_iter().zip(copied.named()).zip(after.named())
    {
        if !(before.min(after)..=before.max(after)).contains(&copied) {
            return Err(CopyError::Differs {
                what: format!("{copied} {what} in it, {after} in the original"),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_that_has_no_room_is_refused_before_anything_is_written() {
        let target = Path::new("/backups/copy.db");
        assert!(room(target, 5, None).is_ok() && room(target, 5, Some(5)).is_ok());
        let refused = room(target, 3_600_000_001, Some(12_000_000)).unwrap_err().to_string();
        assert!(
            refused.starts_with("/backups/copy.db needs 3601 MB of free space, and 12 MB are free there")
        );
    }

    #[test]
    fn a_copy_lies_between_what_was_and_what_is() {
        let of = |candles: u64| DatabaseContents { candles, ..DatabaseContents::default() };
        for (before, copied, after) in [(5, 5, 5), (5, 6, 7), (7, 6, 5)] {
            assert!(assert_between(&of(before), &of(copied), &of(after)).is_ok());
        }
        for (before, copied, after) in [(5, 4, 5), (5, 8, 7), (7, 4, 5)] {
            let wrong = assert_between(&of(before), &of(copied), &of(after)).unwrap_err().to_string();
            assert!(wrong.contains(&format!("{copied} candles in it, {after} in the original")), "{wrong}");
        }
    }
}
