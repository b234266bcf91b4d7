//! The note that a list of instruments is not the whole, why, and the way to ask for the rest.

use leptos::prelude::*;
use protocol::MasterState;

use crate::browser::compiled_once::effect;
use crate::rpc::collect::ask_for_master;

/// Nothing where the list is whole. `again` reads the list anew once the broker was asked.
#[component]
pub fn MasterNote(master: MasterState, again: Callback<()>) -> impl IntoView {
    let ask = Action::new(|(): &()| ask_for_master());
    effect(move || {
        // Whether it came or not: the list that is read anew says which.
        if ask.value().read().is_some() {
            again.run(());
        }
    });
    let note = master.sentence().map(|sentence| {
        view! {
            <div class="notice notice-warning mt-3" role="status">
                <p>{sentence}</p>
                <button type="button" class="btn btn-sm" disabled=move || ask.pending().get()
                    on:click=move |_| { ask.dispatch(()); }>
                    {move || if ask.pending().get() { "Asking…" } else { "Try again" }}
                </button>
            </div>
        }
    });
    note.into_any()
}
