//! The empty page: what would be here, and the one step that fills it.
//!
//! Not for errors: those say what happened and what was not lost.

use leptos::prelude::*;
use leptos_router::components::A;

/// A page without data.
#[component]
pub fn Empty(
    /// What is not there yet, as the page's heading.
    title: &'static str,
    /// What would be here.
    text: &'static str,
    /// Where the step leads that fills the page.
    address: &'static str,
    /// The words on its button.
    action: &'static str,
) -> impl IntoView {
    view! {
        <section class="empty">
            <h1 class="text-lg font-semibold">{title}</h1>
            <p class="max-w-prose text-sm text-muted">{text}</p>
            <A href=address attr:class="btn btn-primary btn-sm">{action}</A>
        </section>
    }
}
