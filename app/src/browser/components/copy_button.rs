//! Copies a text, and says so only when the browser has done it.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

/// For so long the button says what came of it.
const SAID_FOR: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Copied {
    NotYet,
    Done,
    /// The browser asks a person first, or allows it to the page in front alone.
    Refused,
}

#[component]
pub fn CopyButton(
    /// Asked when the button is pressed.
    #[prop(into)]
    text: Callback<(), String>,
    /// For who hears it: "The lines are copied".
    said: &'static str,
) -> impl IntoView {
    let copied = RwSignal::new(Copied::NotYet);
    let copy = move |_| {
        let written = window().navigator().clipboard().write_text(&text.run(()));
        spawn_local(async move {
            let written = wasm_bindgen_futures::JsFuture::from(written).await;
            copied.try_set(if written.is_ok() { Copied::Done } else { Copied::Refused });
            let forget = move || {
                copied.try_set(Copied::NotYet);
            };
            if written.is_ok() {
                set_timeout(forget, SAID_FOR);
            }
        });
    };
    let words = move || match copied.get() {
        Copied::NotYet => "Copy",
        Copied::Done => "Copied",
        Copied::Refused => "Not copied: select it",
    };
    let told = move || match copied.get() {
        Copied::NotYet => "",
        Copied::Done => said,
        Copied::Refused => "The browser did not copy it: select the text and copy it by hand",
    };
    view! {
        <button type="button" class="btn btn-sm" on:click=copy>{words}</button>
        <span role="status" class="sr-only">{told}</span>
    }
    .into_any()
}
