//! A labelled line of text. A secret is hidden while it is typed.

use leptos::prelude::*;

#[component]
pub fn Field(
    id: &'static str,
    label: &'static str,
    held: RwSignal<String>,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "")] placeholder: &'static str,
    #[prop(optional, into)] hint: String,
    /// What a browser may fill in; of its own accord nothing.
    #[prop(optional)]
    autocomplete: Option<&'static str>,
) -> impl IntoView {
    let autocomplete = autocomplete.unwrap_or(if kind == "password" { "new-password" } else { "off" });
    let hint_id = format!("{id}-hint");
    view! {
        <div>
            <label class="field-label" for=id>{label}</label>
            <input id=id type=kind class="input input-sm w-full" autocomplete=autocomplete
                spellcheck="false" autocapitalize="off" placeholder=placeholder aria-describedby=hint_id.clone()
                value=held.get_untracked() prop:value=held on:input=move |event| held.set(event_target_value(&event))/>
            <p id=hint_id class="field-hint">{hint}</p>
        </div>
    }
    .into_any()
}
