//! Where the key of a data directory comes from: a file of 32 bytes, or a passphrase. It is found before the database is
//! opened, because an encrypted one opens with a key that is made of it.

use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::database_key::DatabaseKey;
use crate::error::StoreError;
use crate::open::{CAN_ENCRYPT, DATABASE_FILE, Place, is_encrypted, refuse_foreign};
use crate::passphrase::{Passphrase, PassphraseRecord};
use crate::private_file;
use crate::seal::{KEY_LENGTH, Sealer, random};
use crate::vault::VaultError;

const KEY_FILE: &str = "key";

/// What a person opens a data directory with.
#[derive(Clone, Debug)]
pub enum Unlock {
    /// The key file; `None`: `<data-dir>/key`.
    KeyFile(Option<PathBuf>),
    Passphrase(Passphrase),
}

impl Default for Unlock {
    fn default() -> Self {
        Self::KeyFile(None)
    }
}

/// The key of a data directory.
#[derive(Clone)]
pub struct VaultKey {
    bytes: Zeroizing<[u8; KEY_LENGTH]>,
    data_dir: PathBuf,
    is_of_passphrase: bool,
    /// The file that was made just now for a database which had none, and opens without it.
    made: Option<PathBuf>,
}

impl VaultKey {
    /// Reads the key file, which is created (0600) where it is missing, or makes the key of the passphrase, which a
    /// directory without a database takes as its own from now on. On a blocking thread.
    pub async fn find(data_dir: &Path, unlock: &Unlock) -> Result<Self, VaultError> {
        let (data_dir, unlock) = (data_dir.to_owned(), unlock.clone());
        on_blocking_thread(move || match unlock {
            Unlock::KeyFile(path) => Self::of_key_file(data_dir, path),
            Unlock::Passphrase(passphrase) => Self::of_passphrase(data_dir, &passphrase),
        })
        .await
    }

    fn of_key_file(data_dir: PathBuf, path: Option<PathBuf>) -> Result<Self, VaultError> {
        let file = path.clone().unwrap_or_else(|| default_key_file(&data_dir));
        if PassphraseRecord::path(&data_dir).exists() && !file.exists() {
            return Err(VaultError::PassphraseNeeded { path: data_dir });
        }
        Self::new_of_key_file(data_dir, path)
    }

    /// The key of a file, which is created where it is missing.
    pub(crate) fn new_of_key_file(data_dir: PathBuf, path: Option<PathBuf>) -> Result<Self, VaultError> {
        let path = path.unwrap_or_else(|| default_key_file(&data_dir));
        let mut made = None;
        let read = match private_file::read_bounded(&path, KEY_LENGTH) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                check_takes_new_key(&data_dir, &path)?;
                let bytes: Zeroizing<[u8; KEY_LENGTH]> = Zeroizing::new(random()?);
                let created = private_file::create(&path, bytes.as_slice());
                let had_database = !CAN_ENCRYPT && data_dir.join(DATABASE_FILE).exists();
                made = (had_database && created.is_ok()).then(|| path.clone());
                created.map(|()| Zeroizing::new(bytes.to_vec()))
            }
            read => read,
        };
        let bytes = match read {
            Ok(bytes) => bytes.as_slice().try_into().ok(),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => None,
            Err(source) => return Err(VaultError::KeyFile { path, source }),
        };
        let Some(bytes) = bytes else { return Err(VaultError::KeyLength { path }) };
        Ok(Self { bytes: Zeroizing::new(bytes), data_dir, is_of_passphrase: false, made })
    }

    fn of_passphrase(data_dir: PathBuf, passphrase: &Passphrase) -> Result<Self, VaultError> {
        let bytes = if PassphraseRecord::path(&data_dir).exists() {
            PassphraseRecord::read(&data_dir)?.unlock(passphrase, &data_dir)?
        } else if data_dir.join(DATABASE_FILE).exists() || default_key_file(&data_dir).exists() {
            return Err(VaultError::KeyFileInUse { path: data_dir });
        } else {
            return Self::new_of_passphrase(data_dir, passphrase);
        };
        Ok(Self { bytes, data_dir, is_of_passphrase: true, made: None })
    }

    /// A new record, in place of one that may be there.
    pub(crate) fn new_of_passphrase(data_dir: PathBuf, passphrase: &Passphrase) -> Result<Self, VaultError> {
        let (record, bytes) = PassphraseRecord::make(passphrase)?;
        record.write(&data_dir)?;
        Ok(Self { bytes, data_dir, is_of_passphrase: true, made: None })
    }

    /// The database was refused: a key file that was made for it goes again.
    pub fn withdraw(&self) {
        // Whoever is refused is told why; a file that cannot be removed is a key like any other.
        self.made.iter().for_each(|made| drop(private_file::remove(made)));
    }

    pub(crate) fn sealer(&self) -> Result<Sealer, VaultError> {
        Sealer::new(&self.bytes)
    }

    pub(crate) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    pub(crate) fn is_of_passphrase(&self) -> bool {
        self.is_of_passphrase
    }

    /// The directory, to open its database with.
    pub fn place(&self) -> Place {
        Place { data_dir: self.data_dir.clone(), key: self.database_key() }
    }

    /// What opens the database: nothing in a build without encryption.
    fn database_key(&self) -> Option<DatabaseKey> {
        CAN_ENCRYPT.then(|| DatabaseKey::of(&self.bytes))
    }

    /// The file of the other way, where a move left it. A key file elsewhere may be another directory's too.
    pub(crate) fn left_behind(&self) -> PathBuf {
        if self.is_of_passphrase {
            default_key_file(&self.data_dir)
        } else {
            PassphraseRecord::path(&self.data_dir)
        }
    }
}

/// Whether a directory opens with a passphrase.
pub fn is_sealed_with_passphrase(data_dir: &Path) -> bool {
    PassphraseRecord::path(data_dir).exists()
}

/// A directory, to be read beside its owner; only an encrypted database needs the key for it.
pub async fn place_for_reading(data_dir: &Path, unlock: &Unlock) -> Result<Place, VaultError> {
    let path = data_dir.join(DATABASE_FILE);
    match is_encrypted(&path) {
        Some(true) if CAN_ENCRYPT => Ok(VaultKey::find(data_dir, unlock).await?.place()),
        Some(false) if CAN_ENCRYPT => Err(StoreError::NotEncrypted { path }.into()),
        _ => Ok(data_dir.into()),
    }
}

/// A directory that a backup is restored into. An encrypted one opens with the key of the database that was backed up,
/// which has to be there already: a new one would open nothing.
pub async fn place_for_restoring(data_dir: &Path, unlock: &Unlock) -> Result<Place, VaultError> {
    if !CAN_ENCRYPT {
        return Ok(data_dir.into());
    }
    let path = match unlock {
        Unlock::KeyFile(file) => file.clone().unwrap_or_else(|| default_key_file(data_dir)),
        Unlock::Passphrase(_) => PassphraseRecord::path(data_dir),
    };
    if !path.exists() {
        return Err(VaultError::KeyMissing { path });
    }
    Ok(VaultKey::find(data_dir, unlock).await?.place())
}

/// Refuses a database that a new key does not open, before one is made: it would stay, and be taken for the right one.
fn check_takes_new_key(data_dir: &Path, key_file: &Path) -> Result<(), VaultError> {
    refuse_foreign(data_dir)?;
    let path = data_dir.join(DATABASE_FILE);
    match is_encrypted(&path) {
        Some(true) if CAN_ENCRYPT => Err(VaultError::KeyMissing { path: key_file.to_owned() }),
        Some(true) => Err(StoreError::Encrypted { path }.into()),
        _ => Ok(()),
    }
}

fn default_key_file(data_dir: &Path) -> PathBuf {
    data_dir.join(KEY_FILE)
}

pub(crate) async fn on_blocking_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, VaultError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| VaultError::Store(StoreError::Interrupted))?
}
