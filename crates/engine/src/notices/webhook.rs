//! A notice as a signed POST of JSON. Redirects are not followed: who was named is who is told.
//!
//! `X-ExpiryTrack-Signature` is `sha256=` and the HMAC-SHA256, in hex, of the timestamp of
//! `X-ExpiryTrack-Timestamp`, a dot and the body. So a receiver can refuse what is forged or old.

use market::EpochSeconds;
use protocol::{Notice, SecretText, WebhookSettings};
use reqwest::Url;
use reqwest::header::CONTENT_TYPE;
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::delivery::{DeliveryError, PATIENCE};
use super::settings::{
    NoticeSettingsError, SecretChange, WEBHOOK_SECRET_LENGTH_MIN, check_text, is_this_machine,
};

const SIGNATURE: &str = "X-ExpiryTrack-Signature";
const TIMESTAMP: &str = "X-ExpiryTrack-Timestamp";
const USER_AGENT: &str = concat!("ExpiryTrack/", env!("CARGO_PKG_VERSION"));

/// Sends one notice. Says to whom.
pub(super) async fn send(
    settings: &WebhookSettings,
    secret: &SecretString,
    notice: &Notice,
    simulated: bool,
    now: EpochSeconds,
) -> Result<String, DeliveryError> {
    let url = Url::parse(&settings.url).map_err(|error| DeliveryError::Refused(error.to_string()))?;
    // What stands behind the host may be a secret of the receiver's.
    let host = url.host_str().unwrap_or_default().to_owned();
    let body = body(notice, simulated);
    let client = client(&host).map_err(http_error)?;
    let answer = client
        .post(url)
        .header(CONTENT_TYPE, "application/json")
        .header(TIMESTAMP, now.0.to_string())
        .header(SIGNATURE, format!("sha256={}", sign(secret, now, &body)))
        .body(body)
        .send()
        .await
        .map_err(http_error)?;
    let status = answer.status();
    if status.is_success() { Ok(host) } else { Err(DeliveryError::Status(status.as_u16())) }
}

fn client(host: &str) -> reqwest::Result<reqwest::Client> {
    // An error says only that a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .timeout(PATIENCE)
        .retry(reqwest::retry::never())
        .redirect(reqwest::redirect::Policy::none());
    if is_this_machine(host) {
        builder = builder.no_proxy();
    }
    builder.build()
}

fn body(notice: &Notice, simulated: bool) -> String {
    json!({
        "id": notice.id,
        "at": notice.at,
        "kind": notice.kind,
        "title": notice.title,
        "message": notice.message,
        "job": notice.job,
        "schedule": notice.schedule,
        "simulated": simulated,
    })
    .to_string()
}

fn sign(secret: &SecretString, at: EpochSeconds, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
    let tag = hmac::sign(&key, format!("{}.{body}", at.0).as_bytes());
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn http_error(error: reqwest::Error) -> DeliveryError {
    if error.is_timeout() {
        return DeliveryError::TimedOut;
    }
    DeliveryError::Unreachable(if error.is_connect() {
        "no connection could be made"
    } else {
        "the connection broke"
    })
}

pub(super) fn tidy(webhook: &mut WebhookSettings) {
    webhook.url = webhook.url.trim().to_owned();
}

pub(super) fn check(webhook: &WebhookSettings, secret: &SecretChange<'_>) -> Result<(), NoticeSettingsError> {
    check_text(&webhook.url)?;
    let url = Url::parse(&webhook.url).map_err(|_| NoticeSettingsError::Url)?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(NoticeSettingsError::Url);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(NoticeSettingsError::UrlCredentials);
    }
    let is_long_enough = |secret: &SecretText| secret.0.chars().count() >= WEBHOOK_SECRET_LENGTH_MIN;
    if secret.stays() || secret.new.is_some_and(is_long_enough) {
        Ok(())
    } else {
        Err(NoticeSettingsError::WebhookSecret)
    }
}

#[cfg(test)]
mod tests {
    use protocol::NoticeKind;

    use super::*;

    #[test]
    fn the_signature_is_the_hmac_of_timestamp_and_body() {
        // printf '1700000000.{}' | openssl dgst -sha256 -hmac planted
        let signature = sign(&SecretString::from("planted"), EpochSeconds(1_700_000_000), "{}");
        assert_eq!(signature, "d3712cb755cd79b367782830e4213e5462d53739b87679baea1f3e6c7ee8d29e");
    }

    #[test]
    fn a_webhook_is_a_plain_address_with_a_secret() {
        use NoticeSettingsError as E;
        let check = |url: &str, word: Option<&str>| {
            let word = word.map(|word| SecretText(word.to_owned()));
            let secret = SecretChange { is_stored: false, new: word.as_ref() };
            let webhook = WebhookSettings { url: url.to_owned(), kinds: NoticeKind::ALL.into() };
            super::check(&webhook, &secret).err()
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
