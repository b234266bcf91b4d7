//! What was typed and neither saved nor run, kept while other pages are shown. It lives as long as the document and is
//! written nowhere. Passwords are left out: they are typed anew.

use std::collections::BTreeMap;

use leptos::prelude::*;

/// The texts by the id of their field. Copies share them.
#[derive(Clone, Copy)]
pub struct LeftTexts(StoredValue<BTreeMap<&'static str, String>>);

impl LeftTexts {
    /// Provides them; called once, by the app.
    pub fn provide() {
        provide_context(Self(StoredValue::new(BTreeMap::new())));
    }

    pub fn of_document() -> Self {
        expect_context()
    }

    /// Whoever takes a text up leaves it again.
    pub fn take(self, field: &'static str) -> Option<String> {
        self.0.try_update_value(|texts| texts.remove(field)).flatten()
    }

    pub fn leave(self, field: &'static str, text: String) {
        self.0.update_value(|texts| {
            texts.insert(field, text);
        });
    }
}

/// A field takes up what is saved by somebody else meanwhile.
pub fn follow(typed: RwSignal<String>, saved: Memo<String>) {
    Effect::new(move |before: Option<String>| {
        let now = saved.get();
        if before.is_some_and(|before| before != now) {
            typed.set(now.clone());
        }
        now
    });
}

/// A field that begins with what was left in it, else with what is saved, and that leaves what is not saved.
pub fn kept_text(
    field: &'static str,
    saved: impl Fn() -> String + Send + Sync + 'static,
) -> RwSignal<String> {
    let left = LeftTexts::of_document();
    let typed = RwSignal::new(left.take(field).unwrap_or_else(|| untrack(&saved)));
    on_cleanup(move || {
        let text = typed.get_untracked();
        if text != untrack(saved) {
            left.leave(field, text);
        }
    });
    typed
}
