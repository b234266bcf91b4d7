//! The note that something waits: for what, until when, and that it comes by itself.

use leptos::prelude::*;
use protocol::Wait;

use crate::format;

#[component]
pub fn WaitNote(
    /// What is not there yet: "The expiries of Nifty 50 are not known yet".
    #[prop(into)]
    what: String,
    wait: Wait,
    /// How it goes on.
    outlook: &'static str,
) -> impl IntoView {
    view! {
        <div class="notice notice-warning block" role="status">
            <p class="font-semibold">{what}</p>
            <p class="mt-1">{format::sentence(&wait.sentence)}</p>
            <p class="mt-1 text-muted">{outlook}</p>
        </div>
    }
    .into_any()
}
