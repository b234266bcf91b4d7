//! Signing in to Upstox with a token.
//!
//! The form posts even before the page is alive, so that a token never ends up in an address.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use crate::components::ErrorNote;
use crate::rpc::session::{SignIn, SignInOutcome};

#[component]
pub(super) fn TokenForm(next: Memo<String>) -> impl IntoView {
    let sign_in = ServerAction::<SignIn>::new();
    let (value, pending) = (sign_in.value(), sign_in.pending());
    let unquestioned =
        Signal::derive(move || matches!(value.get(), Some(Ok(SignInOutcome::SignedIn { remark: None }))));
    go_on_when(unquestioned, next);
    view! {
        <h1 class="text-xl font-semibold">"Sign in to Upstox"</h1>
        <p class="mt-2 text-muted">
            "ExpiryTrack asks Upstox in your name. It keeps the token sealed on this machine and sends it to Upstox only."
        </p>
        <ActionForm action=sign_in attr:class="mt-5" attr:autocomplete="off">
            <label class="block font-medium" for="token">"Access token"</label>
            <div class="mt-1.5 flex flex-wrap gap-2">
                <input id="token" name="token" type="password" required autocomplete="off" autocapitalize="off"
                    spellcheck="false" maxlength="8192" aria-describedby="token-help token-answer" class="input min-w-0 flex-1"/>
                <button type="submit" class="btn btn-primary" disabled=pending>
                    {move || if pending.get() { "Asking Upstox…" } else { "Sign in" }}
                </button>
            </div>
        </ActionForm>
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
                Some(Ok(SignInOutcome::SignedIn { remark: Some(remark) })) => Some(view! {
                    <div class="notice notice-warning"><p>{remark}</p></div>
                }.into_any()),
                _ => None,
            }}
        </div>
        <div id="token-help" class="mt-5 text-sm">
            <h2 class="font-semibold">"Where to get one"</h2>
            <ol class="mt-1.5 list-decimal space-y-1 pl-5 text-muted">
                <li>"Open account.upstox.com/developer/apps and sign in there."</li>
                <li>"Choose your app, or make one, and generate its access token. It ends at the next 03:30 IST."</li>
                <li>"Copy it and paste it above. Expired contracts need the Plus plan of Upstox."</li>
            </ol>
            <p class="mt-3 text-muted">
                "On a terminal, "<code>"expirytrack login --token-stdin"</code>" does the same."
            </p>
        </div>
    }
    .into_any()
}

/// A token that could not be checked stays on the page with its remark; else the person goes on.
fn go_on_when(signed_in: Signal<bool>, next: Memo<String>) {
    let navigate = use_navigate();
    Effect::new(move || {
        if signed_in.get() {
            navigate(&next.get_untracked(), Default::default());
        }
    });
}
