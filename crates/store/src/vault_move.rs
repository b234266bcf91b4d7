//! From the key file to a passphrase, and back: everything is sealed anew in one transaction, and only then is what the
//! old key was made of removed. Cut off anywhere, the directory opens as before, or as after.
//!
//! The caller holds the directory's [`OwnerLock`](crate::OwnerLock).

use std::path::{Path, PathBuf};

use crate::Store;
use crate::error::StoreError;
use crate::open::{DATABASE_FILE, is_encrypted};
use crate::passphrase::{Passphrase, PassphraseRecord};
use crate::vault::{Vault, VaultError};
use crate::vault_key::{Unlock, VaultKey, on_blocking_thread};

pub async fn move_to_passphrase(
    data_dir: &Path,
    key_file: Option<PathBuf>,
    passphrase: &Passphrase,
) -> Result<(), VaultError> {
    check_plain(data_dir)?;
    let old = VaultKey::find(data_dir, &Unlock::KeyFile(key_file)).await.map_err(|error| match error {
        VaultError::PassphraseNeeded { path } => VaultError::HasPassphrase { path },
        other => other,
    })?;
    let (vault, store) = open(data_dir, &old).await.inspect_err(|_| old.withdraw())?;
    let (place, passphrase) = (data_dir.to_owned(), passphrase.clone());
    let new = on_blocking_thread(move || VaultKey::new_of_passphrase(place, &passphrase)).await?;
    reseal(vault, store, &old, &new).await
}

pub async fn move_to_key_file(
    data_dir: &Path,
    passphrase: &Passphrase,
    key_file: Option<PathBuf>,
) -> Result<(), VaultError> {
    check_plain(data_dir)?;
    if !PassphraseRecord::path(data_dir).exists() {
        return Err(VaultError::NoPassphrase { path: data_dir.to_owned() });
    }
    let old = VaultKey::find(data_dir, &Unlock::Passphrase(passphrase.clone())).await?;
    let (vault, store) = open(data_dir, &old).await?;
    let place = data_dir.to_owned();
    let new = on_blocking_thread(move || VaultKey::new_of_key_file(place, key_file)).await?;
    reseal(vault, store, &old, &new).await
}

/// The key of an encrypted database cannot change without the whole of it.
fn check_plain(data_dir: &Path) -> Result<(), VaultError> {
    let path = data_dir.join(DATABASE_FILE);
    if !path.exists() {
        return Err(StoreError::Missing { path }.into());
    }
    if is_encrypted(&path) == Some(true) { Err(VaultError::MoveOfEncrypted) } else { Ok(()) }
}

async fn open(data_dir: &Path, key: &VaultKey) -> Result<(Vault, Store), VaultError> {
    let source = Store::open_for_reading(data_dir).await?.source().await?;
    let store = Store::open(data_dir, source).await?;
    let vault = Vault::open(&store, key, source).await?;
    Ok((vault, store))
}

/// What was made for a new key that did not take over goes again.
async fn reseal(vault: Vault, store: Store, old: &VaultKey, new: &VaultKey) -> Result<(), VaultError> {
    let mut done = vault.reseal(new).await;
    if done.is_err() {
        done = vault.check(old).await.and(done);
    }
    store.close().await?;
    done
}
