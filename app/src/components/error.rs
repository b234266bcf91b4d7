//! The note that something could not be done: what happened, what was not lost, and the way on.
//!
//! Not for a page without data: that is [`super::Empty`].

use leptos::prelude::*;

use super::Show;
use crate::frame::SignInLink;
use crate::rpc::{Problem, ProblemKind};

/// One thing that went wrong. It is announced to screen readers when it appears.
#[component]
pub fn ErrorNote(
    /// What could not be done: "The jobs could not be read".
    #[prop(into)]
    what: String,
    /// Why.
    problem: Problem,
    /// What was not lost, where a person might fear it.
    #[prop(optional, into)]
    kept: Option<&'static str>,
    /// Does it again; shown as "Try again".
    #[prop(optional, into)]
    retry: Option<Callback<()>>,
) -> impl IntoView {
    let sign_in = problem.kind == ProblemKind::SignIn;
    view! {
        <div class="error-note" role="alert">
            <p class="font-semibold">{what}</p>
            <p class="mt-1">{problem.sentence}</p>
            {kept.map(|kept| view! { <p class="mt-1 text-muted">{kept}</p> })}
            <Show when=move || sign_in || retry.is_some()>
                <p class="mt-3 flex flex-wrap gap-2">
                    {sign_in.then(|| view! { <SignInLink/> })}
                    {retry.map(|retry| view! {
                        <button type="button" class="btn btn-sm" on:click=move |_| retry.run(())>"Try again"</button>
                    })}
                </p>
            </Show>
        </div>
    }
    .into_any()
}
