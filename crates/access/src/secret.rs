//! Secrets that are drawn here, and what is kept of them. 256 bits of chance cannot be guessed, so a plain hash is
//! enough; nothing slow is needed as it is for passwords.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::error::AccessError;

const SECRET_BYTES: usize = 32;
const ID_BYTES: usize = 6;

pub(crate) fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], AccessError> {
    let mut bytes = [0; LENGTH];
    SystemRandom::new().fill(&mut bytes).map_err(|_| AccessError::Random)?;
    Ok(bytes)
}

/// 256 bits of chance, as letters that stand in any header.
pub(crate) fn new_secret() -> Result<String, AccessError> {
    Ok(URL_SAFE_NO_PAD.encode(random::<SECRET_BYTES>()?))
}

/// A name that opens nothing.
pub(crate) fn new_id() -> Result<String, AccessError> {
    Ok(random::<ID_BYTES>()?.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What is kept of a secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Digest(String);

impl Digest {
    pub(crate) fn of(secret: &str) -> Self {
        Self(URL_SAFE_NO_PAD.encode(digest(&SHA256, secret.as_bytes())))
    }

    /// Takes as long for one that differs early as for one that differs late.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_256_bits_and_its_digest_fits_it_alone() {
        let (one, other) = (new_secret().unwrap(), new_secret().unwrap());
        assert_eq!(URL_SAFE_NO_PAD.decode(&one).unwrap().len(), SECRET_BYTES);
        assert_ne!(one, other);
        let kept = Digest::of(&one);
        assert!(kept.is(&Digest::of(&one)) && !kept.is(&Digest::of(&other)));
        assert!(!serde_json::to_string(&kept).unwrap().contains(&one));
    }
}
