//! What a browse page shows that could not be read: mostly an address that names nothing.

use leptos::prelude::*;

use crate::browser::components::ErrorNote;
use crate::format;
use crate::rpc::{Problem, ProblemKind};

/// The note, and the way to what is there.
#[component]
pub fn Unread(
    #[prop(into)] what: String,
    problem: Problem,
    retry: Callback<()>,
    /// Something nearer than everything: its address, and words for the way there.
    #[prop(optional, into)]
    beside: Signal<Option<(String, String)>>,
) -> impl IntoView {
    let is_missing = problem.kind == ProblemKind::NotFound;
    // Asking again would not make it exist.
    let note = if is_missing {
        view! { <ErrorNote what problem/> }.into_any()
    } else {
        view! { <ErrorNote what problem retry/> }.into_any()
    };
    view! {
        {note}
        <p class="mt-3 flex flex-wrap gap-x-5 gap-y-1">
            {move || beside.get().map(|(address, words)| view! { <a class="link" href=address>{words}</a> })}
            <a class="link" href="/browse">"Everything that is stored"</a>
        </p>
    }
}

/// A key or a date in the address that is none.
pub fn malformed(error: impl std::fmt::Display) -> Problem {
    Problem { kind: ProblemKind::NotFound, sentence: format::sentence(&error.to_string()) }
}
