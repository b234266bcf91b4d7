//! The way back: a backup becomes the database of a data directory that has none.

use std::path::{Path, PathBuf};

use protocol::BackupPicture;
use store::{DATABASE_FILE, Demands, OwnerLock, Place, SourceKind, copy_database};

use super::make::picture;
use crate::error::EngineError;
use crate::verified::forget_verified;

/// What may lie in a data directory that holds no database: a person may have brought the key, and what is left of a
/// database that was lost, or of a restore that was killed, is no obstacle to a backup.
const NO_DATA: [&str; 10] = [
    "key",
    "passphrase.json",
    "access.json",
    "lock",
    "owner.json",
    "backups",
    "logs",
    "verified.json",
    "expirytrack.db.partial",
    "expirytrack.db.partial-journal",
];

#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error(
        "{path} is not empty: {found} is in it. A backup is restored into an empty directory; name one with --data-dir"
    )]
    NotEmpty { path: PathBuf, found: String },
}

/// Makes the database of a backup that of an empty data directory, checked before and after. Where anything is
/// refused or fails the directory is as it was.
pub async fn restore(place: &Place, backup: &Path, source: SourceKind) -> Result<BackupPicture, EngineError> {
    let data_dir = &place.data_dir;
    refuse_data(data_dir)?;
    let lock = OwnerLock::take(data_dir)?;
    // Somebody may have begun before the lock was ours.
    refuse_data(data_dir)?;
    let target = data_dir.join(DATABASE_FILE);
    let demands = Demands { source: Some(source), intact: true, encrypted_as_told: true };
    let copied = copy_database(backup, place.key.as_ref(), &target, demands).await?;
    forget_verified(data_dir);
    drop(lock.stays());
    Ok(picture(&target, &copied))
}

fn refuse_data(data_dir: &Path) -> Result<(), RestoreError> {
    // A directory that is not there is empty; one that cannot be used is told by the lock.
    let entries = std::fs::read_dir(data_dir).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| !NO_DATA.contains(&name.as_str()) && !is_upgrade_copy(data_dir, name));
    names.sort();
    match names.into_iter().next() {
        Some(found) => Err(RestoreError::NotEmpty { path: data_dir.to_owned(), found }),
        None => Ok(()),
    }
}

fn is_upgrade_copy(data_dir: &Path, name: &str) -> bool {
    store::upgrade_copies(data_dir).contains(&data_dir.join(name))
}
