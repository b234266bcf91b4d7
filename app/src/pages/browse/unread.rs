//! What a browse page shows that could not be read: mostly an address that names nothing.

use leptos::prelude::*;

use crate::components::ErrorNote;
use crate::format;
use crate::rpc::{Problem, ProblemKind};
use crate::status::page_not_found;

/// The note, and the way to what is there. Answers 404 where what was asked for does not exist.
#[component]
pub fn Unread(#[prop(into)] what: String, problem: Problem, retry: Callback<()>) -> impl IntoView {
    let is_missing = problem.kind == ProblemKind::NotFound;
    if is_missing {
        page_not_found();
    }
    // Asking again would not make it exist.
    let note = if is_missing {
        view! { <ErrorNote what problem/> }.into_any()
    } else {
        view! { <ErrorNote what problem retry/> }.into_any()
    };
    view! {
        {note}
        <p class="mt-3"><a class="link" href="/browse">"Everything that is stored"</a></p>
    }
}

/// A key or a date in the address that is none.
pub fn malformed(error: impl std::fmt::Display) -> Problem {
    Problem { kind: ProblemKind::NotFound, sentence: format::sentence(&error.to_string()) }
}
