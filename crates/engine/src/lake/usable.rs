//! Places that can never be a lake of this data directory: a file, and the directory itself with what is in it and around
//! it, where backups, exports and the database would lie among the lake's files.

use std::path::{Path, PathBuf};

use lake::{LakeError, Place};

use super::PublishError;

/// Refuses a place that nothing could be published into from here. Nothing is made.
pub(super) fn refuse_unusable(place: &Place, data_dir: &Path) -> Result<(), PublishError> {
    let Place::Folder(path) = place else { return Ok(()) };
    if let Some(file) = path.ancestors().find(|part| part.is_file()) {
        return Err(LakeError::NoFolder { path: file.to_owned() }.into());
    }
    let (path, data_dir) = (as_it_lies(path), as_it_lies(data_dir));
    let where_it_is = match (path.starts_with(&data_dir), data_dir.starts_with(&path)) {
        (true, true) => "that very folder",
        (true, false) => "around it",
        (false, true) => "in it",
        (false, false) => return Ok(()),
    };
    let (place, data_dir) = (place.to_string(), data_dir.display().to_string());
    Err(PublishError::DataDirectory { place, data_dir, where_it_is })
}

/// Without links, as far as it is there.
fn as_it_lies(path: &Path) -> PathBuf {
    let there = path.ancestors().find_map(|part| Some((part, part.canonicalize().ok()?)));
    let lies = there.and_then(|(part, found)| Some(found.join(path.strip_prefix(part).ok()?)));
    // Without the slash at its end that nothing more leaves.
    lies.as_deref().unwrap_or(path).components().collect()
}
