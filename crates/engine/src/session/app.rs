//! The app that a person registered at Upstox: its key, its secret and its redirect address, sealed in the vault.
//! Neither key nor secret is ever given out again.

use market::EpochSeconds;
use protocol::{AppPicture, NewApp, REDIRECT_URI_DEFAULT};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use store::{Vault, VaultError};
use upstox::Credentials;

use crate::error::EngineError;

const APP_NAME: &str = "upstox_app";
/// Of a key, a secret, an address; Upstox's are far shorter.
const TEXT_LENGTH_MAX: usize = 500;
/// So much of the key is shown, to tell apps apart.
const KEY_END_SHOWN: usize = 4;

/// What cannot be kept as an app, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppError {
    #[error("the API key is missing: copy it from your app at account.upstox.com/developer/apps")]
    KeyMissing,
    #[error("the API secret is missing: it stands beside the API key")]
    SecretMissing,
    #[error(
        "the {what} holds spaces or line breaks, or is longer than {TEXT_LENGTH_MAX} characters: copy it again"
    )]
    Text { what: &'static str },
    #[error(
        "the redirect address must be a whole one, as it was registered at Upstox: for example {REDIRECT_URI_DEFAULT}"
    )]
    Redirect,
    #[error("another API key has another secret: give both")]
    SecretOfAnother,
}

/// What the vault keeps, as JSON.
#[derive(Serialize, Deserialize)]
struct Sealed {
    api_key: String,
    api_secret: String,
    redirect_uri: String,
}

#[derive(Clone)]
pub(super) struct AppBook {
    vault: Vault,
}

impl AppBook {
    pub(super) fn new(vault: Vault) -> Self {
        Self { vault }
    }

    /// One that was sealed with another key counts as none: it is put anew.
    async fn sealed(&self) -> Result<Option<Sealed>, EngineError> {
        match self.vault.get(APP_NAME).await {
            Ok(found) => Ok(found.and_then(|(text, _)| serde_json::from_str(text.expose_secret()).ok())),
            Err(VaultError::Sealed) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn picture(&self) -> Result<AppPicture, EngineError> {
        let Some(Sealed { api_key, redirect_uri, .. }) = self.sealed().await? else {
            return Ok(AppPicture { key_end: None, redirect_uri: REDIRECT_URI_DEFAULT.to_owned() });
        };
        // A short key is not shown by its end: that would be most of it.
        let shown = api_key.get(api_key.len().saturating_sub(KEY_END_SHOWN)..).unwrap_or_default();
        let key_end = if api_key.len() > 3 * KEY_END_SHOWN { shown.to_owned() } else { String::new() };
        Ok(AppPicture { key_end: Some(key_end), redirect_uri })
    }

    pub(super) async fn credentials(&self) -> Result<Option<Credentials>, EngineError> {
        Ok(self.sealed().await?.map(|sealed| Credentials {
            client_id: sealed.api_key,
            client_secret: SecretString::from(sealed.api_secret),
            redirect_uri: sealed.redirect_uri,
        }))
    }

    /// Keeps an app; what is left out of key and secret stays as it is.
    pub(super) async fn put(&self, new: NewApp, now: EpochSeconds) -> Result<(), EngineError> {
        let text = serde_json::to_string(&merged(new, self.sealed().await?)?);
        // Three strings always serialise.
        let text = SecretString::from(text.unwrap_or_default());
        Ok(self.vault.put(APP_NAME, &text, now).await?)
    }

    pub(super) async fn forget(&self) -> Result<(), EngineError> {
        Ok(self.vault.forget(APP_NAME).await?)
    }
}

fn merged(new: NewApp, before: Option<Sealed>) -> Result<Sealed, AppError> {
    let given = |text: Option<protocol::SecretText>| {
        text.map(|text| text.0.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let (key, secret) = (given(new.api_key), given(new.api_secret));
    let redirect_uri = new.redirect_uri.trim().to_owned();
    let (key_before, secret_before) = before.map(|app| (app.api_key, app.api_secret)).unzip();
    let is_other = key.is_some() && key_before.is_some() && key != key_before;
    if is_other && secret.is_none() {
        return Err(AppError::SecretOfAnother);
    }
    let api_key = key.or(key_before).ok_or(AppError::KeyMissing)?;
    let api_secret = secret.or(secret_before).ok_or(AppError::SecretMissing)?;
    for (what, text) in
        [("API key", &api_key), ("API secret", &api_secret), ("redirect address", &redirect_uri)]
    {
        if text.len() > TEXT_LENGTH_MAX || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(AppError::Text { what });
        }
    }
    check_redirect(&redirect_uri)?;
    Ok(Sealed { api_key, api_secret, redirect_uri })
}

/// It is sent as it is written: Upstox compares it to the letter.
fn check_redirect(text: &str) -> Result<(), AppError> {
    let url = Url::parse(text).map_err(|_| AppError::Redirect)?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let is_web = matches!(url.scheme(), "http" | "https") && url.host_str().is_some();
    if is_plain && is_web { Ok(()) } else { Err(AppError::Redirect) }
}

#[cfg(test)]
mod tests {
    use protocol::SecretText;

    use super::*;

    fn new(key: &str, secret: &str, redirect_uri: &str) -> NewApp {
        let some = |text: &str| (!text.is_empty()).then(|| SecretText(text.to_owned()));
        NewApp { api_key: some(key), api_secret: some(secret), redirect_uri: redirect_uri.to_owned() }
    }

    fn before() -> Option<Sealed> {
        let text = |text: &str| text.to_owned();
        Some(Sealed { api_key: text("old"), api_secret: text("word"), redirect_uri: text("http://a/") })
    }

    #[test]
    fn what_is_left_out_stays_and_a_secret_never_goes_to_another_key() {
        let kept = merged(new("", "", REDIRECT_URI_DEFAULT), before()).unwrap();
        assert_eq!((kept.api_key.as_str(), kept.api_secret.as_str()), ("old", "word"));
        let renewed = merged(new(" old ", "fresh\n", REDIRECT_URI_DEFAULT), before()).unwrap();
        assert_eq!((renewed.api_key.as_str(), renewed.api_secret.as_str()), ("old", "fresh"));
        assert_eq!(
            merged(new("other", "", REDIRECT_URI_DEFAULT), before()).err(),
            Some(AppError::SecretOfAnother)
        );
        assert_eq!(merged(new("", "", REDIRECT_URI_DEFAULT), None).err(), Some(AppError::KeyMissing));
        assert_eq!(merged(new("key", "", REDIRECT_URI_DEFAULT), None).err(), Some(AppError::SecretMissing));
        let spaced = merged(new("a key", "word", REDIRECT_URI_DEFAULT), None).err();
        assert_eq!(spaced, Some(AppError::Text { what: "API key" }));
    }

    #[test]
    fn a_redirect_address_is_whole_and_kept_to_the_letter() {
        for good in [
            REDIRECT_URI_DEFAULT,
            "https://example.com",
            "http://localhost:8000/a?b=c",
            "HTTP://A.example/X/",
        ] {
            assert_eq!(merged(new("key", "word", good), None).unwrap().redirect_uri, good);
        }
        for bad in
            ["", "127.0.0.1:5000/callback", "/callback", "ftp://a/", "http://me:word@a/", "http://a/#x"]
        {
            assert_eq!(merged(new("key", "word", bad), None).err(), Some(AppError::Redirect), "{bad}");
        }
    }
}
