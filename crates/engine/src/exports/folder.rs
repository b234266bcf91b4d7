//! The folder of an export: whose it is, so that no other content is written over, and what a run left there that was cut
//! off. While files are written a note of the order lies beside them and no manifest does.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use protocol::{ExportManifest, ExportOrder};
use serde::{Deserialize, Serialize};

use super::error::ExportRefusal;
use super::manifest;
use super::new_folders::NewFolders;
use super::partial::is_partial;
use crate::file_error::FileError;

const NOTE: &str = "unfinished-export.json";

/// Whose files lie beside it.
#[derive(Serialize, Deserialize)]
struct Note {
    order: ExportOrder,
    files: BTreeSet<String>,
}

/// A folder to which files of an export are written.
pub(super) struct Unfinished {
    folder: PathBuf,
    /// Keeps others out for as long as it is open.
    _held: Option<File>,
    /// Dropped last.
    _new: NewFolders,
}

impl Unfinished {
    /// Makes the folder, and refuses one with anything in it that this very order would not write. `files` are the names
    /// that are written now; what an earlier run wrote under others goes, and so does what it left half done.
    pub fn begin(folder: &Path, order: &ExportOrder, files: BTreeSet<String>) -> Result<Self, ExportRefusal> {
        if folder.exists() && !folder.is_dir() {
            return Err(ExportRefusal::TargetIsFile(folder.to_owned()));
        }
        let new = NewFolders::make(folder).map_err(|source| FileError::io(folder.to_owned(), source))?;
        let held = hold(folder)?;
        remove_halves(folder)?;
        let known = known_files(folder, order);
        let is_ours = |name: &String| {
            let is_of_this_order = known
                .as_ref()
                .is_some_and(|known| name == manifest::NAME || known.contains(name) || files.contains(name));
            // A note alone is of a run that wrote nothing.
            name == NOTE || is_of_this_order
        };
        let lying = names(folder)?;
        if let Some(found) = lying.iter().find(|name| !is_ours(name)) {
            return Err(ExportRefusal::TargetTaken { folder: folder.to_owned(), found: found.clone() });
        }
        put_note(folder, order, &known.unwrap_or_default() | &files)?;
        let unfinished = Self { folder: folder.to_owned(), _held: held, _new: new };
        remove(folder.join(manifest::NAME))?;
        for stale in lying.iter().filter(|name| *name != NOTE && !files.contains(*name)) {
            remove(folder.join(stale))?;
        }
        Ok(unfinished)
    }

    /// The manifest lies there.
    pub fn finish(self) -> Result<(), FileError> {
        remove(self.folder.join(NOTE))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Where nothing was written there is nothing to know again; a note that stays is in nobody's way.
        if names(&self.folder).is_ok_and(|names| names == [NOTE]) {
            let _ = remove(self.folder.join(NOTE));
        }
    }
}

/// Makes the folder of an export ready that a server goes on with.
pub(super) fn go_on(folder: &Path) -> Result<(), FileError> {
    remove_halves(folder)?;
    remove(folder.join(manifest::NAME))
}

/// By a lock of the operating system on the folder itself, which ends with the process and leaves nothing. `None`: a system
/// or a disk that has none.
fn hold(folder: &Path) -> Result<Option<File>, ExportRefusal> {
    let Ok(held) = File::open(folder) else { return Ok(None) };
    match held.try_lock() {
        Err(TryLockError::WouldBlock) => Err(ExportRefusal::TargetInUse(folder.to_owned())),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(Some(held)),
    }
}

/// What earlier runs of this very order wrote; `None` where it is not the folder of one.
fn known_files(folder: &Path, order: &ExportOrder) -> Option<BTreeSet<String>> {
    let note: Option<Note> = read(&folder.join(NOTE));
    let whole: Option<ExportManifest> = read(&folder.join(manifest::NAME));
    let noted = note.filter(|note| note.order == *order).map(|note| note.files);
    let whole = whole.filter(|whole| whole.order == *order);
    let whole = whole.map(|whole| whole.files.into_iter().map(|file| file.name).collect());
    match (noted, whole) {
        (Some(noted), Some(whole)) => Some(&noted | &whole),
        (noted, whole) => noted.or(whole),
    }
}

/// What cannot be read is not ours.
fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

fn put_note(folder: &Path, order: &ExportOrder, files: BTreeSet<String>) -> Result<(), FileError> {
    let path = folder.join(NOTE);
    let note = Note { order: order.clone(), files };
    let text = serde_json::to_vec_pretty(&note);
    let text = text.map_err(|error| FileError::writing(path.clone(), error.into()))?;
    manifest::put(&path, &text)
}

/// Of everything that lies there.
fn names(folder: &Path) -> Result<Vec<String>, FileError> {
    let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
    let names = fs::read_dir(folder).and_then(|entries| entries.map(name).collect());
    names.map_err(|source| FileError::io(folder.to_owned(), source))
}

/// What a run that was killed left half done.
fn remove_halves(folder: &Path) -> Result<(), FileError> {
    let ours = ["candles-", "underlying-", "chain-", "series-", manifest::NAME, NOTE];
    for name in names(folder)? {
        let path = folder.join(&name);
        if ours.iter().any(|ours| name.starts_with(ours)) && is_partial(&path) {
            remove(path)?;
        }
    }
    Ok(())
}

/// What is not there is removed already.
fn remove(path: PathBuf) -> Result<(), FileError> {
    match fs::remove_file(&path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(FileError::io(path, source)),
        _ => Ok(()),
    }
}
