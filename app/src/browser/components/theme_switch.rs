//! Light or dark, by the user's own choice, kept in the browser.
//!
//! Without a choice the style sheet follows the system, and nothing is stored. Which of the two icons shows
//! is decided by CSS, so the first picture is the same on the server and in the browser.

use leptos::prelude::*;

use super::{Icon, IconShape};

/// Where the choice is kept; the document's theme script reads it before the first paint.
const STORAGE_KEY: &str = "expirytrack-theme";

/// What the document shows.
const ATTRIBUTE: &str = "data-theme";

thread_local! {
    /// What is chosen, for whoever shows it.
    static CHOSEN: ArcRwSignal<Theme> = ArcRwSignal::new(Theme::of_document());
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// As the system is.
    System,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    pub fn words(self) -> &'static str {
        match self {
            Self::System => "As the system",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    fn of_document() -> Self {
        let chosen = document().document_element().and_then(|root| root.get_attribute(ATTRIBUTE));
        match chosen {
            Some(name) if name.ends_with("dark") => Self::Dark,
            Some(_) => Self::Light,
            None => Self::System,
        }
    }

    /// The one that is chosen, whichever way.
    pub fn chosen() -> ArcRwSignal<Self> {
        CHOSEN.with(ArcRwSignal::clone)
    }

    /// Shows it and remembers it. A browser that keeps nothing (a private window with storage off) still changes,
    /// until the page is loaded again.
    pub fn choose(self) {
        let name = match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        };
        let Some(root) = document().document_element() else { return };
        let storage = window().local_storage().ok().flatten();
        let _ = match name {
            Some(name) => root.set_attribute(ATTRIBUTE, &format!("expirytrack-{name}")),
            None => root.remove_attribute(ATTRIBUTE),
        };
        let _ = storage.map(|storage| match name {
            Some(name) => storage.set_item(STORAGE_KEY, name),
            None => storage.remove_item(STORAGE_KEY),
        });
        Self::chosen().set(self);
    }
}

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

/// Changes to the theme that is not shown now.
pub fn switch_theme() {
    let is_dark = match Theme::chosen().get_untracked() {
        Theme::Dark => true,
        Theme::Light => false,
        Theme::System => window()
            .match_media("(prefers-color-scheme: dark)")
            .is_ok_and(|query| query.is_some_and(|query| query.matches())),
    };
    if is_dark { Theme::Light.choose() } else { Theme::Dark.choose() }
}
