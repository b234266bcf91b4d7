//! A passphrase in place of a key file: what may be one, and the record beside the database that says how a key is made
//! of it (argon2id, its parameters, the salt) and holds a sealed check value, so that a wrong one is known at once.

use std::path::{Path, PathBuf};

use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::private_file::{self, FileFault};
use crate::seal::{KEY_LENGTH, Sealer, random};
use crate::vault::VaultError;

/// The shortest passphrase.
pub const PASSPHRASE_CHARACTERS_MIN: usize = 12;
/// Longer than any passphrase; what is named by mistake is not read to its end.
const PASSPHRASE_BYTES_MAX: usize = 4096;

/// The record of a data directory.
pub(crate) const RECORD_FILE: &str = "passphrase.json";

const VERSION: u32 = 1;
const ALGORITHM: &str = "argon2id";
const SALT_LENGTH: usize = 16;
/// What a new record is made with: 64 MiB, three passes, the second choice of RFC 9106 but for its lanes, which would
/// be computed one after the other here.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;
/// What a record may ask for, so that one that was tampered with cannot hold the machine.
const MEMORY_KIB_MAX: u32 = 1024 * 1024;
const PASSES_MAX: u32 = 64;
const LANES_MAX: u32 = 16;

/// What the check value is bound to, and says.
const CHECK: &str = "expirytrack\0passphrase";

/// A passphrase that is long enough.
#[derive(Clone, Debug)]
pub struct Passphrase(SecretString);

impl Passphrase {
    pub fn new(text: &SecretString) -> Result<Self, VaultError> {
        if text.expose_secret().chars().count() < PASSPHRASE_CHARACTERS_MIN {
            return Err(VaultError::ShortPassphrase);
        }
        Ok(Self(text.clone()))
    }

    /// Whether this is the same one, typed again.
    pub fn is(&self, text: &SecretString) -> bool {
        self.0.expose_secret() == text.expose_secret()
    }

    /// The first line of a file.
    pub fn read(path: &Path) -> Result<Self, VaultError> {
        let fault = |source| VaultError::PassphraseFile { path: path.to_owned(), source };
        let bytes = private_file::read_bounded(path, PASSPHRASE_BYTES_MAX).map_err(fault)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| fault(FileFault::NoText.into()))?;
        Self::new(&SecretString::from(text.lines().next().unwrap_or_default()))
    }
}

/// How the key of a data directory is made of a passphrase.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PassphraseRecord {
    version: u32,
    algorithm: String,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
    check: String,
}

impl PassphraseRecord {
    pub fn path(data_dir: &Path) -> PathBuf {
        data_dir.join(RECORD_FILE)
    }

    /// A new record, with the key that it makes of the passphrase.
    pub fn make(passphrase: &Passphrase) -> Result<(Self, Zeroizing<[u8; KEY_LENGTH]>), VaultError> {
        let salt: [u8; SALT_LENGTH] = random()?;
        let mut record = Self {
            version: VERSION,
            algorithm: ALGORITHM.to_owned(),
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            lanes: LANES,
            salt: hex(&salt),
            check: String::new(),
        };
        let key = record.derive(passphrase).ok_or(VaultError::Derivation)?;
        record.check = hex(&Sealer::new(&key)?.seal(CHECK, CHECK.as_bytes())?);
        Ok((record, key))
    }

    pub fn write(&self, data_dir: &Path) -> Result<(), VaultError> {
        let path = Self::path(data_dir);
        let written = serde_json::to_vec_pretty(self).map_err(std::io::Error::from);
        let written = written.and_then(|text| private_file::replace(&path, &text));
        written.map_err(|source| VaultError::KeyFile { path, source })
    }

    pub fn read(data_dir: &Path) -> Result<Self, VaultError> {
        let path = Self::path(data_dir);
        let text = match private_file::read_bounded(&path, PASSPHRASE_BYTES_MAX) {
            Ok(text) => text,
            Err(source) => return Err(VaultError::KeyFile { path, source }),
        };
        let record: Option<Self> = serde_json::from_slice(&text).ok();
        record.filter(Self::is_known).ok_or(VaultError::Record { path })
    }

    fn is_known(&self) -> bool {
        self.version == VERSION
            && self.algorithm == ALGORITHM
            && (1..=MEMORY_KIB_MAX).contains(&self.memory_kib)
            && (1..=PASSES_MAX).contains(&self.passes)
            && (1..=LANES_MAX).contains(&self.lanes)
    }

    /// The key, if it is the passphrase that the record was made with. Takes a while, and `memory_kib`.
    pub fn unlock(
        &self,
        passphrase: &Passphrase,
        data_dir: &Path,
    ) -> Result<Zeroizing<[u8; KEY_LENGTH]>, VaultError> {
        let (key, check) = self
            .derive(passphrase)
            .zip(unhex(&self.check))
            .ok_or_else(|| VaultError::Record { path: Self::path(data_dir) })?;
        if Sealer::new(&key)?.opens(CHECK, check) { Ok(key) } else { Err(VaultError::WrongPassphrase) }
    }

    /// Nothing where the record's salt or parameters cannot be used.
    fn derive(&self, passphrase: &Passphrase) -> Option<Zeroizing<[u8; KEY_LENGTH]>> {
        let parameters = Params::new(self.memory_kib, self.passes, self.lanes, Some(KEY_LENGTH)).ok()?;
        let mut key = Zeroizing::new([0; KEY_LENGTH]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
            .hash_password_into(passphrase.0.expose_secret().as_bytes(), &unhex(&self.salt)?, key.as_mut())
            .ok()?;
        Some(key)
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_goes_there_and_back_and_refuses_what_is_none() {
        assert_eq!(unhex(&hex(&[0, 10, 255])), Some(vec![0, 10, 255]));
        assert_eq!((unhex("0"), unhex("zz"), unhex("é0")), (None, None, None));
    }

    #[test]
    fn a_record_that_asks_for_too_much_is_not_followed() {
        let (record, _) =
            PassphraseRecord::make(&Passphrase::new(&SecretString::from("twelve characters")).unwrap())
                .unwrap();
        assert!(record.is_known());
        assert!(!PassphraseRecord { memory_kib: MEMORY_KIB_MAX + 1, ..record }.is_known());
    }
}
