//! The settings as they are typed, and what is sent of them.

use leptos::prelude::*;
use protocol::{
    EmailSettings, NewNoticeSettings, NoticeKind, NoticeSettings, SecretText, SmtpSecurity, WebhookSettings,
};

/// Copies share the fields.
#[derive(Clone, Copy)]
pub(super) struct Draft {
    pub by_email: RwSignal<bool>,
    pub host: RwSignal<String>,
    pub port: RwSignal<String>,
    pub security: RwSignal<SmtpSecurity>,
    pub user: RwSignal<String>,
    /// Empty: the stored one stays.
    pub password: RwSignal<String>,
    pub from: RwSignal<String>,
    /// Addresses between commas.
    pub to: RwSignal<String>,
    pub email_kinds: RwSignal<Vec<NoticeKind>>,
    pub by_webhook: RwSignal<bool>,
    pub url: RwSignal<String>,
    /// Empty: the stored one stays.
    pub secret: RwSignal<String>,
    pub webhook_kinds: RwSignal<Vec<NoticeKind>>,
}

/// What was typed and not saved, kept while other pages are shown. It lives as long as the document.
#[derive(Clone)]
pub struct KeptDraft {
    owner: Option<Owner>,
    draft: StoredValue<Option<Draft>>,
}

impl KeptDraft {
    /// Provides it; called once, by the app.
    pub fn provide() {
        provide_context(Self { owner: Owner::current(), draft: StoredValue::new(None) });
    }

    /// The one that was left, else a new one. It is dropped with its page where `changed` says that all is saved.
    pub(super) fn take_up(self, settings: &NoticeSettings) -> Draft {
        if let Some(left) = self.draft.get_value() {
            return left;
        }
        let fresh = || Draft::of(settings);
        let draft = match &self.owner {
            Some(owner) => owner.with(fresh),
            None => fresh(),
        };
        self.draft.set_value(Some(draft));
        draft
    }

    pub(super) fn drop_when_left(self, changed: Memo<bool>) {
        let draft = self.draft;
        on_cleanup(move || {
            if changed.try_get_untracked() == Some(false) {
                draft.set_value(None);
            }
        });
    }
}

impl Draft {
    pub fn of(settings: &NoticeSettings) -> Self {
        let security = SmtpSecurity::default();
        let email = settings.email.clone().unwrap_or_else(|| EmailSettings {
            host: String::new(),
            port: security.usual_port(),
            security,
            user: String::new(),
            from: String::new(),
            to: Vec::new(),
            kinds: NoticeKind::ALL.into(),
        });
        let webhook = settings
            .webhook
            .clone()
            .unwrap_or_else(|| WebhookSettings { url: String::new(), kinds: NoticeKind::ALL.into() });
        Self {
            by_email: RwSignal::new(settings.email.is_some()),
            host: RwSignal::new(email.host),
            port: RwSignal::new(email.port.to_string()),
            security: RwSignal::new(email.security),
            user: RwSignal::new(email.user),
            password: RwSignal::new(String::new()),
            from: RwSignal::new(email.from),
            to: RwSignal::new(email.to.join(", ")),
            email_kinds: RwSignal::new(email.kinds.into_iter().collect()),
            by_webhook: RwSignal::new(settings.webhook.is_some()),
            url: RwSignal::new(webhook.url),
            secret: RwSignal::new(String::new()),
            webhook_kinds: RwSignal::new(webhook.kinds.into_iter().collect()),
        }
    }

    /// Another protection has another usual port; one that was typed stays.
    pub fn protect(&self, security: SmtpSecurity) {
        let before = self.security.get_untracked().usual_port().to_string();
        if self.port.with_untracked(|port| *port == before) {
            self.port.set(security.usual_port().to_string());
        }
        self.security.set(security);
    }

    /// They are kept by the server now.
    pub fn forget_secrets(&self) {
        self.password.set(String::new());
        self.secret.set(String::new());
    }

    /// What is sent, or what is still to be done. Everything else the server judges.
    pub fn order(&self) -> Result<NewNoticeSettings, String> {
        let typed = |secret: String| (!secret.is_empty()).then_some(SecretText(secret));
        let settings = NoticeSettings { email: self.email()?, webhook: self.webhook()? };
        Ok(NewNoticeSettings {
            smtp_password: typed(self.password.get()).filter(|_| settings.email.is_some()),
            webhook_secret: typed(self.secret.get()).filter(|_| settings.webhook.is_some()),
            settings,
        })
    }

    fn email(&self) -> Result<Option<EmailSettings>, String> {
        if !self.by_email.get() {
            return Ok(None);
        }
        let filled = |text: String, what: &str| {
            let text = text.trim().to_owned();
            if text.is_empty() { Err(format!("fill in {what}")) } else { Ok(text) }
        };
        let port =
            self.port.get().trim().parse().map_err(|_| "the port is a number from 1 to 65535".to_owned())?;
        Ok(Some(EmailSettings {
            host: filled(self.host.get(), "the mail server")?,
            port,
            security: self.security.get(),
            user: self.user.get().trim().to_owned(),
            from: filled(self.from.get(), "the sender")?,
            to: filled(self.to.get(), "to whom")?
                .split(',')
                .map(|address| address.trim().to_owned())
                .collect(),
            kinds: self.email_kinds.get().into_iter().collect(),
        }))
    }

    fn webhook(&self) -> Result<Option<WebhookSettings>, String> {
        if !self.by_webhook.get() {
            return Ok(None);
        }
        let url = self.url.get().trim().to_owned();
        if url.is_empty() {
            return Err("fill in the address of the webhook".to_owned());
        }
        Ok(Some(WebhookSettings { url, kinds: self.webhook_kinds.get().into_iter().collect() }))
    }
}
