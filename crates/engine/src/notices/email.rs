//! A notice as an email, over SMTP. One connection a notice: they are few.

use std::time::{Duration, SystemTime};

use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use protocol::{EmailSettings, Notice, SmtpSecurity};
use secrecy::{ExposeSecret, SecretString};

use super::delivery::{DeliveryError, PATIENCE};

/// Sends one notice. Says to whom.
pub(super) async fn send(
    settings: &EmailSettings,
    password: Option<&SecretString>,
    notice: &Notice,
    simulated: bool,
) -> Result<String, DeliveryError> {
    let message = compose(settings, notice, simulated)?;
    let transport = transport(settings, password)?;
    // The transport's own time-out is for each step of the conversation.
    let sent = tokio::time::timeout(PATIENCE, transport.send(message)).await;
    sent.map_err(|_| DeliveryError::TimedOut)?.map_err(mail_error)?;
    Ok(settings.to.join(", "))
}

fn transport(
    settings: &EmailSettings,
    password: Option<&SecretString>,
) -> Result<AsyncSmtpTransport<Tokio1Executor>, DeliveryError> {
    let parameters = || TlsParameters::new(settings.host.clone()).map_err(mail_error);
    let tls = match settings.security {
        SmtpSecurity::Tls => Tls::Wrapper(parameters()?),
        SmtpSecurity::StartTls => Tls::Required(parameters()?),
        SmtpSecurity::None => Tls::None,
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host.clone())
        .port(settings.port)
        .tls(tls)
        .timeout(Some(PATIENCE));
    if let Some(password) = password {
        let password = password.expose_secret().to_owned();
        builder = builder.credentials(Credentials::new(settings.user.clone(), password));
    }
    Ok(builder.build())
}

fn compose(settings: &EmailSettings, notice: &Notice, simulated: bool) -> Result<Message, DeliveryError> {
    // The settings were checked when they were put; those of another version may not be.
    let mailbox = |text: &str| text.parse().map_err(|_| DeliveryError::Mailbox(text.to_owned()));
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(notice.at.0.try_into().unwrap_or(0));
    let market = if simulated { " simulated market" } else { "" };
    let mut builder = Message::builder()
        .from(mailbox(&settings.from)?)
        .date(at)
        .header(ContentType::TEXT_PLAIN)
        .subject(format!("[ExpiryTrack{market}] {}", notice.title));
    for address in &settings.to {
        builder = builder.to(mailbox(address)?);
    }
    let body = format!("{}\n\n{}\n\n{} IST\n", notice.title, notice.message, notice.at.to_ist_text());
    builder.body(body).map_err(|error| DeliveryError::Refused(error.to_string()))
}

fn mail_error(error: lettre::transport::smtp::Error) -> DeliveryError {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        if !text.contains(&cause.to_string()) {
            text = format!("{text}: {cause}");
        }
        source = cause.source();
    }
    DeliveryError::Refused(text)
}
