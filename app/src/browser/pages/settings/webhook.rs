//! Notices by webhook: a signed POST to an address of the person's own.

use leptos::prelude::*;
use protocol::{ChannelSettings, NoticeChannel, NoticeKind, NoticeSettingsPicture, WebhookSettings};

use super::channel::{Kinds, StateAndTest};
use super::draft::filled;
use crate::browser::compiled_once::memo;
use crate::browser::components::{Field, Show};

/// The settings as they are typed. Copies share the fields.
#[derive(Clone, Copy)]
pub(super) struct WebhookDraft {
    is_on: RwSignal<bool>,
    url: RwSignal<String>,
    /// Empty: the stored one stays.
    pub secret: RwSignal<String>,
    kinds: RwSignal<Vec<NoticeKind>>,
}

impl WebhookDraft {
    pub fn of(settings: Option<&ChannelSettings>) -> Self {
        let settings = match settings {
            Some(ChannelSettings::Webhook(webhook)) => Some(webhook.clone()),
            _ => None,
        };
        let is_on = settings.is_some();
        let webhook =
            settings.unwrap_or_else(|| WebhookSettings { url: String::new(), kinds: NoticeKind::ALL.into() });
        Self {
            is_on: RwSignal::new(is_on),
            url: RwSignal::new(webhook.url),
            secret: RwSignal::new(String::new()),
            kinds: RwSignal::new(webhook.kinds.into_iter().collect()),
        }
    }

    /// What is sent, or what is still to be done; none when it is off.
    pub fn order(&self) -> Result<Option<ChannelSettings>, String> {
        if !self.is_on.get() {
            return Ok(None);
        }
        Ok(Some(ChannelSettings::Webhook(WebhookSettings {
            url: filled(self.url, "the address of the webhook")?,
            kinds: self.kinds.get().into_iter().collect(),
        })))
    }
}

#[component]
pub(super) fn WebhookPanel(
    draft: WebhookDraft,
    kept: RwSignal<NoticeSettingsPicture>,
    changed: Memo<bool>,
) -> impl IntoView {
    let is_on = draft.is_on;
    let is_kept = memo(move || kept.with(|kept| kept.settings.get(NoticeChannel::Webhook).is_some()));
    let has_secret = memo(move || kept.with(|kept| kept.state(NoticeChannel::Webhook).has_secret));
    let state = Signal::derive(move || kept.with(|kept| kept.state(NoticeChannel::Webhook)));
    view! {
        <section class="panel" aria-labelledby="webhook-title">
            <label class="flex cursor-pointer items-center gap-2">
                <input type="checkbox" class="toggle toggle-sm toggle-primary" checked=is_on prop:checked=is_on
                    on:change=move |event| is_on.set(event_target_checked(&event))/>
                <span id="webhook-title" class="font-semibold">"By webhook"</span>
            </label>
            <Show when=move || is_on.get()>
                <div class="mt-4 grid gap-4">
                    <div class="grid gap-x-4 gap-y-1 sm:grid-cols-2">
                        <Field id="webhook-url" label="Address" held=draft.url placeholder="https://example.com/expirytrack"/>
                        {move || if has_secret.get() {
                            view! { <Field id="webhook-secret" label="Secret" held=draft.secret kind="password" hint="One is stored; type only to replace it."/> }
                        } else {
                            view! { <Field id="webhook-secret" label="Secret" held=draft.secret kind="password" hint="At least 16 characters; the receiver checks signatures with it."/> }
                        }}
                    </div>
                    <p class="text-xs text-muted">
                        "Each notice is a POST of JSON. "<code>"X-ExpiryTrack-Signature"</code>" is "<code>"sha256="</code>
                        " and the HMAC-SHA256 of the timestamp in "<code>"X-ExpiryTrack-Timestamp"</code>", a dot, and the body."
                    </p>
                    <Kinds held=draft.kinds/>
                    <Show when=move || is_kept.get()>
                        <StateAndTest channel=NoticeChannel::Webhook state changed/>
                    </Show>
                </div>
            </Show>
        </section>
    }
    .into_any()
}
