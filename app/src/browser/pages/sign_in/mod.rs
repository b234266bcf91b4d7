//! Signing in: the one click into the simulated market, the dialog of Upstox, or a token. And signing out.
//!
//! What is secret is typed into a password field, sent once, and never shown again.

mod app_form;
mod dialog;
mod signed_in;
mod token_form;

pub use app_form::AppForm;

use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};
use protocol::{SessionPicture, SessionState, SignInEnd};

use crate::address;
use crate::browser::answer::answer;
use crate::browser::compiled_once::{effect, memo};
use crate::browser::components::{ErrorNote, Show, SignInToSimulation};
use crate::browser::frame::{Crumb, Page};
use crate::browser::live::live;
use crate::rpc;

/// Who is signed in, and how to change that.
#[component]
pub fn SignIn() -> impl IntoView {
    let query = use_query_map();
    let next = memo(move || {
        query.with(|query| address::local_address(&query.get("next").unwrap_or_default()).to_owned())
    });
    let session = live().session();
    let signed_in = memo(move || session.with(SessionPicture::is_signed_in));
    let simulated = memo(move || session.with(|session| session.simulated));
    let ended = memo(move || {
        session.with(|session| {
            let is_ended = session.state == SessionState::Ended;
            is_ended.then(|| end_sentence(session.ended_by.unwrap_or(SignInEnd::Time)))
        })
    });
    // The form that they are about leaves the page with the session's state, so its words and where it leads stand here.
    let remark = RwSignal::new(None::<String>);
    let goes_on = RwSignal::new(false);
    let navigate = use_navigate();
    effect(move || {
        if goes_on.get() {
            navigate(&next.get_untracked(), Default::default());
        }
    });
    view! {
        <Page crumbs=vec![Crumb::here("Sign-in")]>
            <div class="max-w-xl">
                {move || remark.get().map(|remark| view! {
                    <div class="notice notice-warning mb-4" role="status"><p>{remark}</p></div>
                })}
                <Show when=move || signed_in.get() fallback=move || view! {
                    {move || ended.get().map(|sentence| view! {
                        <div class="notice notice-warning mb-4">
                            <p>{sentence}" Jobs wait and go on by themselves after the next."</p>
                        </div>
                    })}
                    <Show when=move || simulated.get() fallback=move || view! { <ToUpstox next remark goes_on/> }>
                        <SimulatedSignIn next/>
                    </Show>
                }>
                    <signed_in::SignedIn next remark/>
                </Show>
            </div>
        </Page>
    }
}

fn end_sentence(end: SignInEnd) -> String {
    format!("The last sign-in has ended: {}.", end.words())
}

#[component]
fn ToUpstox(next: Memo<String>, remark: RwSignal<Option<String>>, goes_on: RwSignal<bool>) -> impl IntoView {
    let picture = Resource::new(|| (), |()| answer(rpc::session::SignInPage {}));
    move || match picture.get() {
        None => view! { <div class="skeleton-box h-64" aria-hidden="true"></div> }.into_any(),
        Some(Ok(picture)) => view! { <dialog::UpstoxSignIn picture next remark goes_on/> }.into_any(),
        Some(Err(problem)) => {
            let retry = Callback::new(move |()| picture.refetch());
            view! { <ErrorNote what="How to sign in could not be read" problem retry/> }.into_any()
        }
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
