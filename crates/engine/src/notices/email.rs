//! A notice as an email, over SMTP. One connection a notice: they are few.

use std::time::{Duration, SystemTime};

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use protocol::{EmailSettings, Notice, SmtpSecurity};
use secrecy::{ExposeSecret, SecretString};

use super::delivery::{DeliveryError, PATIENCE};
use super::settings::{NoticeSettingsError, RECIPIENTS_MAX, SecretChange, check_text, is_this_machine};

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

pub(super) fn tidy(email: &mut EmailSettings) {
    for text in [&mut email.host, &mut email.user, &mut email.from].into_iter().chain(&mut email.to) {
        *text = text.trim().to_owned();
    }
    email.to.retain(|address| !address.is_empty());
}

pub(super) fn check(
    email: &EmailSettings,
    before: Option<&EmailSettings>,
    password: &SecretChange<'_>,
) -> Result<(), NoticeSettingsError> {
    for text in [&email.host, &email.user, &email.from].into_iter().chain(&email.to) {
        check_text(text)?;
    }
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
    let server = |email: &EmailSettings| (email.host.clone(), email.port, email.security, email.user.clone());
    if password.stays() && before.map(server) != Some(server(email)) {
        return Err(NoticeSettingsError::PasswordAgain);
    }
    if password.will_be() && email.user.is_empty() {
        return Err(NoticeSettingsError::UserMissing);
    }
    if password.will_be() && email.security == SmtpSecurity::None && !is_this_machine(&email.host) {
        return Err(NoticeSettingsError::ClearPassword);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use protocol::{NoticeKind, SecretText};

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

    #[test]
    fn a_mail_server_is_checked_before_it_is_kept() {
        use NoticeSettingsError as E;
        let check = |email: EmailSettings| {
            let word = SecretText("word".to_owned());
            super::check(&email, None, &SecretChange { is_stored: false, new: Some(&word) }).err()
        };
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
        let stored = SecretChange { is_stored: true, new: None };
        let check = |email: EmailSettings| super::check(&email, Some(&before), &stored).err();
        assert_eq!(check(email(|email| email.to.push("you@example.com".into()))), None);
        for other in [
            email(|email| email.host = "smtp.evil.example".into()),
            email(|email| email.port = 2525),
            email(|email| email.security = SmtpSecurity::StartTls),
        ] {
            assert_eq!(check(other), Some(NoticeSettingsError::PasswordAgain));
        }
    }
}
