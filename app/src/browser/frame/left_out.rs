//! The note above a page whose address could not be read in full; nothing is left out in silence.

use leptos::prelude::*;

use crate::browser::components::Show;

#[component]
pub(super) fn LeftOut(
    /// A sentence for each part.
    sentences: Signal<Vec<String>>,
) -> impl IntoView {
    view! {
        <Show when=move || !sentences.read().is_empty()>
            <div class="notice notice-warning mb-4 block" role="status">
                <p class="font-medium">"Part of this address could not be read and was left out."</p>
                <ul class="mt-1 list-disc pl-5">
                    {move || sentences.get().into_iter().map(|sentence| view! { <li class="break-words">{sentence}</li> }).collect_view()}
                </ul>
            </div>
        </Show>
    }
}
