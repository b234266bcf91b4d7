//! A list to choose one of. What it shows is its property and no attribute of its options: once a person has chosen, a
//! browser heeds the attribute no more, and a page that is drawn again in place would go on showing that choice.

use leptos::prelude::*;

use crate::browser::compiled_once::memo;

/// The value of each, and its words.
pub type Options = Vec<(String, String)>;

#[component]
pub fn Select(
    #[prop(into)] options: Signal<Options>,
    /// What is not among the options is shown as none of them.
    #[prop(into)]
    chosen: Signal<String>,
    choose: Callback<String>,
    class: &'static str,
    /// Where no label stands beside it.
    #[prop(optional, into)]
    name: Option<String>,
    #[prop(optional)] id: Option<&'static str>,
    #[prop(optional, into)] disabled: Signal<bool>,
) -> impl IntoView {
    let options = memo(move || options.get());
    // Said again for other options too: those that are drawn anew have forgotten it.
    let value = move || {
        options.track();
        chosen.get()
    };
    let option = |(value, words): (String, String)| view! { <option value=value>{words}</option> };
    view! {
        <select id=id class=class aria-label=name disabled=disabled prop:value=value
            on:change=move |event| choose.run(event_target_value(&event))>
            {move || options.get().into_iter().map(option).collect_view()}
        </select>
    }
    .into_any()
}
