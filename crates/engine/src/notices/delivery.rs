//! Sending what is due: one attempt each, and what an attempt that failed leads to.

use std::time::Duration;

use market::EpochSeconds;
use protocol::{Notice, NoticeChannel};
use secrecy::{ExposeSecret, SecretString};
use store::{DeliveryEnd, DueDelivery};
use tracing::warn;

use super::channel::send;
use super::service::NotificationService;
use crate::error::EngineError;

/// One attempt is given up after this.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// Seconds until the next attempt after the first, second, … that failed; then the delivery is given up.
const RETRY_AFTER_SECONDS: [i64; 5] = [30, 120, 600, 3_600, 4 * 3_600];
/// Deliveries that are read at once.
const DUE_AT_ONCE_MAX: u32 = 20;

/// Why an attempt failed. Holds no address of a webhook and no secret.
#[derive(Debug, thiserror::Error)]
pub(super) enum DeliveryError {
    #[error("it is not set up any more")]
    NotSetUp,
    #[error("its secret is missing or was sealed with another key: put it again")]
    SecretMissing,
    #[error("\"{0}\" is no email address")]
    Mailbox(String),
    #[error("the mail could not be handed over: {0}")]
    Refused(String),
    #[error("no answer came within {} s", PATIENCE.as_secs())]
    TimedOut,
    #[error("{0}")]
    Unreachable(&'static str),
    #[error("it answers with the status {0}{hint}", hint = if (300..400).contains(.0) { "; redirects are not followed" } else { "" })]
    Status(u16),
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl NotificationService {
    /// Sends everything that is due, once. One sender at a time.
    pub(super) async fn deliver_due(&self) -> Result<(), EngineError> {
        let _turn = self.turn().lock().await;
        // What fails is due later, and what is sent is due no more; so this ends.
        loop {
            let due = self.store().due_deliveries(self.now(), DUE_AT_ONCE_MAX).await?;
            if due.is_empty() {
                return Ok(());
            }
            for delivery in due {
                self.deliver(delivery).await?;
            }
        }
    }

    async fn deliver(&self, due: DueDelivery) -> Result<(), EngineError> {
        let (notice, channel) = (&due.notice, due.channel);
        let sent = self.send(channel, notice).await;
        let now = self.now();
        let end = match sent {
            Ok(_) => DeliveryEnd::Delivered,
            Err(error) => {
                warn!(notice = notice.id, channel = channel.as_str(), %error, "a notice could not be delivered");
                after_failure(&error, due.attempts, now)
            }
        };
        Ok(self.store().end_delivery(due.id, now, &end).await?)
    }

    /// Sends one notice now. Says to whom.
    pub(super) async fn send(
        &self,
        channel: NoticeChannel,
        notice: &Notice,
    ) -> Result<String, DeliveryError> {
        let settings = self.book().read().await?;
        let settings = settings.get(channel).ok_or(DeliveryError::NotSetUp)?;
        let secret = self.book().secret(channel).await?;
        let sent = send(settings, secret.as_ref(), notice, self.is_simulated(), self.now()).await;
        sent.map_err(|error| without_secret(error, secret.as_ref()))
    }
}

/// A server's own words may repeat what it was told.
fn without_secret(error: DeliveryError, secret: Option<&SecretString>) -> DeliveryError {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    match (error, secret) {
        (DeliveryError::Refused(text), Some(secret)) => {
            let secret = secret.expose_secret();
            let shown = [secret, &STANDARD.encode(secret)].iter().any(|form| text.contains(*form));
            DeliveryError::Refused(if shown { "its answer repeats the password".to_owned() } else { text })
        }
        (error, _) => error,
    }
}

fn after_failure(error: &DeliveryError, attempts: u32, now: EpochSeconds) -> DeliveryEnd {
    let text = error.to_string();
    let retry_after = RETRY_AFTER_SECONDS.get(usize::try_from(attempts).unwrap_or(usize::MAX));
    match (error, retry_after) {
        (DeliveryError::NotSetUp, _) | (_, None) => DeliveryEnd::Failed { error: text },
        (_, Some(seconds)) => DeliveryEnd::Later { at: EpochSeconds(now.0 + seconds), error: text },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_is_repeated_later_and_later_and_then_given_up() {
        let now = EpochSeconds(1_000);
        let error = DeliveryError::Status(503);
        for (attempts, seconds) in RETRY_AFTER_SECONDS.into_iter().enumerate() {
            let end = after_failure(&error, attempts as u32, now);
            assert!(matches!(end, DeliveryEnd::Later { at, .. } if at.0 == 1_000 + seconds), "{end:?}");
        }
        assert!(matches!(after_failure(&error, 5, now), DeliveryEnd::Failed { .. }));
        assert!(matches!(after_failure(&DeliveryError::NotSetUp, 0, now), DeliveryEnd::Failed { .. }));
    }

    #[test]
    fn a_server_that_repeats_the_password_is_not_quoted() {
        let secret = SecretString::from("planted word");
        for answer in ["535 planted word is wrong", "535 cGxhbnRlZCB3b3Jk"] {
            let error = without_secret(DeliveryError::Refused(answer.to_owned()), Some(&secret));
            assert!(!error.to_string().contains("535"), "{error}");
        }
        let honest = without_secret(DeliveryError::Refused("535 no".to_owned()), Some(&secret));
        assert!(honest.to_string().contains("535 no"));
    }
}
