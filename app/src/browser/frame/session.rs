//! Who is signed in and how long still, and the way to sign in from wherever one is.

use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_location;
use protocol::SessionState;

use crate::address;
use crate::browser::compiled_once::memo;
use crate::browser::live::live;
use crate::format;

/// The state of the sign-in, as a link to the page that changes it.
#[component]
pub(super) fn SessionLink() -> impl IntoView {
    let live = live();
    let (session, now) = (live.session(), live.now());
    let state = memo(move || session.with(|session| session.state.clone()));
    // In minutes, so that it is drawn again once a minute and not with every frame.
    let left = memo(move || match state.get() {
        SessionState::SignedIn { until, .. } => {
            format::duration_in_minutes(format::seconds_between(now.get(), until))
        }
        SessionState::SignedOut | SessionState::Ended => String::new(),
    });
    view! {
        {move || match state.get() {
            SessionState::SignedIn { checked, .. } => view! {
                <A href="/signin" attr:class=if checked { "session-link" } else { "session-link is-unchecked" }
                    attr:title=if checked {
                        "Signed in: until when, and how to sign out"
                    } else {
                        "The token is kept, but Upstox has not answered to it yet"
                    }>
                    <span class="session-dot" aria-hidden="true"></span>
                    <span class="max-sm:sr-only">{if checked { "Signed in " } else { "Not checked " }}</span>
                    <span class="tabular-nums">{left}</span>
                    <span class="max-sm:sr-only">" left"</span>
                </A>
            }.into_any(),
            SessionState::SignedOut => view! { <SignInLink/> }.into_any(),
            SessionState::Ended => view! { <SignInLink again=true/> }.into_any(),
        }}
    }
}

/// The way to sign in, and from there back to this page.
#[component]
pub fn SignInLink(
    /// There was a sign-in that has ended.
    #[prop(optional)]
    again: bool,
) -> impl IntoView {
    let location = use_location();
    let href = move || {
        let (path, search) = (location.pathname.read(), location.search.read());
        address::sign_in(&path, &search)
    };
    view! {
        <A href=href attr:class="btn btn-primary btn-sm">{if again { "Sign in again" } else { "Sign in" }}</A>
    }
}
