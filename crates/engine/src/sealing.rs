//! The key of a data directory: what opens its database for reading, the change from a key file to a passphrase and back,
//! and the encryption of a database that is there. A change needs the directory to itself, and no broker.

use std::path::{Path, PathBuf};

use store::{OwnerLock, Passphrase, Place, StoreError, Unlock, database_bytes, free_bytes};

use crate::error::EngineError;

/// A copy is as large as the database; so much more is left to whatever else writes.
const ROOM_BESIDE_A_COPY: u64 = 64 * MEGABYTE;
const MEGABYTE: u64 = 1_000_000;

/// A data directory, to be read beside its owner. Nothing is created, and no key is asked for that is not needed.
pub async fn place_for_reading(data_dir: &Path, unlock: &Unlock) -> Result<Place, EngineError> {
    Ok(store::place_for_reading(data_dir, unlock).await?)
}

/// A data directory that a backup is restored into.
pub async fn place_for_restoring(data_dir: &Path, unlock: &Unlock) -> Result<Place, EngineError> {
    Ok(store::place_for_restoring(data_dir, unlock).await?)
}

/// Seals what the key file sealed with a passphrase.
pub async fn seal_with_passphrase(
    data_dir: &Path,
    key_file: Option<PathBuf>,
    passphrase: &Passphrase,
) -> Result<(), EngineError> {
    let _owner = OwnerLock::take(data_dir)?;
    Ok(store::move_to_passphrase(data_dir, key_file, passphrase).await?)
}

/// Seals what the passphrase sealed with a key file, which is created where it is missing.
pub async fn seal_with_key_file(
    data_dir: &Path,
    passphrase: &Passphrase,
    key_file: Option<PathBuf>,
) -> Result<(), EngineError> {
    let _owner = OwnerLock::take(data_dir)?;
    Ok(store::move_to_key_file(data_dir, passphrase, key_file).await?)
}

/// Whether the database is to be encrypted, or plain again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    On,
    Off,
}

/// Encrypts the database of a directory, or makes it plain again, through a copy that is compared with it. Only a build
/// with encryption can.
pub async fn change_encryption(
    data_dir: &Path,
    unlock: &Unlock,
    encryption: Encryption,
) -> Result<(), EngineError> {
    if !store::CAN_ENCRYPT {
        return Err(StoreError::NoEncryption.into());
    }
    let bytes = database_bytes(data_dir)?;
    let _owner = OwnerLock::take(data_dir)?;
    room_for_a_copy(bytes, free_bytes(data_dir))?;
    through_a_copy(data_dir, unlock, encryption).await
}

/// Where the system does not say what is free, writing will.
fn room_for_a_copy(bytes: u64, free: Option<u64>) -> Result<(), StoreError> {
    let needed = bytes.saturating_add(ROOM_BESIDE_A_COPY);
    match free {
        Some(free) if free < needed => {
            Err(StoreError::NoRoom { needed: needed.div_ceil(MEGABYTE), free: free / MEGABYTE })
        }
        _ => Ok(()),
    }
}

#[cfg(feature = "encrypted")]
async fn through_a_copy(data_dir: &Path, unlock: &Unlock, encryption: Encryption) -> Result<(), EngineError> {
    let key = store::VaultKey::find(data_dir, unlock).await?;
    match encryption {
        Encryption::On => store::encrypt(&key).await?,
        Encryption::Off => store::decrypt(&key).await?,
    }
    Ok(())
}

#[cfg(not(feature = "encrypted"))]
async fn through_a_copy(_: &Path, _: &Unlock, _: Encryption) -> Result<(), EngineError> {
    Err(StoreError::NoEncryption.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn a_copy_that_has_no_room_is_refused_before_anything_is_written() {
        let bytes = 3_600 * MEGABYTE;
        for free in [None, Some(u64::MAX), Some(bytes + ROOM_BESIDE_A_COPY)] {
            assert!(room_for_a_copy(bytes, free).is_ok(), "{free:?}");
        }
        for (bytes, free) in [(bytes, bytes), (bytes, 0), (u64::MAX, u64::MAX - 1)] {
            assert!(room_for_a_copy(bytes, Some(free)).is_err(), "{bytes} {free}");
        }
        let refused = EngineError::from(room_for_a_copy(bytes, Some(12 * MEGABYTE)).unwrap_err());
        assert!(refused.to_string().contains("3664 MB are needed, 12 MB are free"), "{refused}");
        assert_eq!(refused.kind(), ErrorKind::Refused);
    }
}
