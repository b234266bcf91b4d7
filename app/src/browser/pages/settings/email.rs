//! Notices by email: the mail server, who sends, to whom.

use leptos::prelude::*;
use protocol::{NoticeChannel, NoticeSettingsPicture, SmtpSecurity};

use super::channel::{Field, Kinds, StateAndTest};
use super::draft::Draft;
use crate::browser::compiled_once::memo;
use crate::browser::components::Show;

#[component]
pub(super) fn EmailPanel(
    draft: Draft,
    kept: RwSignal<NoticeSettingsPicture>,
    changed: Memo<bool>,
) -> impl IntoView {
    let is_on = draft.by_email;
    let is_kept = memo(move || kept.with(|kept| kept.settings.email.is_some()));
    let state = Signal::derive(move || kept.with(|kept| kept.email_state.clone()));
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
                    <Kinds held=draft.email_kinds/>
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
fn Security(draft: Draft) -> impl IntoView {
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
fn Password(draft: Draft, kept: RwSignal<NoticeSettingsPicture>) -> impl IntoView {
    view! {
        {move || if kept.with(|kept| kept.email_state.has_secret) {
            view! { <Field id="smtp-password" label="Password" held=draft.password kind="password" hint="One is stored; type only to replace it."/> }
        } else {
            view! { <Field id="smtp-password" label="Password" held=draft.password kind="password"/> }
        }}
    }
    .into_any()
}
