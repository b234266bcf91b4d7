//! What can be called up over any page by a key: finding, and the list of keys. One of them at a time, as a dialog of the
//! browser's own, which keeps the focus inside, closes by Escape and gives the focus back.

use leptos::ev::KeyboardEvent;
use leptos::html::Dialog;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::Element;

use crate::browser::compiled_once::effect;
use crate::browser::components::Show;
use crate::browser::keys::{Binding, Chord, Press, is_within, meaning};

/// What is called up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlay {
    Find,
    Keys,
}

pub const FIND: Chord = Chord::command("k");

/// The keys that every page has.
pub const KEYS: [Binding<Overlay>; 2] = [
    Binding {
        chords: &[FIND],
        words: "Find a page, an underlying, a contract, a job",
        meaning: Overlay::Find,
    },
    Binding { chords: &[Chord::sign("?")], words: "Show the keys", meaning: Overlay::Keys },
];

/// A `?` that is typed into these is a letter.
const TYPED_INTO: &str = "input, select, textarea, [contenteditable]";

/// Which one is open.
#[derive(Clone, Copy)]
pub struct Overlays(RwSignal<Option<Overlay>>);

impl Overlays {
    /// Called once, by the app.
    pub fn provide() {
        provide_context(Self(RwSignal::new(None)));
    }

    pub fn of_page() -> Self {
        expect_context()
    }

    pub fn is_open(self, overlay: Overlay) -> bool {
        self.0.get() == Some(overlay)
    }

    pub fn open(self, overlay: Overlay) {
        self.0.set(Some(overlay));
    }

    pub fn close(self) {
        self.0.set(None);
    }

    /// Listens to the keys for as long as the document lives.
    pub fn follow_keys(self) {
        effect(move || {
            let handle = window_event_listener(leptos::ev::keydown, move |event| self.take(&event));
            on_cleanup(move || handle.remove());
        });
    }

    fn take(self, event: &KeyboardEvent) {
        let Some(overlay) = Press::of(event).and_then(|press| meaning(&KEYS, &press)) else { return };
        if event.default_prevented() || overlay == Overlay::Keys && is_within(event, TYPED_INTO) {
            return;
        }
        event.prevent_default();
        // The same key closes it again.
        self.0.update(|open| *open = if *open == Some(overlay) { None } else { Some(overlay) });
    }
}

/// The dialog of one; what is in it is made anew each time.
#[component]
pub fn OverlayDialog(overlay: Overlay, label: &'static str, children: ChildrenFn) -> impl IntoView {
    let overlays = Overlays::of_page();
    let dialog = NodeRef::<Dialog>::new();
    effect(move || {
        let is_open = overlays.is_open(overlay);
        let Some(dialog) = dialog.get() else { return };
        if is_open && !dialog.open() {
            // It fails only where the dialog is open already.
            let _ = dialog.show_modal();
        } else if !is_open && dialog.open() {
            dialog.close();
        }
    });
    // By Escape, which the browser carries out itself.
    let closed = move |_| {
        let is_closed = dialog.get_untracked().is_some_and(|dialog| !dialog.open());
        if is_closed && overlays.0.get_untracked() == Some(overlay) {
            overlays.close();
        }
    };
    // What is in the dialog fills it, so a click on the dialog itself was beside it.
    let clicked = move |event: leptos::ev::MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if target.is_some_and(|target| target.tag_name() == "DIALOG") {
            overlays.close();
        }
    };
    view! {
        <dialog class="overlay" node_ref=dialog aria-label=label on:close=closed on:click=clicked>
            <Show when=move || overlays.is_open(overlay)>{children()}</Show>
        </dialog>
    }
    .into_any()
}
