//! The tokens of programs: made, shown once, revoked.

use leptos::prelude::*;
use protocol::{ApiToken, MadeToken, NewToken, TokenName, TokenScope};

use super::Shown;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{ConfirmedButton, CopyButton, ErrorNote, Field, Show};
use crate::browser::left_texts::kept_text;
use crate::browser::live::live;
use crate::format;
use crate::rpc::{self, Answer};

type Revoking = Action<TokenName, Answer<()>>;

#[component]
pub(super) fn Tokens(access: Shown) -> impl IntoView {
    let revoking: Revoking =
        Action::new(|name: &TokenName| rpc::settled(rpc::access::revoke_token(name.clone())));
    effect(move || {
        if let Some(Ok(())) = revoking.value().get() {
            access.read_again();
        }
    });
    let tokens = memo(move || access.0.with(|access| access.tokens.clone()));
    view! {
        <section aria-labelledby="tokens-title">
            <div class="section-head"><h2 id="tokens-title">"Tokens for programs"</h2></div>
            <p class="mb-3 max-w-prose text-sm text-muted">
                "A program sends one as "<code>"Authorization: Bearer et_…"</code>" to "<code>"/api/v1"</code>
                " and "<code>"/ws"</code>" ("<a class="link" rel="external" href="/api">"try REST"</a>"). No token sees or changes passwords, sessions and tokens."
            </p>
            <Show when=move || tokens.with(|all| !all.is_empty())>
                <div class="table-frame mb-3">
                    <table class="table table-sm">
                        <caption class="sr-only">"Tokens of programs; times in IST"</caption>
                        <thead>
                            <tr>
                                <th scope="col">"Name"</th>
                                <th scope="col">"Scope"</th>
                                <th scope="col" class="max-sm:hidden">"Made (IST)"</th>
                                <th scope="col" class="max-sm:hidden">"Last used (IST)"</th>
                                <th scope="col"><span class="sr-only">"Revoke"</span></th>
                            </tr>
                        </thead>
                        <tbody>
                            {move || tokens.get().into_iter().map(|token| view! { <Row token revoking/> }).collect::<Vec<_>>()}
                        </tbody>
                    </table>
                </div>
            </Show>
            <div class="mb-3 empty:hidden" aria-live="polite">
                {move || revoking.value().get().and_then(Result::err).map(|problem| view! {
                    <ErrorNote what="The token was not revoked" problem/>
                })}
            </div>
            <NewTokenForm access/>
        </section>
    }
    .into_any()
}

#[component]
fn Row(token: ApiToken, revoking: Revoking) -> impl IntoView {
    let now = live().now().get_untracked();
    let ApiToken { name, scope, made_at, last_used } = token;
    let (shown, id) = (name.to_string(), format!("revoke-{name}"));
    let revoke = Callback::new(move |()| {
        revoking.dispatch(name.clone());
    });
    view! {
        <tr>
            <td class="font-medium wrap-anywhere">{shown}</td>
            <td>{scope.words()}</td>
            <td class="max-sm:hidden">{format::moment_seen_from(made_at, now)}</td>
            <td class="max-sm:hidden">{last_used.map_or_else(|| "never".to_owned(), |used| format::moment_seen_from(used, now))}</td>
            <td class="text-right">
                <ConfirmedButton words="Revoke" id disabled=revoking.pending() question="Revoke this token?"
                    detail="The programs that use it are refused from now on. It cannot be brought back." deed="Revoke"
                    confirmed=revoke/>
            </td>
        </tr>
    }
    .into_any()
}

#[component]
fn NewTokenForm(access: Shown) -> impl IntoView {
    let name = kept_text("token-name", String::new);
    let is_full = RwSignal::new(false);
    let make = Action::new(|new: &NewToken| rpc::settled(rpc::access::add_token(new.clone())));
    effect(move || {
        if let Some(Ok(_)) = make.value().get() {
            name.set(String::new());
            access.read_again();
        }
    });
    let parsed = memo(move || name.with(|name| name.parse::<TokenName>().map_err(|error| error.to_string())));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let scope = if is_full.get_untracked() { TokenScope::Full } else { TokenScope::ReadOnly };
        if let Ok(name) = parsed.get_untracked() {
            make.dispatch(NewToken { name, scope });
        }
    };
    let scope = move |full: bool, words: &'static str| {
        let is_chosen = memo(move || is_full.get() == full);
        view! {
            <label class="choice-chip" class:chosen=is_chosen>
                <input type="radio" name="token-scope" class="radio radio-xs radio-primary" checked=is_chosen prop:checked=is_chosen
                    on:change=move |_| is_full.set(full)/>
                {words}
            </label>
        }
    };
    view! {
        <form class="panel" on:submit=submit autocomplete="off">
            <div class="grid gap-x-4 gap-y-2 sm:grid-cols-[minmax(0,1fr)_auto]">
                <Field id="token-name" label="A new token for" held=name placeholder="notebook"/>
                <fieldset>
                    <legend class="field-label">"It may"</legend>
                    <div class="flex flex-wrap gap-2">{scope(false, "only read")}{scope(true, "read and change")}</div>
                </fieldset>
            </div>
            <div class="mt-2 flex flex-wrap items-center gap-3">
                <button type="submit" class="btn btn-sm" disabled=move || parsed.with(Result::is_err) || make.pending().get()>"Make a token"</button>
                <p class="text-sm text-muted" role="status">
                    {move || match parsed.get() {
                        Err(why) if name.with(|name| !name.is_empty()) => format::sentence(&why),
                        _ => String::new(),
                    }}
                </p>
            </div>
            <div class="mt-3 empty:hidden" aria-live="polite">
                {move || make.value().get().map(|made| match made {
                    Ok(made) => view! { <Made made/> }.into_any(),
                    Err(problem) => view! { <ErrorNote what="No token was made" problem/> }.into_any(),
                })}
            </div>
        </form>
    }
    .into_any()
}

/// The one time that a token is seen.
#[component]
fn Made(made: MadeToken) -> impl IntoView {
    let secret = made.secret.0;
    let for_clipboard = secret.clone();
    view! {
        <div class="notice">
            <div class="min-w-0">
                <p>"The token "<strong>{made.token.name.to_string()}</strong>". It is shown this once: copy it now."</p>
                <code class="mt-1 block wrap-anywhere">{secret}</code>
            </div>
            <CopyButton text=move |()| for_clipboard.clone() said="The token is copied"/>
        </div>
    }
    .into_any()
}
