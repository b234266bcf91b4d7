//! Making one backup.

use std::path::Path;

use export::Sha256;
use protocol::BackupPicture;
use store::{Copied, DATABASE_FILE, Demands, Place, StoreError, copy_database};

use crate::error::EngineError;

/// Writes a backup of a data directory's database to a file of any name, beside whoever owns the directory.
pub async fn back_up(place: &Place, target: &Path) -> Result<BackupPicture, EngineError> {
    let database = place.data_dir.join(DATABASE_FILE);
    if !database.exists() {
        return Err(StoreError::Missing { path: database }.into());
    }
    let demands = Demands { encrypted_as_told: true, ..Demands::default() };
    let copied = copy_database(&database, place.key.as_ref(), target, demands).await?;
    Ok(picture(target, &copied))
}

pub(super) fn picture(target: &Path, copied: &Copied) -> BackupPicture {
    // Of a relative name the working directory is a part that people look for.
    let path = std::path::absolute(target).unwrap_or_else(|_| target.to_owned());
    BackupPicture {
        path: path.display().to_string(),
        bytes: copied.bytes,
        sha256: Sha256::from_bytes(copied.sha256).to_string(),
        schema: copied.schema,
        contents: copied.contents,
    }
}
