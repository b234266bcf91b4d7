//! Notices by webhook: a signed POST to an address of the person's own.

use leptos::prelude::*;
use protocol::{NoticeChannel, NoticeSettingsPicture};

use super::channel::{Field, Kinds, StateAndTest};
use super::draft::Draft;
use crate::browser::compiled_once::memo;
use crate::browser::components::Show;

#[component]
pub(super) fn WebhookPanel(
    draft: Draft,
    kept: RwSignal<NoticeSettingsPicture>,
    changed: Memo<bool>,
) -> impl IntoView {
    let is_on = draft.by_webhook;
    let is_kept = memo(move || kept.with(|kept| kept.settings.webhook.is_some()));
    let has_secret = memo(move || kept.with(|kept| kept.webhook_state.has_secret));
    let state = Signal::derive(move || kept.with(|kept| kept.webhook_state.clone()));
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
                    <Kinds held=draft.webhook_kinds/>
                    <Show when=move || is_kept.get()>
                        <StateAndTest channel=NoticeChannel::Webhook state changed/>
                    </Show>
                </div>
            </Show>
        </section>
    }
    .into_any()
}
