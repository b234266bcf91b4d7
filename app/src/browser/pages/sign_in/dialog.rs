//! Signing in through the dialog of Upstox: the way there, and the way back where the browser does not end here.

use leptos::prelude::*;
use protocol::{AppPicture, SignInPicture};

use super::app_form::AppForm;
use super::token_form::TokenForm;
use crate::address::{encoded, leads_here};
use crate::browser::compiled_once::memo;
use crate::browser::components::{ErrorNote, Show, SwitchMarket};
use crate::format;
use crate::rpc;
use protocol::Market;

#[component]
pub(super) fn UpstoxSignIn(
    picture: SignInPicture,
    next: Memo<String>,
    remark: RwSignal<Option<String>>,
    /// The person is signed in by a form of this page.
    goes_on: RwSignal<bool>,
) -> impl IntoView {
    let app = RwSignal::new(picture.app);
    let has_app = memo(move || app.with(|app| app.key_end.is_some()));
    view! {
        <h1 class="text-xl font-semibold">"Sign in to Upstox"</h1>
        <p class="mt-2 text-muted">
            "ExpiryTrack asks Upstox in your name. It keeps what you give it sealed on this machine and sends it to Upstox only."
        </p>
        {picture.refused.map(|reason| view! { <NotFinished reason/> })}
        <Show when=move || has_app.get() fallback=move || view! {
            <h2 class="mt-5 mb-2 font-semibold">"First, once: your app at Upstox"</h2>
            <AppForm app/>
        }>
            <ToTheDialog app next goes_on/>
        </Show>
        <details class="mt-6">
            <summary class="cursor-pointer font-semibold">"Paste a token instead"</summary>
            <TokenForm remark goes_on/>
        </details>
        <p class="mt-6 text-sm text-muted">"No account at hand? Look around first: "<SwitchMarket to=Market::Simulated words="Try the simulated market" class="btn btn-xs"/></p>
    }
    .into_any()
}

/// Why the last sign-in through the dialog was not finished.
#[component]
fn NotFinished(reason: String) -> impl IntoView {
    view! {
        <div class="error-note mt-4" role="alert">
            <p class="font-semibold">"The sign-in was not finished"</p>
            <p class="mt-1">{format::sentence(&reason)}</p>
            <p class="mt-1 text-muted">"Nothing has changed."</p>
        </div>
    }
}

#[component]
fn ToTheDialog(app: RwSignal<AppPicture>, next: Memo<String>, goes_on: RwSignal<bool>) -> impl IntoView {
    let comes_back = memo(move || {
        let here = window().location().origin().unwrap_or_default();
        app.with(|app| leads_here(&app.redirect_uri, &here))
    });
    let login = move || format!("/login?next={}", encoded(&next.get()));
    view! {
        <Show when=move || comes_back.get() fallback=move || view! { <Elsewhere app goes_on/> }>
            // `external` keeps the router out: `/login` is the server's.
            <p class="mt-5"><a class="btn btn-primary" href=login rel="external">"Sign in with Upstox"</a></p>
        </Show>
        <details class="mt-6">
            <summary class="cursor-pointer font-semibold">"Change the app"</summary>
            <div class="mt-3"><AppForm app/></div>
        </details>
    }
    .into_any()
}

/// The registered address is not this server's: said before the person is sent away.
#[component]
fn Elsewhere(app: RwSignal<AppPicture>, goes_on: RwSignal<bool>) -> impl IntoView {
    let address = RwSignal::new(String::new());
    let send = Action::new(move |address: &String| {
        let sent = rpc::settled(rpc::session::come_back(address.clone()));
        async move {
            let answer = sent.await;
            // Here and not in an effect: the session's state may have taken this form away by now.
            if answer.is_ok() {
                goes_on.try_set(true);
            }
            answer
        }
    });
    let here = window().location().origin().unwrap_or_default();
    view! {
        <div class="notice notice-warning mt-5">
            <p>
                "Upstox will send the browser to "<code>{move || app.with(|app| app.redirect_uri.clone())}</code>
                ", and this page is at "<code>{here}</code>". If nothing answers there, that is no fault: copy the address that the browser then shows, and paste it here."
            </p>
        </div>
        <ol class="mt-4 list-decimal space-y-3 pl-5">
            <li><a class="btn btn-primary btn-sm" href="/login" target="_blank" rel="external">"Open the sign-in of Upstox"</a>" in another tab, and sign in there."</li>
            <li>
                <form autocomplete="off" on:submit=move |event: leptos::ev::SubmitEvent| {
                    event.prevent_default();
                    send.dispatch(address.get_untracked());
                }>
                    <label class="block" for="ended-at">"Paste the address that it ended at, within ten minutes:"</label>
                    <div class="mt-1.5 flex flex-wrap gap-2">
                        <input id="ended-at" type="text" class="input input-sm min-w-0 flex-1" autocomplete="off" spellcheck="false"
                            placeholder="http://…?code=…&state=…" prop:value=address on:input=move |event| address.set(event_target_value(&event))/>
                        <button type="submit" class="btn btn-sm" disabled=move || send.pending().get() || address.with(String::is_empty)>
                            {move || if send.pending().get() { "Asking Upstox…" } else { "Sign in" }}
                        </button>
                    </div>
                </form>
            </li>
        </ol>
        <div class="mt-3" aria-live="polite">
            {move || send.value().get().and_then(Result::err).map(|problem| view! {
                <ErrorNote what="Not signed in" problem kept="Nothing has changed."/>
            })}
        </div>
    }
    .into_any()
}
