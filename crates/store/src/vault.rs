//! Secrets at rest: each sealed with the directory's key, which lies outside the database, and bound to its name and to
//! the data source, so that a sealed value copied elsewhere opens nothing.
//!
//! One row is a check value: it tells which key sealed the others, so that a move from one to another that was cut off
//! is known for what it is, and never taken for a sign-in that ended.

use std::io;
use std::path::PathBuf;

use market::EpochSeconds;
use rusqlite::params;
use secrecy::{ExposeSecret, SecretString};

use crate::columns::moment;
use crate::error::StoreError;
use crate::passphrase::PASSPHRASE_CHARACTERS_MIN;
use crate::private_file;
use crate::queries::{change, first_row, rows};
use crate::seal::Sealer;
use crate::vault_key::{VaultKey, on_blocking_thread};
use crate::{SourceKind, Store};

/// The name of the check value; it is as old as its key, so its moment says nothing.
const CHECK: &str = "key check";
const CHECK_MOMENT: EpochSeconds = EpochSeconds(0);

#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("the key file {path} cannot be read or created")]
    KeyFile { path: PathBuf, source: io::Error },
    #[error(
        "the key file {path} does not hold a key of 32 bytes: restore it, or delete it and sign in again"
    )]
    KeyLength { path: PathBuf },
    #[error(
        "{path} is not there: what is encrypted is restored with the key of the database that was backed up. Copy it there first"
    )]
    KeyMissing { path: PathBuf },
    #[error("the passphrase file {path} cannot be read")]
    PassphraseFile { path: PathBuf, source: io::Error },
    #[error("a passphrase has at least {PASSPHRASE_CHARACTERS_MIN} characters, all on the first line")]
    ShortPassphrase,
    #[error("the passphrase is wrong; nothing was changed")]
    WrongPassphrase,
    #[error(
        "{path} does not say how the key is made of the passphrase: restore it from a copy of the data directory"
    )]
    Record { path: PathBuf },
    #[error(
        "the data directory {path} is sealed with a passphrase: give it with --passphrase-file or --passphrase"
    )]
    PassphraseNeeded { path: PathBuf },
    #[error(
        "the data directory {path} is sealed with a key file, not with a passphrase: `expirytrack vault to-passphrase` changes that"
    )]
    KeyFileInUse { path: PathBuf },
    #[error("the data directory {path} is sealed with a key file already")]
    NoPassphrase { path: PathBuf },
    #[error(
        "the data directory {path} is sealed with a passphrase already: `expirytrack vault to-key-file` comes first"
    )]
    HasPassphrase { path: PathBuf },
    #[error(
        "the secrets of {path} are not sealed with the passphrase: where a change to it was cut off, `expirytrack vault to-passphrase` does it again with the key file"
    )]
    MoveCutOff { path: PathBuf },
    #[error(
        "the database is encrypted with the key that would change: `expirytrack decrypt`, change the key, `expirytrack encrypt`"
    )]
    MoveOfEncrypted,
    #[error("the key could not be made of the passphrase: it takes 64 MiB of memory")]
    Derivation,
    #[error("the stored sign-in was sealed with another key: sign in again")]
    Sealed,
    #[error("no random numbers could be had from the system")]
    Random,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl VaultError {
    /// Whether another passphrase, file or command helps; all others are faults.
    pub fn is_about_what_was_given(&self) -> bool {
        match self {
            Self::KeyMissing { .. }
            | Self::PassphraseFile { .. }
            | Self::ShortPassphrase
            | Self::WrongPassphrase
            | Self::PassphraseNeeded { .. }
            | Self::KeyFileInUse { .. }
            | Self::NoPassphrase { .. }
            | Self::HasPassphrase { .. }
            | Self::MoveCutOff { .. }
            | Self::MoveOfEncrypted => true,
            Self::KeyFile { .. }
            | Self::KeyLength { .. }
            | Self::Record { .. }
            | Self::Derivation
            | Self::Sealed
            | Self::Random
            | Self::Store(_) => false,
        }
    }
}

/// Seals and opens the secrets of one database. Clones share its key.
#[derive(Clone)]
pub struct Vault {
    store: Store,
    sealer: Sealer,
    source: SourceKind,
}

impl Vault {
    pub async fn open(store: &Store, key: &VaultKey, source: SourceKind) -> Result<Self, VaultError> {
        let vault = Self { store: store.clone(), sealer: key.sealer()?, source };
        vault.check(key).await?;
        Ok(vault)
    }

    /// Whether this key seals here. A key file in place of another that is gone takes the vault over: what was sealed
    /// before stays closed, and the person signs in again.
    pub(crate) async fn check(&self, key: &VaultKey) -> Result<(), VaultError> {
        let left_behind = key.left_behind();
        let is_sealed_here =
            self.sealed(CHECK).await?.map(|(sealed, _)| self.sealer.opens(&self.bound_to(CHECK), sealed));
        match is_sealed_here {
            Some(true) => remove(left_behind).await,
            Some(false) if key.is_of_passphrase() => {
                Err(VaultError::MoveCutOff { path: key.data_dir().to_owned() })
            }
            Some(false) if left_behind.exists() => {
                Err(VaultError::PassphraseNeeded { path: key.data_dir().to_owned() })
            }
            Some(false) | None => self.put(CHECK, &SecretString::from(CHECK), CHECK_MOMENT).await,
        }
    }

    pub async fn put(&self, name: &str, secret: &SecretString, now: EpochSeconds) -> Result<(), VaultError> {
        let sealed = self.sealer.seal(&self.bound_to(name), secret.expose_secret().as_bytes())?;
        let name = name.to_owned();
        let put = self.store.write(move |transaction| {
            change(
                transaction,
                "INSERT INTO vault (name, sealed, updated_at) VALUES (?, ?, ?)
                 ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at",
                params![name, sealed, now.0],
            )?;
            Ok(())
        });
        Ok(put.await?)
    }

    /// The secret and when it was stored.
    pub async fn get(&self, name: &str) -> Result<Option<(SecretString, EpochSeconds)>, VaultError> {
        let Some((sealed, stored_at)) = self.sealed(name).await? else { return Ok(None) };
        let text = self.sealer.open(&self.bound_to(name), sealed)?;
        let secret = std::str::from_utf8(&text).map(SecretString::from).map_err(|_| VaultError::Sealed)?;
        Ok(Some((secret, stored_at)))
    }

    pub async fn forget(&self, name: &str) -> Result<(), VaultError> {
        let name = name.to_owned();
        let forget = self.store.write(move |transaction| {
            change(transaction, "DELETE FROM vault WHERE name = ?", [name])?;
            Ok(())
        });
        Ok(forget.await?)
    }

    /// Seals everything with another key, in one transaction that is on the disk when this returns, and removes what
    /// the old key was made of. What no key here opens stays as it is.
    pub async fn reseal(&self, new: &VaultKey) -> Result<(), VaultError> {
        let (old, source, sealer) = (self.sealer.clone(), self.source, new.sealer()?);
        let reseal = self.store.write_to_disk(move |transaction| {
            let sql = "SELECT name, sealed FROM vault";
            let all: Vec<(String, Vec<u8>)> =
                rows(transaction, sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
            for (name, sealed) in all {
                let bound_to = bound_to(source, &name);
                let Ok(text) = old.open(&bound_to, sealed) else { continue };
                let sealed = sealer.seal(&bound_to, &text).map_err(StoreError::unreadable)?;
                change(transaction, "UPDATE vault SET sealed = ? WHERE name = ?", params![sealed, name])?;
            }
            Ok(())
        });
        reseal.await?;
        remove(new.left_behind()).await
    }

    async fn sealed(&self, name: &str) -> Result<Option<(Vec<u8>, EpochSeconds)>, VaultError> {
        let name = name.to_owned();
        let found = self.store.read(move |connection| {
            let sql = "SELECT sealed, updated_at FROM vault WHERE name = ?";
            first_row(connection, sql, [name], |row| Ok((row.get(0)?, moment(row, 1)?)))
        });
        Ok(found.await?)
    }

    fn bound_to(&self, name: &str) -> String {
        bound_to(self.source, name)
    }
}

fn bound_to(source: SourceKind, name: &str) -> String {
    format!("expirytrack\0{}\0{name}", source.as_str())
}

async fn remove(path: PathBuf) -> Result<(), VaultError> {
    on_blocking_thread(move || {
        private_file::remove(&path).map_err(|source| VaultError::KeyFile { path, source })
    })
    .await
}
