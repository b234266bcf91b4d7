//! The app that a person registered at Upstox: where its key comes from, its fields, and a test of it. Key and secret
//! are typed, sent once, and never shown again.

use leptos::prelude::*;
use protocol::{AppPicture, NewApp, REDIRECT_URI_DEFAULT, SecretText};

use crate::address::leads_here;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{ConfirmedButton, ErrorNote, Field, Show};
use crate::browser::left_texts::kept_text;
use crate::format;
use crate::rpc::{self, Problem};

/// Where every server takes a browser back that comes from Upstox.
const CALLBACK: &str = "/callback";

#[component]
pub fn AppForm(app: RwSignal<AppPicture>) -> impl IntoView {
    let (key, secret) = (kept_text("api-key", String::new), kept_text("api-secret", String::new));
    let redirect_uri = kept_text("redirect-uri", move || app.with_untracked(|app| app.redirect_uri.clone()));
    let is_kept = memo(move || app.with(|app| app.key_end.is_some()));
    let save = Action::new(move |(): &()| {
        let typed = |held: RwSignal<String>| {
            let text = held.get_untracked();
            (!text.trim().is_empty()).then_some(SecretText(text))
        };
        let new = NewApp {
            api_key: typed(key),
            api_secret: typed(secret),
            redirect_uri: redirect_uri.get_untracked(),
        };
        rpc::settled(rpc::session::put_app(new))
    });
    let test = Action::new(|(): &()| rpc::settled(rpc::session::test_app()));
    let forget = Action::new(|(): &()| rpc::session::forget_app());
    effect(move || {
        if let Some(Ok(kept)) = save.value().get() {
            key.set(String::new());
            secret.set(String::new());
            redirect_uri.set(kept.redirect_uri.clone());
            app.set(kept);
            test.dispatch(());
        }
    });
    effect(move || {
        if let Some(Ok(none)) = forget.value().get() {
            app.set(none);
            test.clear();
        }
    });
    let busy = memo(move || save.pending().get() || test.pending().get());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        save.dispatch(());
    };
    view! {
        <form class="grid gap-3" autocomplete="off" on:submit=submit>
            <Show when=move || is_kept.get() fallback=move || view! { <HowToRegister redirect_uri/> }>
                <details>
                    <summary class="cursor-pointer text-sm">"How an app is registered at Upstox"</summary>
                    <div class="mt-2"><HowToRegister redirect_uri/></div>
                </details>
            </Show>
            <div class="grid gap-x-4 gap-y-1 sm:grid-cols-2">
                {move || {
                    let [key_hint, secret_hint] = hints(app.with(|app| app.key_end.clone()).as_deref());
                    view! {
                        <Field id="api-key" label="API key" held=key hint=key_hint/>
                        <Field id="api-secret" label="API secret" held=secret kind="password" hint=secret_hint/>
                    }
                }}
                <div class="sm:col-span-2">
                    <Field id="redirect-uri" label="Redirect address" held=redirect_uri placeholder=REDIRECT_URI_DEFAULT
                        hint="To the letter as it was registered at Upstox: nothing is added to it."/>
                </div>
            </div>
            <div class="flex flex-wrap gap-2">
                <button type="submit" class="btn btn-primary btn-sm" disabled=busy>"Save and test"</button>
                <Show when=move || is_kept.get()>
                    <button type="button" class="btn btn-sm" disabled=busy on:click=move |_| { test.dispatch(()); }>"Test"</button>
                    <ConfirmedButton words="Forget the app" disabled=busy id="forget-app".to_owned() question="Forget the Upstox app?"
                        detail="API key and secret are taken out of this machine. A sign-in that is alive stays until its end."
                        deed="Forget it" confirmed=Callback::new(move |()| { forget.dispatch(()); })/>
                </Show>
            </div>
            <div role="status" aria-live="polite">
                {move || busy.get().then(|| view! { <p class="text-sm text-muted">"Asking Upstox…"</p> })}
                {move || trouble(save.value().get(), "The app was not saved")}
                {move || trouble(forget.value().get(), "The app was not forgotten")}
                {move || trouble(test.value().get(), "The app was not tested")}
                {move || test.value().get().and_then(Result::ok).map(|test| view! {
                    <p class=if test.good { "notice" } else { "notice notice-warning" }>{format::sentence(&test.sentence)}</p>
                })}
            </div>
        </form>
    }
    .into_any()
}

/// What stands below the fields of key and secret.
fn hints(key_end: Option<&str>) -> [String; 2] {
    match key_end {
        None => ["It stands beside your app at Upstox.".to_owned(), "Beside the key.".to_owned()],
        Some(end) => {
            let which = if end.is_empty() { String::new() } else { format!(", ending in {end}") };
            [
                format!("One is stored{which}; type only to replace it."),
                "One is stored; type only to replace it.".to_owned(),
            ]
        }
    }
}

fn trouble<T>(answer: Option<Result<T, Problem>>, what: &'static str) -> Option<AnyView> {
    let problem = answer?.err()?;
    Some(view! { <ErrorNote what problem kept="What was saved before still holds."/> }.into_any())
}

#[component]
fn HowToRegister(redirect_uri: RwSignal<String>) -> impl IntoView {
    let here = window().location().origin().unwrap_or_default();
    // Where the usual address is another server, or nobody's, the browser would not come back to this page.
    let own =
        (!here.is_empty() && !leads_here(REDIRECT_URI_DEFAULT, &here)).then(|| format!("{here}{CALLBACK}"));
    view! {
        <ol class="list-decimal space-y-1 pl-5 text-sm text-muted">
            <li>
                "Open "
                <a class="link" href="https://account.upstox.com/developer/apps" target="_blank" rel="noopener noreferrer external">"account.upstox.com/developer/apps"</a>
                " and sign in with your Upstox account."
            </li>
            <li>
                "Make an app of any name. As its redirect address enter "
                {match own {
                    None => view! { <code>{REDIRECT_URI_DEFAULT}</code>", or one of your own." }.into_any(),
                    Some(own) => view! { <OwnAddress own redirect_uri/> }.into_any(),
                }}
            </li>
            <li>"Copy its API key and its API secret into the fields below. They are sealed on this machine, and sent to Upstox only."</li>
            <li>"Expired contracts need the Plus plan of Upstox: activate it in the Upstox app. It takes up to 24 hours."</li>
        </ol>
    }
    .into_any()
}

/// The address of this server beside the usual one, which leads elsewhere.
#[component]
fn OwnAddress(own: String, redirect_uri: RwSignal<String>) -> impl IntoView {
    let shown = own.clone();
    view! {
        <code>{shown}</code>", which leads back to this page, or "<code>{REDIRECT_URI_DEFAULT}</code>", or one of your own. "
        <button type="button" class="btn btn-xs" on:click=move |_| redirect_uri.set(own.clone())>"Use the one of this page"</button>
    }
    .into_any()
}
