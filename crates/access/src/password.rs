//! The password, hashed with argon2id: slow on purpose and in memory, so it is done off the threads that serve, two at
//! a time, and whoever comes when many wait is sent away.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use protocol::{PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN, SecretText};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::error::AccessError;
use crate::secret::random;

/// Decision 0013: what RFC 9106 recommends where memory is scarce, on one lane.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;
/// Hashes that are computed at once.
const AT_ONCE_MAX: usize = 2;
/// With those that wait for it.
const WAITING_MAX: usize = 16;

/// Computes hashes, a few at a time.
pub(crate) struct Hasher {
    at_once: Semaphore,
    waiting: Semaphore,
}

impl Hasher {
    pub(crate) fn new() -> Self {
        Self { at_once: Semaphore::new(AT_ONCE_MAX), waiting: Semaphore::new(WAITING_MAX) }
    }

    /// What is kept of a new password.
    pub(crate) async fn hash(&self, password: SecretText) -> Result<String, AccessError> {
        check_length(&password)?;
        self.off_thread(password, |password| {
            let salt = random::<SALT_BYTES>()?;
            let hash = argon2()?.hash_password_with_salt(password, &salt).map_err(|_| AccessError::Hash)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether a password is the one that this was kept of.
    pub(crate) async fn is(&self, kept: String, password: SecretText) -> Result<bool, AccessError> {
        // None that is longer was ever kept.
        if password.0.chars().count() > PASSWORD_LENGTH_MAX {
            return Ok(false);
        }
        self.off_thread(password, move |password| {
            let kept = PasswordHash::new(&kept).map_err(|_| AccessError::Hash)?;
            Ok(argon2()?.verify_password(password, &kept).is_ok())
        })
        .await
    }

    async fn off_thread<T: Send + 'static>(
        &self,
        SecretText(password): SecretText,
        work: impl FnOnce(&[u8]) -> Result<T, AccessError> + Send + 'static,
    ) -> Result<T, AccessError> {
        let password = Zeroizing::new(password.into_bytes());
        let _waiting = self.waiting.try_acquire().map_err(|_| AccessError::Busy)?;
        let _turn = self.at_once.acquire().await.map_err(|_| AccessError::Busy)?;
        tokio::task::spawn_blocking(move || work(&password)).await.map_err(|_| AccessError::Hash)?
    }
}

/// The parameters of new hashes; an old one is read with those that stand in it.
fn argon2() -> Result<Argon2<'static>, AccessError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| AccessError::Hash)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn check_length(password: &SecretText) -> Result<(), AccessError> {
    match password.0.chars().count() {
        length @ ..PASSWORD_LENGTH_MIN => Err(AccessError::TooShort(length)),
        PASSWORD_LENGTH_MIN..=PASSWORD_LENGTH_MAX if is_plain(&password.0) => Err(AccessError::TooPlain),
        PASSWORD_LENGTH_MIN..=PASSWORD_LENGTH_MAX => Ok(()),
        _ => Err(AccessError::TooLong),
    }
}

/// One character again and again, or nothing that can be seen: whoever guesses begins with these.
fn is_plain(password: &str) -> bool {
    let mut letters = password.chars();
    let first = letters.next();
    letters.all(|letter| Some(letter) == first) || password.chars().all(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretText {
        SecretText(text.to_owned())
    }

    #[tokio::test]
    async fn a_password_is_kept_as_argon2id_and_known_again() {
        let hasher = Hasher::new();
        let kept = hasher.hash(secret("pässwörd with blanks ")).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"), "{kept}");
        assert_ne!(kept, hasher.hash(secret("pässwörd with blanks ")).await.unwrap(), "each has its salt");
        for (password, is) in [("pässwörd with blanks ", true), ("pässwörd with blanks", false), ("", false)]
        {
            assert_eq!(hasher.is(kept.clone(), secret(password)).await.unwrap(), is, "{password}");
        }
        assert!(!hasher.is(kept.clone(), secret(&"x".repeat(100_000))).await.unwrap());
    }

    #[tokio::test]
    async fn a_password_has_ten_characters_and_not_too_many() {
        let hasher = Hasher::new();
        let refused = hasher.hash(secret("überkurz!")).await.unwrap_err().to_string();
        assert_eq!(refused, "a password has at least 10 characters, and this one has 9");
        let refused = hasher.hash(secret(&"x".repeat(PASSWORD_LENGTH_MAX + 1))).await.unwrap_err();
        assert!(matches!(refused, AccessError::TooLong));
        assert!(hasher.hash(secret("überkurz!!")).await.is_ok());
        for plain in ["            ", " \u{a0}\t \u{a0}\t \u{a0}\t ", "ääääääääääää"] {
            let refused = hasher.hash(secret(plain)).await.unwrap_err().to_string();
            assert!(
                refused.contains("one character again and again, or blanks alone"),
                "{plain:?}: {refused}"
            );
        }
    }

    #[tokio::test]
    async fn whoever_comes_when_many_wait_is_sent_away() {
        let hasher = std::sync::Arc::new(Hasher::new());
        // Nobody's turn comes until everybody stands in line or was sent away.
        let turns = hasher.at_once.acquire_many(AT_ONCE_MAX as u32).await.unwrap();
        let crowd: Vec<_> = (0..WAITING_MAX + 3)
            .map(|_| {
                let hasher = hasher.clone();
                tokio::spawn(async move { hasher.is("none".to_owned(), secret("x")).await })
            })
            .collect();
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        drop(turns);
        let mut sent_away = 0;
        for one in crowd {
            sent_away += usize::from(matches!(one.await.unwrap(), Err(AccessError::Busy)));
        }
        assert_eq!(sent_away, 3);
    }
}
