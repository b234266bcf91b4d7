//! The key of an encrypted database: made of the data directory's key, so that one secret opens both, and given to
//! SQLCipher as it is, so that no connection derives it again.

use std::fmt;

use ring::hkdf::{HKDF_SHA256, Salt};
use zeroize::Zeroizing;

use crate::passphrase::hex;
use crate::seal::KEY_LENGTH;

const LABEL: &[u8] = b"expirytrack database 1";

/// 32 bytes in hexadecimal digits.
#[derive(Clone)]
pub struct DatabaseKey(Zeroizing<String>);

impl DatabaseKey {
    pub(crate) fn of(key: &[u8; KEY_LENGTH]) -> Self {
        let mut bytes = Zeroizing::new([0; KEY_LENGTH]);
        let made_of = Salt::new(HKDF_SHA256, &[]).extract(key);
        let expanded = made_of.expand(&[LABEL], HKDF_SHA256).and_then(|key| key.fill(bytes.as_mut()));
        debug_assert!(expanded.is_ok(), "32 bytes are what SHA-256 expands to at once");
        Self(Zeroizing::new(hex(bytes.as_slice())))
    }

    /// As SQLCipher takes a key that is none to derive another from.
    pub(crate) fn literal(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("\"x'{}'\"", *self.0))
    }
}

/// Never shown.
impl fmt::Debug for DatabaseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_makes_one_of_its_own_that_is_not_shown() {
        let (one, other) = (DatabaseKey::of(&[1; KEY_LENGTH]), DatabaseKey::of(&[2; KEY_LENGTH]));
        assert_eq!(one.0.len(), 2 * KEY_LENGTH);
        assert_ne!(*one.0, *other.0);
        assert_ne!(*one.0, hex(&[1; KEY_LENGTH]));
        assert!(!format!("{one:?}").contains(one.0.as_str()));
    }
}
