//! AES-256-GCM over short texts: version ‖ nonce ‖ ciphertext and tag, bound to what the text is for. Knows neither
//! where a key comes from nor where a sealed text is kept.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::{Zeroize, Zeroizing};

use crate::vault::VaultError;

pub(crate) const KEY_LENGTH: usize = 32;

const VERSION: u8 = 1;

/// Seals and opens under one key. Clones share it.
#[derive(Clone)]
pub(crate) struct Sealer(LessSafeKey);

impl Sealer {
    pub fn new(key: &[u8; KEY_LENGTH]) -> Result<Self, VaultError> {
        // 32 bytes are what the cipher takes, so this refuses nothing.
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| VaultError::Sealed)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    pub fn seal(&self, bound_to: &str, text: &[u8]) -> Result<Vec<u8>, VaultError> {
        let nonce: [u8; NONCE_LEN] = random()?;
        let mut text = text.to_vec();
        let tag = self
            .0
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(bound_to), &mut text)
            .map_err(|_| VaultError::Sealed)?;
        Ok([&[VERSION], nonce.as_slice(), &text, tag.as_ref()].concat())
    }

    pub fn open(&self, bound_to: &str, mut sealed: Vec<u8>) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let [VERSION, rest @ ..] = sealed.as_mut_slice() else { return Err(VaultError::Sealed) };
        let (nonce, ciphertext) = rest.split_at_mut_checked(NONCE_LEN).ok_or(VaultError::Sealed)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::Sealed)?;
        let opened = self.0.open_in_place(nonce, Aad::from(bound_to), ciphertext);
        let text = opened.map_err(|_| VaultError::Sealed)?;
        let kept = Zeroizing::new(text.to_vec());
        text.zeroize();
        Ok(kept)
    }

    /// Whether it was this key that sealed this.
    pub fn opens(&self, bound_to: &str, sealed: Vec<u8>) -> bool {
        self.open(bound_to, sealed).is_ok()
    }
}

pub(crate) fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], VaultError> {
    let mut bytes = [0; LENGTH];
    SystemRandom::new().fill(&mut bytes).map_err(|_| VaultError::Random)?;
    Ok(bytes)
}
