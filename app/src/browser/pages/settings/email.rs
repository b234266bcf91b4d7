//! Notices by email: the mail server, who sends, to whom.

use leptos::prelude::*;
use protocol::{
    ChannelSettings, EmailSettings, NoticeChannel, NoticeKind, NoticeSettingsPicture, SmtpSecurity,
};

use super::channel::{Kinds, StateAndTest};
use super::draft::filled;
use crate::browser::compiled_once::memo;
use crate::browser::components::{Field, Show};

/// The settings as they are typed. Copies share the fields.
#[derive(Clone, Copy)]
pub(super) struct EmailDraft {
    is_on: RwSignal<bool>,
    host: RwSignal<String>,
    port: RwSignal<String>,
    security: RwSignal<SmtpSecurity>,
    user: RwSignal<String>,
    /// Empty: the stored one stays.
    pub password: RwSignal<String>,
    from: RwSignal<String>,
    /// Addresses between commas.
    to: RwSignal<String>,
    kinds: RwSignal<Vec<NoticeKind>>,
}

impl EmailDraft {
    pub fn of(settings: Option<&ChannelSettings>) -> Self {
        let settings = match settings {
            Some(ChannelSettings::Email(email)) => Some(email.clone()),
            _ => None,
        };
        let is_on = settings.is_some();
        let email = settings.unwrap_or_else(unset);
        Self {
            is_on: RwSignal::new(is_on),
            host: RwSignal::new(email.host),
            port: RwSignal::new(email.port.to_string()),
            security: RwSignal::new(email.security),
            user: RwSignal::new(email.user),
            password: RwSignal::new(String::new()),
            from: RwSignal::new(email.from),
            to: RwSignal::new(email.to.join(", ")),
            kinds: RwSignal::new(email.kinds.into_iter().collect()),
        }
    }

    /// Another protection has another usual port; one that was typed stays.
    fn protect(&self, security: SmtpSecurity) {
        let before = self.security.get_untracked().usual_port().to_string();
        if self.port.with_untracked(|port| *port == before) {
            self.port.set(security.usual_port().to_string());
        }
        self.security.set(security);
    }

    /// What is sent, or what is still to be done; none when it is off.
    pub fn order(&self) -> Result<Option<ChannelSettings>, String> {
        if !self.is_on.get() {
            return Ok(None);
        }
        let port =
            self.port.get().trim().parse().map_err(|_| "the port is a number from 1 to 65535".to_owned())?;
        let to = filled(self.to, "to whom");
        Ok(Some(ChannelSettings::Email(EmailSettings {
            host: filled(self.host, "the mail server")?,
            port,
            security: self.security.get(),
            user: self.user.get().trim().to_owned(),
            from: filled(self.from, "the sender")?,
            to: to?.split(',').map(|address| address.trim().to_owned()).collect(),
            kinds: self.kinds.get().into_iter().collect(),
        })))
    }
}

fn unset() -> EmailSettings {
    let security = SmtpSecurity::default();
    EmailSettings {
        host: String::new(),
        port: security.usual_port(),
        security,
        user: String::new(),
        from: String::new(),
        to: Vec::new(),
        kinds: NoticeKind::ALL.into(),
    }
}

#[component]
pub(super) fn EmailPanel(
    draft: EmailDraft,
    kept: RwSignal<NoticeSettingsPicture>,
    changed: Memo<bool>,
) -> impl IntoView {
    let is_on = draft.is_on;
    let is_kept = memo(move || kept.with(|kept| kept.settings.get(NoticeChannel::Email).is_some()));
    let state = Signal::derive(move || kept.with(|kept| kept.state(NoticeChannel::Email)));
    view! {
        <section class="panel" aria-labelledby="email-title">
            <label class="flex cursor-pointer items-center gap-2">
                <input type="checkbox" class="toggle toggle-sm toggle-primary" checked=is_on prop:checked=is_on
                    on:change=move |event| is_on.set(event_target_checked(&event))/>
                <span id="email-title" class="font-semibold">"By email"</span>
            </label>
            <Show when=move || is_on.get()>
                <div class="mt-4 grid gap-4">
                    <Security draft/>
                    <div class="grid gap-x-4 gap-y-1 sm:grid-cols-2">
                        <Field id="smtp-host" label="Mail server" held=draft.host placeholder="smtp.example.com"/>
                        <Field id="smtp-port" label="Port" held=draft.port/>
                        <Field id="smtp-user" label="User" held=draft.user hint="Empty where the server asks for none."/>
                        <Password draft kept/>
                        <Field id="smtp-from" label="From" held=draft.from placeholder="ExpiryTrack <me@example.com>"/>
                        <Field id="smtp-to" label="To" held=draft.to placeholder="me@example.com, you@example.com"/>
                    </div>
                    <Kinds held=draft.kinds/>
                    <Show when=move || is_kept.get()>
                        <StateAndTest channel=NoticeChannel::Email state changed/>
                    </Show>
                </div>
            </Show>
        </section>
    }
    .into_any()
}

#[component]
fn Security(draft: EmailDraft) -> impl IntoView {
    let entry = move |(security, words): (SmtpSecurity, &'static str)| {
        let is_chosen = memo(move || draft.security.get() == security);
        view! {
            <label class="segment" class:chosen=is_chosen>
                <input type="radio" name="security" class="sr-only" checked=is_chosen prop:checked=is_chosen
                    on:change=move |_| draft.protect(security)/>
                {words}
            </label>
        }
    };
    let choices =
        [(SmtpSecurity::Tls, "TLS"), (SmtpSecurity::StartTls, "STARTTLS"), (SmtpSecurity::None, "None")];
    view! {
        <fieldset>
            <legend class="field-label">"Protection"</legend>
            <div class="segments">{choices.map(entry)}</div>
        </fieldset>
    }
    .into_any()
}

#[component]
fn Password(draft: EmailDraft, kept: RwSignal<NoticeSettingsPicture>) -> impl IntoView {
    view! {
        {move || if kept.with(|kept| kept.state(NoticeChannel::Email).has_secret) {
            view! { <Field id="smtp-password" label="Password" held=draft.password kind="password" hint="One is stored; type only to replace it."/> }
        } else {
            view! { <Field id="smtp-password" label="Password" held=draft.password kind="password"/> }
        }}
    }
    .into_any()
}
