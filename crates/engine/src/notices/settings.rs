//! Where notices go: read, checked and kept. What is secret lies in the vault and is never given out.

use std::collections::BTreeMap;
use std::sync::Arc;

use market::EpochSeconds;
use protocol::{ChannelSettings, NewNoticeSettings, NoticeChannel, NoticeKind, NoticeSettings, SecretText};
use secrecy::SecretString;
use store::{Store, Vault};
use tokio::sync::Mutex;
use tracing::warn;

use super::channel::{check, secret_name, tidy};
use crate::error::EngineError;

const SETTINGS: &str = "notice_settings";

/// Mailboxes that one notice is sent to.
pub(super) const RECIPIENTS_MAX: usize = 20;
/// Of a host name, an address, a URL, a secret.
const TEXT_LENGTH_MAX: usize = 1_000;
/// A shorter secret could be guessed from a few signatures.
pub(super) const WEBHOOK_SECRET_LENGTH_MIN: usize = 16;

/// What cannot be kept as a setting, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoticeSettingsError {
    #[error("the mail server's name is missing or is no host name: write it like smtp.example.com")]
    Host,
    #[error(
        "the port of the mail server must be from 1 to 65535: usual are 465 for TLS and 587 for STARTTLS"
    )]
    Port,
    #[error("\"{0}\" is no email address: write it like name@example.com")]
    Mailbox(String),
    #[error("notices are sent to 1 to {RECIPIENTS_MAX} addresses, not to {0}")]
    Recipients(usize),
    #[error("a password is sent to another machine over TLS or STARTTLS only: choose one of them")]
    ClearPassword,
    #[error("the mail server or its user changed: give the password again, so that no other server gets it")]
    PasswordAgain,
    #[error("a password needs the user that it belongs to")]
    UserMissing,
    #[error("the address of a webhook begins with http:// or https:// and names a host")]
    Url,
    #[error("the address of a webhook must hold no user and no password: the signature proves who sends")]
    UrlCredentials,
    #[error("a webhook needs a secret of at least {WEBHOOK_SECRET_LENGTH_MIN} characters to sign with")]
    WebhookSecret,
    #[error("a text is longer than {TEXT_LENGTH_MAX} characters or holds a line break")]
    Text,
}

/// What is known of a channel's secret while its settings are judged.
pub(super) struct SecretChange<'a> {
    pub is_stored: bool,
    /// As it is put; empty where it is to be forgotten.
    pub new: Option<&'a SecretText>,
}

impl SecretChange<'_> {
    /// The stored one stays.
    pub(super) fn stays(&self) -> bool {
        self.is_stored && self.new.is_none()
    }

    /// There will be one.
    pub(super) fn will_be(&self) -> bool {
        self.stays() || self.new.is_some_and(|secret| !secret.0.is_empty())
    }
}

/// Reads and keeps the settings of one database.
#[derive(Clone)]
pub(super) struct SettingsBook {
    store: Store,
    vault: Vault,
    /// So that nobody changes them between a look at them and the next.
    changing: Arc<Mutex<()>>,
}

impl SettingsBook {
    pub(super) fn new(store: Store, vault: Vault) -> Self {
        Self { store, vault, changing: Arc::default() }
    }

    /// Settings of another version are no settings: they are put anew.
    pub(super) async fn read(&self) -> Result<NoticeSettings, EngineError> {
        let Some(text) = self.store.setting(SETTINGS).await? else { return Ok(NoticeSettings::default()) };
        Ok(serde_json::from_str(&text).unwrap_or_else(|error| {
            warn!(%error, "the settings of notices cannot be read: put them again");
            NoticeSettings::default()
        }))
    }

    /// Where a notice of this kind goes beside the page.
    pub(super) async fn channels(&self, kind: NoticeKind) -> Result<Vec<NoticeChannel>, EngineError> {
        let settings = self.read().await?;
        let wanted = settings.iter().filter(|channel| channel.kinds().contains(&kind));
        Ok(wanted.map(ChannelSettings::channel).collect())
    }

    /// The secret of a channel. One that was sealed with another key counts as none.
    pub(super) async fn secret(&self, channel: NoticeChannel) -> Result<Option<SecretString>, EngineError> {
        match self.vault.get(secret_name(channel)).await {
            Ok(found) => Ok(found.map(|(secret, _)| secret)),
            Err(store::VaultError::Sealed) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Nothing is kept when anything is refused, and where `seen` is not what is kept.
    pub(super) async fn put(
        &self,
        seen: Option<&NoticeSettings>,
        new: NewNoticeSettings,
        now: EpochSeconds,
    ) -> Result<(), EngineError> {
        let _changing = self.changing.lock().await;
        let before = self.read().await?;
        if seen.is_some_and(|seen| *seen != before) {
            return Err(EngineError::ChangedMeanwhile { what: "where notices go" });
        }
        let NewNoticeSettings { mut settings, mut secrets } = new;
        for channel in settings.iter_mut() {
            tidy(channel);
            self.check(channel, &before, &secrets).await?;
        }
        for channel in NoticeChannel::ALL {
            let is_set_up = settings.get(channel).is_some();
            self.put_secret(channel, is_set_up, secrets.remove(&channel), now).await?;
        }
        // Plain fields always serialise.
        let text = serde_json::to_string(&settings).map_err(EngineError::UnreadableSettings)?;
        self.store.put_setting(SETTINGS, &text).await?;
        Ok(())
    }

    async fn check(
        &self,
        settings: &ChannelSettings,
        before: &NoticeSettings,
        secrets: &BTreeMap<NoticeChannel, SecretText>,
    ) -> Result<(), EngineError> {
        let channel = settings.channel();
        let new = secrets.get(&channel);
        new.map_or(Ok(()), |secret| check_text(&secret.0))?;
        let secret = SecretChange { is_stored: self.secret(channel).await?.is_some(), new };
        Ok(check(settings, before.get(channel), &secret)?)
    }

    async fn put_secret(
        &self,
        channel: NoticeChannel,
        is_set_up: bool,
        new: Option<SecretText>,
        now: EpochSeconds,
    ) -> Result<(), EngineError> {
        let name = secret_name(channel);
        match new {
            Some(SecretText(text)) if is_set_up && !text.is_empty() => {
                self.vault.put(name, &SecretString::from(text), now).await?;
            }
            None if is_set_up => {}
            _ => self.vault.forget(name).await?,
        }
        Ok(())
    }
}

pub(super) fn check_text(text: &str) -> Result<(), NoticeSettingsError> {
    let is_plain = text.len() <= TEXT_LENGTH_MAX && !text.contains(char::is_control);
    if is_plain { Ok(()) } else { Err(NoticeSettingsError::Text) }
}

/// Whether what is sent to a host stays on this machine.
pub(super) fn is_this_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
