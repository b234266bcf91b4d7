//! Where notices go: read, checked and kept. What is secret lies in the vault and is never given out.

use lettre::message::Mailbox;
use protocol::{
    EmailSettings, NewNoticeSettings, NoticeChannel, NoticeKind, NoticeSettings, SecretText, SmtpSecurity,
    WebhookSettings,
};
use reqwest::Url;
use secrecy::SecretString;
use store::{Store, Vault};
use tracing::warn;

use crate::error::EngineError;

const SETTINGS: &str = "notice_settings";
const SMTP_PASSWORD: &str = "notice_smtp_password";
const WEBHOOK_SECRET: &str = "notice_webhook_secret";

/// Mailboxes that one notice is sent to.
const RECIPIENTS_MAX: usize = 20;
/// Of a host name, an address, a URL, a secret.
const TEXT_LENGTH_MAX: usize = 1_000;
/// A shorter secret could be guessed from a few signatures.
const WEBHOOK_SECRET_LENGTH_MIN: usize = 16;

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

/// Reads and keeps the settings of one database.
#[derive(Clone)]
pub(super) struct SettingsBook {
    store: Store,
    vault: Vault,
}

impl SettingsBook {
    pub(super) fn new(store: Store, vault: Vault) -> Self {
        Self { store, vault }
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
        let email = settings.email.is_some_and(|email| email.kinds.contains(&kind));
        let webhook = settings.webhook.is_some_and(|webhook| webhook.kinds.contains(&kind));
        let wanted = [(email, NoticeChannel::Email), (webhook, NoticeChannel::Webhook)];
        Ok(wanted.iter().filter(|(is_wanted, _)| *is_wanted).map(|(_, channel)| *channel).collect())
    }

    /// The secret of a channel. One that was sealed with another key counts as none.
    pub(super) async fn secret(&self, channel: NoticeChannel) -> Result<Option<SecretString>, EngineError> {
        match self.vault.get(name_of(channel)).await {
            Ok(found) => Ok(found.map(|(secret, _)| secret)),
            Err(store::VaultError::Sealed) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn put(
        &self,
        new: NewNoticeSettings,
        now: market::EpochSeconds,
    ) -> Result<(), EngineError> {
        let before = self.read().await?;
        let NewNoticeSettings { mut settings, smtp_password, webhook_secret } = new;
        if let Some(email) = &mut settings.email {
            tidy_email(email);
            let has_password = self.secret(NoticeChannel::Email).await?.is_some();
            check_email(email, before.email.as_ref(), has_password, smtp_password.as_ref())?;
        }
        if let Some(webhook) = &mut settings.webhook {
            webhook.url = webhook.url.trim().to_owned();
            let has_secret = self.secret(NoticeChannel::Webhook).await?.is_some();
            check_webhook(webhook, has_secret, webhook_secret.as_ref())?;
        }
        self.put_secret(NoticeChannel::Email, settings.email.is_some(), smtp_password, now).await?;
        self.put_secret(NoticeChannel::Webhook, settings.webhook.is_some(), webhook_secret, now).await?;
        // Plain fields always serialise.
        let text = serde_json::to_string(&settings).map_err(EngineError::UnreadableSettings)?;
        self.store.put_setting(SETTINGS, &text).await?;
        Ok(())
    }

    async fn put_secret(
        &self,
        channel: NoticeChannel,
        is_set_up: bool,
        new: Option<SecretText>,
        now: market::EpochSeconds,
    ) -> Result<(), EngineError> {
        match new {
            Some(SecretText(text)) if is_set_up && !text.is_empty() => {
                self.vault.put(name_of(channel), &SecretString::from(text), now).await?;
            }
            None if is_set_up => {}
            _ => self.vault.forget(name_of(channel)).await?,
        }
        Ok(())
    }
}

fn name_of(channel: NoticeChannel) -> &'static str {
    match channel {
        NoticeChannel::Email => SMTP_PASSWORD,
        NoticeChannel::Webhook => WEBHOOK_SECRET,
    }
}

fn tidy_email(email: &mut EmailSettings) {
    for text in [&mut email.host, &mut email.user, &mut email.from].into_iter().chain(&mut email.to) {
        *text = text.trim().to_owned();
    }
    email.to.retain(|address| !address.is_empty());
}

fn check_email(
    email: &EmailSettings,
    before: Option<&EmailSettings>,
    has_password: bool,
    new_password: Option<&SecretText>,
) -> Result<(), NoticeSettingsError> {
    for text in [&email.host, &email.user, &email.from].into_iter().chain(&email.to) {
        check_text(text)?;
    }
    new_password.map_or(Ok(()), |password| check_text(&password.0))?;
    if email.host.is_empty() || email.host.contains(|letter: char| letter.is_whitespace() || letter == '/') {
        return Err(NoticeSettingsError::Host);
    }
    if email.port == 0 {
        return Err(NoticeSettingsError::Port);
    }
    for address in email.to.iter().chain([&email.from]) {
        address.parse::<Mailbox>().map_err(|_| NoticeSettingsError::Mailbox(address.clone()))?;
    }
    if !(1..=RECIPIENTS_MAX).contains(&email.to.len()) {
        return Err(NoticeSettingsError::Recipients(email.to.len()));
    }
    let keeps = has_password && new_password.is_none();
    let will_have = keeps || new_password.is_some_and(|password| !password.0.is_empty());
    let server = |email: &EmailSettings| (email.host.clone(), email.port, email.security, email.user.clone());
    if keeps && before.map(server) != Some(server(email)) {
        return Err(NoticeSettingsError::PasswordAgain);
    }
    if will_have && email.user.is_empty() {
        return Err(NoticeSettingsError::UserMissing);
    }
    if will_have && email.security == SmtpSecurity::None && !is_this_machine(&email.host) {
        return Err(NoticeSettingsError::ClearPassword);
    }
    Ok(())
}

fn check_webhook(
    webhook: &WebhookSettings,
    has_secret: bool,
    new_secret: Option<&SecretText>,
) -> Result<(), NoticeSettingsError> {
    check_text(&webhook.url)?;
    let url = Url::parse(&webhook.url).map_err(|_| NoticeSettingsError::Url)?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(NoticeSettingsError::Url);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(NoticeSettingsError::UrlCredentials);
    }
    match new_secret {
        None if has_secret => Ok(()),
        Some(secret) if secret.0.chars().count() >= WEBHOOK_SECRET_LENGTH_MIN => check_text(&secret.0),
        _ => Err(NoticeSettingsError::WebhookSecret),
    }
}

fn check_text(text: &str) -> Result<(), NoticeSettingsError> {
    let is_plain = text.len() <= TEXT_LENGTH_MAX && !text.contains(char::is_control);
    if is_plain { Ok(()) } else { Err(NoticeSettingsError::Text) }
}

/// Whether what is sent to a host stays on this machine.
pub(super) fn is_this_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(change: impl FnOnce(&mut EmailSettings)) -> EmailSettings {
        let mut email = EmailSettings {
            host: "smtp.example.com".to_owned(),
            port: 465,
            security: SmtpSecurity::Tls,
            user: "trader".to_owned(),
            from: "ExpiryTrack <et@example.com>".to_owned(),
            to: vec!["me@example.com".to_owned()],
            kinds: NoticeKind::ALL.into(),
        };
        change(&mut email);
        email
    }

    fn secret(text: &str) -> SecretText {
        SecretText(text.to_owned())
    }

    #[test]
    fn a_mail_server_is_checked_before_it_is_kept() {
        use NoticeSettingsError as E;
        let check = |email: EmailSettings| check_email(&email, None, false, Some(&secret("word"))).err();
        assert_eq!(check(email(|_| {})), None);
        assert_eq!(check(email(|email| email.host.clear())), Some(E::Host));
        assert_eq!(check(email(|email| email.host = "a b".into())), Some(E::Host));
        assert_eq!(check(email(|email| email.host = "a\r\nb".into())), Some(E::Text));
        assert_eq!(check(email(|email| email.port = 0)), Some(E::Port));
        assert_eq!(check(email(|email| email.from = "nobody".into())), Some(E::Mailbox("nobody".into())));
        assert_eq!(check(email(|email| email.to.clear())), Some(E::Recipients(0)));
        assert_eq!(check(email(|email| email.user.clear())), Some(E::UserMissing));
        assert_eq!(check(email(|email| email.security = SmtpSecurity::None)), Some(E::ClearPassword));
        let on_this_machine = email(|email| {
            email.security = SmtpSecurity::None;
            email.host = "localhost".into();
        });
        assert_eq!(check(on_this_machine), None);
    }

    #[test]
    fn a_kept_password_never_goes_to_another_server() {
        let before = email(|_| {});
        let check = |email: EmailSettings| check_email(&email, Some(&before), true, None).err();
        assert_eq!(check(email(|email| email.to.push("you@example.com".into()))), None);
        for other in [
            email(|email| email.host = "smtp.evil.example".into()),
            email(|email| email.port = 2525),
            email(|email| email.security = SmtpSecurity::StartTls),
        ] {
            assert_eq!(check(other), Some(NoticeSettingsError::PasswordAgain));
        }
    }

    #[test]
    fn a_webhook_is_a_plain_address_with_a_secret() {
        use NoticeSettingsError as E;
        let check = |url: &str, word: Option<&str>| {
            let webhook = WebhookSettings { url: url.to_owned(), kinds: NoticeKind::ALL.into() };
            check_webhook(&webhook, false, word.map(secret).as_ref()).err()
        };
        let word = Some("0123456789abcdef");
        assert_eq!(check("https://example.com/hook?x=1", word), None);
        assert_eq!(check("http://127.0.0.1:9000", word), None);
        for bad in ["", "example.com", "file:///etc/passwd", "ftp://example.com", "https://"] {
            assert_eq!(check(bad, word), Some(E::Url), "{bad}");
        }
        assert_eq!(check("https://me:word@example.com", word), Some(E::UrlCredentials));
        for bad in [None, Some(""), Some("short")] {
            assert_eq!(check("https://example.com", bad), Some(E::WebhookSecret));
        }
    }
}
