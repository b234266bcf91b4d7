//! Who is signed in, until when, and the way out.

use leptos::prelude::*;
use leptos_router::components::A;
use protocol::SessionState;

use crate::browser::compiled_once::memo;
use crate::browser::components::{ErrorNote, Show};
use crate::browser::live::live;
use crate::format;
use crate::rpc;

#[component]
pub(super) fn SignedIn(
    next: Memo<String>,
    /// That Upstox could not be told of the signing out, past the end of this view.
    remark: RwSignal<Option<String>>,
) -> impl IntoView {
    let live = live();
    let (session, now) = (live.session(), live.now());
    let title = memo(move || {
        session.with(|session| match &session.state {
            SessionState::SignedIn { checked: false, .. } => "Token kept, not checked".to_owned(),
            SessionState::SignedIn { user: Some(user), .. } => format!("Signed in as {user}"),
            _ => "Signed in".to_owned(),
        })
    });
    let until = memo(move || {
        session.with(|session| match session.state {
        SessionState::SignedIn { until, .. } => {
            let left = format::duration_in_minutes(format::seconds_between(now.get(), until));
            format!("Until {} IST, {left} from now. Upstox ends this sign-in then; jobs wait and go on after the next one.", format::moment(until))
        }
        SessionState::SignedOut | SessionState::Ended => String::new(),
    })
    });
    let unchecked = memo(move || {
        session.with(|session| matches!(session.state, SessionState::SignedIn { checked: false, .. }))
    });
    let plus_needed = memo(move || session.with(|session| session.plus_needed));
    let broker = memo(move || {
        session.with(|session| match session.simulated {
            true => "Requests go to the simulated market on this machine.".to_owned(),
            false => format!("Requests go to {}.", session.broker),
        })
    });
    let sign_out = Action::new(move |(): &()| async move {
        let answer = rpc::session::sign_out().await;
        // Here and not in an effect: the session's state may have taken this view away by now.
        if let Ok(told) = &answer {
            remark.try_set(told.clone());
        }
        answer
    });
    view! {
        <h1 class="text-xl font-semibold">{title}</h1>
        <Show when=move || unchecked.get()>
            <p class="notice notice-warning mt-2" role="status">
                "Upstox did not say whose this token is when it was given, so nobody knows yet whether it is right. It is kept, and checked by the first answer of Upstox."
            </p>
        </Show>
        <Show when=move || plus_needed.get()>
            <p class="notice notice-warning mt-2" role="status">
                "You are signed in, but Upstox answers that expired contracts need its Plus plan. Activate Plus in the Upstox app and wait for the 24 hours that it takes; jobs can be resumed after that."
            </p>
        </Show>
        <p class="mt-2">{until}</p>
        <p class="mt-2 text-muted">{broker}</p>
        <p class="mt-5 flex flex-wrap gap-2">
            <A href=move || next.get() attr:class="btn btn-primary btn-sm">
                {move || if next.with(|next| next == "/") { "Go to the home page" } else { "Go on" }}
            </A>
            <button type="button" class="btn btn-sm" disabled=move || sign_out.pending().get()
                on:click=move |_| { sign_out.dispatch(()); }>
                "Sign out"
            </button>
        </p>
        <p class="mt-3 text-sm text-muted">"Signing out forgets the token, here and at Upstox. A job that runs then waits for the next sign-in."</p>
        {move || sign_out.value().get().and_then(Result::err).map(|problem| view! {
            <ErrorNote what="You are still signed in" problem/>
        })}
    }
    .into_any()
}
