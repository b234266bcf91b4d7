//! What a channel is to the settings and to the delivery: each question is put to all of them here, and each
//! answers in a file of its own.

use market::EpochSeconds;
use protocol::{ChannelSettings, Notice, NoticeChannel};
use secrecy::SecretString;

use super::delivery::DeliveryError;
use super::settings::{NoticeSettingsError, SecretChange};
use super::{email, webhook};

/// What the vault knows a channel's secret by.
pub(super) fn secret_name(channel: NoticeChannel) -> &'static str {
    match channel {
        NoticeChannel::Email => "notice_smtp_password",
        NoticeChannel::Webhook => "notice_webhook_secret",
    }
}

/// Takes away what a person's typing leaves behind.
pub(super) fn tidy(settings: &mut ChannelSettings) {
    match settings {
        ChannelSettings::Email(email) => email::tidy(email),
        ChannelSettings::Webhook(webhook) => webhook::tidy(webhook),
    }
}

pub(super) fn check(
    settings: &ChannelSettings,
    before: Option<&ChannelSettings>,
    secret: &SecretChange<'_>,
) -> Result<(), NoticeSettingsError> {
    match settings {
        ChannelSettings::Email(email) => {
            let before = before.and_then(|before| match before {
                ChannelSettings::Email(before) => Some(before),
                ChannelSettings::Webhook(_) => None,
            });
            email::check(email, before, secret)
        }
        ChannelSettings::Webhook(webhook) => webhook::check(webhook, secret),
    }
}

/// One attempt. Says to whom it went.
pub(super) async fn send(
    settings: &ChannelSettings,
    secret: Option<&SecretString>,
    notice: &Notice,
    simulated: bool,
    now: EpochSeconds,
) -> Result<String, DeliveryError> {
    match settings {
        ChannelSettings::Email(email) => email::send(email, secret, notice, simulated).await,
        ChannelSettings::Webhook(webhook) => {
            let secret = secret.ok_or(DeliveryError::SecretMissing)?;
            webhook::send(webhook, secret, notice, simulated, now).await
        }
    }
}
