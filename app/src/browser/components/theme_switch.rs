//! Light or dark, by the user's own choice.
//!
//! Without a choice the style sheet follows the system, and nothing is stored. Which of the two icons shows
//! is decided by CSS, so the first picture is the same on the server and in the browser.

use leptos::prelude::*;

use super::{Icon, IconShape};

/// Where the choice is kept; the document's theme script reads it before the first paint.
const STORAGE_KEY: &str = "expirytrack-theme";

/// The button that changes between light and dark.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    view! {
        <button class="btn btn-ghost btn-sm btn-square" type="button" title="Light or dark"
            aria-label="Change between light and dark" on:click=move |_| switch_theme()>
            <span class="only-light"><Icon shape=IconShape::Moon/></span>
            <span class="only-dark"><Icon shape=IconShape::Sun/></span>
        </button>
    }
}

/// Changes to the theme that is not shown now, and remembers it. A browser that keeps nothing (a private
/// window with storage off) still changes, until the page is loaded again.
pub fn switch_theme() {
    let Some(root) = document().document_element() else { return };
    let dark = match root.get_attribute("data-theme") {
        Some(theme) => theme.ends_with("dark"),
        None => window()
            .match_media("(prefers-color-scheme: dark)")
            .is_ok_and(|query| query.is_some_and(|query| query.matches())),
    };
    let next = if dark { "light" } else { "dark" };
    let _ = root.set_attribute("data-theme", &format!("expirytrack-{next}"));
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(STORAGE_KEY, next);
    }
}
