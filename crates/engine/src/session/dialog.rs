//! The broker's dialog: where a person is sent, and what they come back with. Each sign-in that is begun has a `state`
//! of its own, which comes back once and within ten minutes; where to go afterwards is remembered beside it, so that
//! nothing is added to the address that was registered.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use market::EpochSeconds;
use rand::Rng;
use reqwest::Url;
use secrecy::SecretString;
use upstox::Credentials;

use super::SignInRefusal;

/// How long a person may take in the broker's dialog.
pub const DIALOG_PATIENCE_SECONDS: i64 = 600;
/// Sign-ins that are remembered at once; the oldest is forgotten beyond it.
const BEGUN_MAX: usize = 64;
/// Of a `state`: 62 to the power of 32 of them.
const STATE_LENGTH: usize = 32;

/// What the broker sends a person back with, in the query of the redirect address.
#[derive(Debug, Default)]
pub struct Return {
    pub code: Option<SecretString>,
    pub state: Option<String>,
    /// What stands there instead of a code is not documented; `access_denied` is usual.
    pub error: Option<String>,
}

impl Return {
    /// Of names and texts. A browser carries them, and so anybody may have written them: of a name that stands there more
    /// than once the first text counts, and what nobody knows is passed over.
    pub fn of_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut back = Self::default();
        for (name, text) in pairs.into_iter().filter(|(_, text)| !text.is_empty()) {
            match name.as_str() {
                "code" if back.code.is_none() => back.code = Some(SecretString::from(text)),
                "state" if back.state.is_none() => back.state = Some(text),
                "error" if back.error.is_none() => back.error = Some(text),
                _ => {}
            }
        }
        back
    }

    /// Of the whole address that a browser ended at.
    pub fn at(address: &str) -> Result<Self, SignInRefusal> {
        let url = Url::parse(address.trim()).map_err(|_| SignInRefusal::NotAnAddress)?;
        let pairs = url.query_pairs().map(|(name, text)| (name.into_owned(), text.into_owned()));
        let back = Self::of_pairs(pairs);
        if back.state.is_none() && back.code.is_none() {
            return Err(SignInRefusal::NotAnAddress);
        }
        Ok(back)
    }
}

/// How a return ended, and where the person wanted to go.
#[derive(Debug)]
pub struct ComeBack {
    pub next: String,
    pub outcome: Result<(), crate::EngineError>,
}

/// A sign-in that was begun here.
struct Begun {
    state: String,
    at: EpochSeconds,
    next: String,
    /// Taken when it comes back.
    credentials: Option<Credentials>,
    /// Why it was not finished.
    refused: Option<String>,
}

/// The sign-ins that were begun here and may come back.
#[derive(Default)]
pub(super) struct Dialogs {
    begun: Mutex<VecDeque<Begun>>,
}

impl Dialogs {
    /// Remembers a sign-in; its `state`.
    pub(super) fn begin(&self, credentials: Credentials, next: &str, now: EpochSeconds) -> String {
        let state: String =
            rand::rng().sample_iter(rand::distr::Alphanumeric).take(STATE_LENGTH).map(char::from).collect();
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        while begun.len() >= BEGUN_MAX {
            begun.pop_front();
        }
        let (next, credentials) = (next.to_owned(), Some(credentials));
        begun.push_back(Begun { state: state.clone(), at: now, next, credentials, refused: None });
        state
    }

    pub(super) fn knows(&self, state: &str) -> bool {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.iter().any(|sign_in| sign_in.state == state)
    }

    /// Whether somebody may still come back from the broker's dialog.
    pub(super) fn awaits_somebody(&self, now: EpochSeconds) -> bool {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let is_awaited = |sign_in: &Begun| {
            sign_in.credentials.is_some() && now.0 - sign_in.at.0 <= DIALOG_PATIENCE_SECONDS
        };
        begun.iter().any(is_awaited)
    }

    /// Where the person of this `state` wanted to go.
    pub(super) fn next_of(&self, state: &str) -> Option<String> {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.iter().find(|sign_in| sign_in.state == state).map(|sign_in| sign_in.next.clone())
    }

    pub(super) fn refuse(&self, state: &str, sentence: String) {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sign_in) = begun.iter_mut().find(|sign_in| sign_in.state == state) {
            sign_in.refused = Some(sentence);
        }
    }

    /// Why the sign-in of this `state` was not finished.
    pub(super) fn refusal_of(&self, state: &str) -> Option<String> {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.iter().find(|sign_in| sign_in.state == state)?.refused.clone()
    }

    /// What the sign-in of this `state` was begun with, once.
    pub(super) fn take(&self, state: &str, now: EpochSeconds) -> Result<Credentials, SignInRefusal> {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let sign_in = begun.iter_mut().find(|sign_in| sign_in.state == state);
        let sign_in = sign_in.ok_or(SignInRefusal::UnknownState)?;
        let credentials = sign_in.credentials.take().ok_or(SignInRefusal::UsedState)?;
        if now.0 - sign_in.at.0 > DIALOG_PATIENCE_SECONDS {
            return Err(SignInRefusal::LateState);
        }
        Ok(credentials)
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn credentials() -> Credentials {
        let (client_id, redirect_uri) = ("key".to_owned(), "http://127.0.0.1:5000/callback".to_owned());
        Credentials { client_id, client_secret: "secret".into(), redirect_uri }
    }

    #[test]
    fn a_state_comes_back_once_and_within_ten_minutes() {
        let (dialogs, now) = (Dialogs::default(), EpochSeconds(1_000));
        let begin = || dialogs.begin(credentials(), "/collect", now);
        let (first, second) = (begin(), begin());
        assert_ne!(first, second);
        let refused = |state: &str, after: i64| dialogs.take(state, EpochSeconds(now.0 + after)).err();
        assert_eq!(refused("another", 0), Some(SignInRefusal::UnknownState));
        assert_eq!(refused(&first, DIALOG_PATIENCE_SECONDS), None);
        assert_eq!(refused(&first, 0), Some(SignInRefusal::UsedState));
        assert_eq!(refused(&second, DIALOG_PATIENCE_SECONDS + 1), Some(SignInRefusal::LateState));
        assert_eq!(refused(&second, 0), Some(SignInRefusal::UsedState), "a late one is used up too");
        assert_eq!(dialogs.next_of(&second).as_deref(), Some("/collect"));
    }

    #[test]
    fn so_many_are_remembered_and_no_more() {
        let (dialogs, now) = (Dialogs::default(), EpochSeconds(1_000));
        let first = dialogs.begin(credentials(), "/", now);
        for _ in 0..BEGUN_MAX {
            dialogs.begin(credentials(), "/", now);
        }
        assert!(!dialogs.knows(&first));
        assert_eq!(dialogs.begun.lock().unwrap().len(), BEGUN_MAX);
    }

    #[test]
    fn a_pasted_address_is_read_as_a_browser_wrote_it() {
        let back = Return::at(" http://127.0.0.1:5000/callback?code=mk404x&state=XX56849 \n").unwrap();
        assert_eq!((back.code.is_some(), back.state.as_deref()), (true, Some("XX56849")));
        let declined = Return::at("https://example.com/?error=access_denied&state=a%20b").unwrap();
        assert_eq!(
            (declined.error.as_deref(), declined.state.as_deref()),
            (Some("access_denied"), Some("a b"))
        );
        let twice =
            Return::at("http://127.0.0.1:5000/callback?code=&code=a&code=b&state=S&state=T&x=1").unwrap();
        assert_eq!(twice.code.as_ref().map(ExposeSecret::expose_secret), Some("a"));
        assert_eq!(twice.state.as_deref(), Some("S"), "the first of each");
        for bad in ["", "mk404x", "http://127.0.0.1:5000/callback", "http://127.0.0.1/?code=&state="] {
            assert_eq!(Return::at(bad).err(), Some(SignInRefusal::NotAnAddress), "{bad}");
        }
    }
}
