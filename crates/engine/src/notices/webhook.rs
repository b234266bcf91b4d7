//! A notice as a signed POST of JSON. Redirects are not followed: who was named is who is told.
//!
//! `X-ExpiryTrack-Signature` is `sha256=` and the HMAC-SHA256, in hex, of the timestamp of
//! `X-ExpiryTrack-Timestamp`, a dot and the body. So a receiver can refuse what is forged or old.

use market::EpochSeconds;
use protocol::{Notice, WebhookSettings};
use reqwest::Url;
use reqwest::header::CONTENT_TYPE;
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::delivery::{DeliveryError, PATIENCE};
use super::settings::is_this_machine;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_hmac_of_timestamp_and_body() {
        // printf '1700000000.{}' | openssl dgst -sha256 -hmac planted
        let signature = sign(&SecretString::from("planted"), EpochSeconds(1_700_000_000), "{}");
        assert_eq!(signature, "d3712cb755cd79b367782830e4213e5462d53739b87679baea1f3e6c7ee8d29e");
    }
}
