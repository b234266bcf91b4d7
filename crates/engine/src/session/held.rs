//! The one token: sealed in the vault, alive until its end, and known to whoever waits for the next.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use market::EpochSeconds;
use protocol::{SessionState, SignInEnd};
use ratelimit::Clock;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use store::Vault;
use tokio::sync::watch;

use crate::error::EngineError;
use crate::names::token_end;

/// Under which the vault keeps the sign-in.
pub(crate) const TOKEN_NAME: &str = "session";
/// How late a wall clock that was set, or a machine that slept, is noticed by whoever waits for the token's end.
const CLOCK_LOOKS: Duration = Duration::from_secs(10);
/// What the vault keeps, as JSON.
#[derive(Serialize, Deserialize)]
struct Sealed {
    token: String,
    user: Option<String>,
    /// Those of before it was kept had been checked, or nobody knows.
    #[serde(default = "yes")]
    checked: bool,
}

fn yes() -> bool {
    true
}

#[derive(Clone)]
struct Current {
    token: SecretString,
    user: Option<String>,
    until: EpochSeconds,
    checked: bool,
    stored_at: EpochSeconds,
}

#[derive(Clone, Default)]
struct Held {
    current: Option<Current>,
    /// Counts sign-ins, so that a late 401 ends only the token that it was answered to.
    generation: u64,
    /// Why there is none, where there was one.
    ended: Option<SignInEnd>,
    /// The broker has answered that expired contracts need another plan.
    plus_needed: bool,
}

/// The one token of the engine, and who waits for the next.
pub(crate) struct Session {
    vault: Vault,
    clock: Arc<dyn Clock>,
    held: watch::Sender<Held>,
    /// So that vault and memory change as one.
    changing: tokio::sync::Mutex<()>,
}

impl Held {
    /// Why there is no sign-in, where there was one; of a token that is held, that its time is over.
    fn end(&self) -> Option<SignInEnd> {
        if self.current.is_some() { Some(SignInEnd::Time) } else { self.ended }
    }
}

impl Session {
    pub(crate) async fn open(vault: Vault, clock: Arc<dyn Clock>) -> Result<Self, EngineError> {
        let mut held = Held::default();
        match vault.get(TOKEN_NAME).await {
            Ok(Some((secret, stored_at))) => match serde_json::from_str::<Sealed>(secret.expose_secret()) {
                Ok(sealed) => held.current = Some(current(sealed, stored_at)),
                Err(_) => held.ended = Some(SignInEnd::Unopenable),
            },
            Ok(None) => {}
            // Another key file, or a copy of a database: the person signs in again, nothing else is lost.
            Err(store::VaultError::Sealed) => held.ended = Some(SignInEnd::Unopenable),
            Err(error) => return Err(error.into()),
        }
        Ok(Self { vault, clock, held: watch::Sender::new(held), changing: Default::default() })
    }

    pub(super) fn now(&self) -> EpochSeconds {
        EpochSeconds(self.clock.wall().as_seconds())
    }

    /// The token and its generation, while it lives.
    pub(crate) fn token(&self) -> Result<(SecretString, u64), EngineError> {
        let held = self.held.borrow();
        match &held.current {
            Some(current) if self.now() < current.until => Ok((current.token.clone(), held.generation)),
            _ => Err(held.end().map_or(EngineError::SignInNeeded, EngineError::SignInEnded)),
        }
    }

    /// Ends when there is no sign-in, with what is to be done then: at once when somebody signs out, and when the
    /// clock ends the token.
    pub(crate) async fn ended(&self) -> EngineError {
        let mut held = self.held.subscribe();
        loop {
            let left = match (self.token(), &held.borrow_and_update().current) {
                (Err(error), _) => return error,
                (Ok(_), current) => current.as_ref().map_or(0, |current| {
                    current.until.0.saturating_mul(1000).saturating_sub(self.clock.wall().as_millis())
                }),
            };
            let left = Duration::from_millis(left.max(0).unsigned_abs()).min(CLOCK_LOOKS);
            tokio::select! {
                // The sender lives as long as the session.
                _ = held.changed() => {}
                () = self.clock.sleep_until(self.clock.monotonic() + left) => {}
            }
        }
    }

    /// The broker has answered to the token of this generation.
    pub(crate) async fn checked(&self, generation: u64) -> Result<(), EngineError> {
        let unchecked = |held: &Held| {
            let current = held.current.as_ref().filter(|current| !current.checked);
            current.filter(|_| held.generation == generation).cloned()
        };
        if unchecked(&self.held.borrow()).is_none() {
            return Ok(());
        }
        let _one_at_a_time = self.changing.lock().await;
        // Somebody may have signed out meanwhile, or another answer have come first.
        let Some(current) = unchecked(&self.held.borrow()) else { return Ok(()) };
        let Current { token, user, stored_at, .. } = current;
        let sealed = Sealed { token: token.expose_secret().to_owned(), user, checked: true };
        self.seal(&sealed, stored_at).await?;
        self.held.send_modify(|held| {
            if let Some(current) = &mut held.current {
                current.checked = true;
            }
        });
        Ok(())
    }

    /// What the broker says of the plan of whoever is signed in.
    pub(crate) fn plan_is(&self, generation: u64, plus_needed: bool) {
        self.held.send_if_modified(|held| {
            let changes = held.generation == generation && held.plus_needed != plus_needed;
            if changes {
                held.plus_needed = plus_needed;
            }
            changes
        });
    }

    pub(super) fn plus_needed(&self) -> bool {
        self.held.borrow().plus_needed
    }

    pub(super) fn sign_ins(&self) -> u64 {
        self.held.borrow().generation
    }

    /// When the token that is held ends.
    pub(super) fn until(&self) -> Option<EpochSeconds> {
        let until = self.held.borrow().current.as_ref().map(|current| current.until);
        until.filter(|until| self.now() < *until)
    }

    /// The broker refused the token of this generation.
    pub(crate) async fn ended_by_broker(&self, generation: u64) -> Result<(), EngineError> {
        let _one_at_a_time = self.changing.lock().await;
        let mut ended = false;
        self.held.send_if_modified(|held| {
            ended = held.generation == generation && held.current.take().is_some();
            if ended {
                held.ended = Some(SignInEnd::NotTaken);
            }
            ended
        });
        if ended {
            self.vault.forget(TOKEN_NAME).await?;
        }
        Ok(())
    }

    async fn seal(&self, sealed: &Sealed, at: EpochSeconds) -> Result<(), EngineError> {
        // A struct of two strings and a bool always serialises.
        let text = SecretString::from(serde_json::to_string(sealed).unwrap_or_default());
        Ok(self.vault.put(TOKEN_NAME, &text, at).await?)
    }

    pub(super) async fn store(
        &self,
        token: SecretString,
        user: Option<String>,
        checked: bool,
    ) -> Result<(), EngineError> {
        let now = self.now();
        let _one_at_a_time = self.changing.lock().await;
        let sealed = Sealed { token: token.expose_secret().to_owned(), user, checked };
        self.seal(&sealed, now).await?;
        self.held.send_modify(|held| {
            held.current = Some(current(sealed, now));
            held.generation += 1;
            held.ended = None;
            held.plus_needed = false;
        });
        Ok(())
    }

    /// Forgets the token and gives it out with its end, so that the broker can be told.
    pub(super) async fn sign_out(&self) -> Result<Option<(SecretString, EpochSeconds)>, EngineError> {
        let _one_at_a_time = self.changing.lock().await;
        self.vault.forget(TOKEN_NAME).await?;
        let until = self.until();
        let token = self.token().ok().and_then(|(token, _)| Some((token, until?)));
        self.held.send_modify(|held| {
            held.current = None;
            held.ended = None;
        });
        Ok(token)
    }

    pub(super) fn state(&self) -> SessionState {
        let held = self.held.borrow();
        match &held.current {
            Some(current) if self.now() < current.until => SessionState::SignedIn {
                user: current.user.clone(),
                until: current.until,
                checked: current.checked,
            },
            _ if held.end().is_some() => SessionState::Ended,
            _ => SessionState::SignedOut,
        }
    }

    /// Why the state is that it has ended.
    pub(super) fn ended_by(&self) -> Option<SignInEnd> {
        let held = self.held.borrow();
        match &held.current {
            Some(current) if self.now() < current.until => None,
            _ => held.end(),
        }
    }

    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        // Only that something changed is told; the token stays here.
        let (sender, receiver) = watch::channel(());
        let mut held = self.held.subscribe();
        tokio::spawn(async move { while held.changed().await.is_ok() && sender.send(()).is_ok() {} });
        receiver
    }
}

fn current(sealed: Sealed, stored_at: EpochSeconds) -> Current {
    let Sealed { token, user, checked } = sealed;
    let until = written_end(&token).unwrap_or_else(|| token_end(stored_at));
    Current { token: token.into(), user, until, checked, stored_at }
}

/// The `exp` of a token that is a JWT, as Upstox's are in practice [OBS]; a read-only analytics token lives a
/// year, and only its own word tells.
pub(super) fn written_end(token: &str) -> Option<EpochSeconds> {
    #[derive(Deserialize)]
    struct Claims {
        exp: i64,
    }
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Claims>(&claims).ok().map(|claims| EpochSeconds(claims.exp))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jwt_says_its_own_end() {
        let claims = URL_SAFE_NO_PAD.encode(r#"{"sub":"X","exp":1758060000}"#);
        assert_eq!(written_end(&format!("header.{claims}.signature")), Some(EpochSeconds(1_758_060_000)));
        assert_eq!(written_end("simulated"), None);
        assert_eq!(written_end("a.b.c"), None);
    }
}
