//! Signing in to Upstox with a token.
//!
//! A token never ends up in an address: the form can be sent only when the page is alive and sends it by itself.

use leptos::html::Input;
use leptos::prelude::*;

use crate::browser::compiled_once::effect;
use crate::browser::components::ErrorNote;
use crate::rpc::session::{SignInOutcome, sign_in};

#[component]
pub(super) fn TokenForm(
    /// What could not be made sure of, above the form and past its end.
    remark: RwSignal<Option<String>>,
    /// Set where nothing is left to be said; who has a remark to read stays.
    goes_on: RwSignal<bool>,
) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let is_alive = RwSignal::new(false);
    effect(move || is_alive.set(true));
    let send = Action::new(move |token: &String| {
        let token = token.clone();
        async move {
            let answer = sign_in(token).await;
            // Here and not in an effect: the session's state may have taken this form away by now.
            if let Ok(SignInOutcome::SignedIn { remark: told }) = &answer {
                remark.try_set(told.clone());
                goes_on.try_set(told.is_none());
            }
            answer
        }
    });
    let (value, pending) = (send.value(), send.pending());
    view! {
        <form method="post" class="mt-3" autocomplete="off" on:submit=move |event| {
            event.prevent_default();
            // The field itself is asked: a token may have been pasted before the page was alive.
            if let Some(field) = field.get_untracked() {
                send.dispatch(field.value());
            }
        }>
            <label class="block font-medium" for="token">"Access token"</label>
            <div class="mt-1.5 flex flex-wrap gap-2">
                <input id="token" name="token" type="password" required autocomplete="off" autocapitalize="off"
                    spellcheck="false" maxlength="8192" aria-describedby="token-help token-answer" class="input min-w-0 flex-1"
                    node_ref=field/>
                <button type="submit" class="btn btn-primary" disabled=move || pending.get() || !is_alive.get()>
                    {move || if pending.get() { "Asking Upstox…" } else { "Sign in" }}
                </button>
            </div>
        </form>
        <div id="token-answer" class="mt-3" aria-live="polite">
            {move || match value.get() {
                Some(Ok(SignInOutcome::Refused { sentence })) => Some(view! {
                    <div class="error-note">
                        <p class="font-semibold">"Not signed in"</p>
                        <p class="mt-1">{sentence}</p>
                        <p class="mt-1 text-muted">"Nothing has changed."</p>
                    </div>
                }.into_any()),
                Some(Err(problem)) => Some(view! { <ErrorNote what="Not signed in" problem kept="Nothing has changed."/> }.into_any()),
                _ => None,
            }}
        </div>
        <div id="token-help" class="mt-5 text-sm">
            <h2 class="font-semibold">"Where to get one"</h2>
            <ol class="mt-1.5 list-decimal space-y-1 pl-5 text-muted">
                <li>
                    "Open "
                    <a class="link" href="https://account.upstox.com/developer/apps" target="_blank" rel="noopener noreferrer external">"account.upstox.com/developer/apps"</a>
                    " and sign in there."
                </li>
                <li>"Choose your app, or make one, and generate its access token, which ends at the next 03:30 IST. An analytics token, which lives a year, may do too."</li>
                <li>"Copy it and paste it above. Expired contracts need the Plus plan of Upstox."</li>
            </ol>
            <p class="mt-3 text-muted">
                "On a terminal, "<code>"expirytrack login --token-stdin"</code>" does the same."
            </p>
        </div>
    }
    .into_any()
}
