//! Signing in: the one click into the simulated market, or a token of Upstox. And signing out.
//!
//! A token is typed into a password field, sent once, and never shown again.

mod signed_in;
mod token_form;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use protocol::{SessionPicture, SessionState};

use crate::address;
use crate::browser::compiled_once::memo;
use crate::browser::components::{Show, SignInToSimulation};
use crate::browser::frame::{Crumb, Page};
use crate::browser::live::live;
use crate::format;

/// Letters of a reason that came in the address.
const REASON_SHOWN_MAX: usize = 300;

/// Who is signed in, and how to change that.
#[component]
pub fn SignIn() -> impl IntoView {
    let query = use_query_map();
    let next = memo(move || {
        query.with(|query| address::local_address(&query.get("next").unwrap_or_default()).to_owned())
    });
    let problem = memo(move || query.with(|query| query.get("problem")));
    let session = live().session();
    let signed_in = memo(move || session.with(SessionPicture::is_signed_in));
    let simulated = memo(move || session.with(|session| session.simulated));
    let ended = memo(move || session.with(|session| session.state == SessionState::Ended));
    view! {
        <Page crumbs=vec![Crumb::here("Sign-in")]>
            <div class="max-w-xl">
                {move || problem.get().filter(|_| !signed_in.get()).map(|problem| view! { <NotFinished problem/> })}
                <Show when=move || signed_in.get() fallback=move || view! {
                    <Show when=move || ended.get()>
                        <div class="notice notice-warning mb-4">
                            <p>"The last sign-in has ended, as every one does at 03:30 IST. Jobs wait and go on by themselves after the next."</p>
                        </div>
                    </Show>
                    <Show when=move || simulated.get() fallback=move || view! { <token_form::TokenForm next/> }>
                        <SimulatedSignIn next/>
                    </Show>
                }>
                    <signed_in::SignedIn next/>
                </Show>
            </div>
        </Page>
    }
}

/// The server sends a person here with the reason why the broker's dialog did not end in a sign-in.
#[component]
fn NotFinished(problem: String) -> impl IntoView {
    let reason: String = problem.chars().take(REASON_SHOWN_MAX).collect();
    view! {
        <div class="error-note mb-4" role="alert">
            <p class="font-semibold">"The sign-in was not finished"</p>
            <p class="mt-1">{format::sentence(&reason)}</p>
            <p class="mt-1 text-muted">"Nothing has changed. Begin again below."</p>
        </div>
    }
}

#[component]
fn SimulatedSignIn(next: Memo<String>) -> impl IntoView {
    view! {
        <h1 class="text-xl font-semibold">"Sign in to the simulated market"</h1>
        <p class="mt-2 text-muted">
            "The simulated market has a sign-in of its own that works like that of Upstox and takes anybody. No account is needed, and nothing leaves this machine."
        </p>
        <p class="mt-5">{move || view! { <SignInToSimulation next=next.get()/> }}</p>
    }
}
