//! The one click into the other market and the one click back. What either market does meanwhile goes on.

use leptos::prelude::*;
use protocol::Market;

use super::ErrorNote;
use crate::browser::compiled_once::effect;
use crate::rpc;

#[component]
pub fn SwitchMarket(
    to: Market,
    words: &'static str,
    #[prop(default = "btn btn-sm")] class: &'static str,
) -> impl IntoView {
    let switch = Action::new(move |(): &()| rpc::settled(rpc::market::show(to)));
    effect(move || {
        if matches!(switch.value().get(), Some(Ok(()))) {
            // Everything that a page has read is of the market before: the document is loaded anew.
            if let Err(error) = window().location().assign("/") {
                leptos::logging::error!("the home page cannot be loaded: {error:?}");
            }
        }
    });
    view! {
        <button type="button" class=class disabled=move || switch.pending().get()
            on:click=move |_| { switch.dispatch(()); }>
            {move || if switch.pending().get() { "Opening…" } else { words }}
        </button>
        {move || switch.value().get().and_then(Result::err).map(|problem| view! {
            <ErrorNote what="The other market was not opened" problem/>
        })}
    }
    .into_any()
}
