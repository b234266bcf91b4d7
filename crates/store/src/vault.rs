//! Secrets at rest: AES-256-GCM with a key that lives outside the database, each secret bound to its name
//! and to the data source, so that a sealed value copied elsewhere opens nothing.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use market::EpochSeconds;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use rusqlite::params;
use secrecy::{ExposeSecret, SecretString};
use zeroize::{Zeroize, Zeroizing};

use crate::columns::moment;
use crate::error::StoreError;
use crate::queries::{change, first_row};
use crate::{SourceKind, Store};

const VERSION: u8 = 1;
const KEY_LENGTH: usize = 32;
const KEY_FILE: &str = "key";

#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("the key file {path} cannot be read or created")]
    KeyFile { path: PathBuf, source: io::Error },
    #[error(
        "the key file {path} does not hold a key of 32 bytes: restore it, or delete it and sign in again"
    )]
    KeyLength { path: PathBuf },
    #[error("the stored sign-in was sealed with another key: sign in again")]
    Sealed,
    #[error("no random numbers could be had from the system")]
    Random,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Seals and opens the secrets of one database. Clones share its key.
#[derive(Clone)]
pub struct Vault {
    store: Store,
    key: LessSafeKey,
    source: SourceKind,
}

impl Vault {
    /// Reads the key from `key_file`, else from `<data-dir>/key`, which is created (0600) where it is missing.
    pub fn open(
        store: &Store,
        data_dir: &Path,
        key_file: Option<&Path>,
        source: SourceKind,
    ) -> Result<Self, VaultError> {
        let path = key_file.map_or_else(|| data_dir.join(KEY_FILE), Path::to_owned);
        let bytes = read_or_create_key(&path)?;
        let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| VaultError::KeyLength { path })?;
        Ok(Self { store: store.clone(), key: LessSafeKey::new(key), source })
    }

    pub async fn put(&self, name: &str, secret: &SecretString, now: EpochSeconds) -> Result<(), VaultError> {
        let (name, sealed) = (name.to_owned(), self.seal(name, secret)?);
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
        let whose = name.to_owned();
        let found = self.store.read(move |connection| {
            let sql = "SELECT sealed, updated_at FROM vault WHERE name = ?";
            first_row(connection, sql, [whose], |row| Ok((row.get(0)?, moment(row, 1)?)))
        });
        let Some((sealed, stored_at)) = found.await? else { return Ok(None) };
        Ok(Some((self.unseal(name, sealed)?, stored_at)))
    }

    pub async fn forget(&self, name: &str) -> Result<(), VaultError> {
        let name = name.to_owned();
        let forget = self.store.write(move |transaction| {
            change(transaction, "DELETE FROM vault WHERE name = ?", [name])?;
            Ok(())
        });
        Ok(forget.await?)
    }

    fn associated_data(&self, name: &str) -> Aad<String> {
        Aad::from(format!("expirytrack\0{}\0{name}", self.source.as_str()))
    }

    /// version ‖ nonce ‖ ciphertext and tag.
    fn seal(&self, name: &str, secret: &SecretString) -> Result<Vec<u8>, VaultError> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| VaultError::Random)?;
        let mut text = secret.expose_secret().as_bytes().to_vec();
        let tag = self
            .key
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                self.associated_data(name),
                &mut text,
            )
            .map_err(|_| VaultError::Sealed)?;
        Ok([&[VERSION], nonce.as_slice(), &text, tag.as_ref()].concat())
    }

    fn unseal(&self, name: &str, mut sealed: Vec<u8>) -> Result<SecretString, VaultError> {
        let [VERSION, rest @ ..] = sealed.as_mut_slice() else { return Err(VaultError::Sealed) };
        let (nonce, ciphertext) = rest.split_at_mut_checked(NONCE_LEN).ok_or(VaultError::Sealed)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::Sealed)?;
        let text = self
            .key
            .open_in_place(nonce, self.associated_data(name), ciphertext)
            .map_err(|_| VaultError::Sealed)?;
        let secret = std::str::from_utf8(text).map(SecretString::from).map_err(|_| VaultError::Sealed);
        text.zeroize();
        secret
    }
}

fn read_or_create_key(path: &Path) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let key_file = |source| VaultError::KeyFile { path: path.to_owned(), source };
    match std::fs::read(path) {
        Ok(bytes) => return Ok(Zeroizing::new(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(key_file(error)),
    }
    let mut bytes = Zeroizing::new(vec![0; KEY_LENGTH]);
    SystemRandom::new().fill(&mut bytes).map_err(|_| VaultError::Random)?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(key_file)?;
    file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(key_file)?;
    Ok(bytes)
}
