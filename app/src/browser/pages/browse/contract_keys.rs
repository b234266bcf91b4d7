//! The arrow keys of a chart page: next strike, next expiry. They stay out of the way of anything that uses
//! arrows itself (a field, a scrolling table), and of every combination with another key.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::Element;

use crate::browser::chart::Gesture;
use crate::browser::compiled_once::effect;
use protocol::{Neighbour, Neighbours};

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyMeaning {
    Lower,
    Higher,
    Newer,
    Older,
    Chart(Gesture),
}

impl KeyMeaning {
    pub fn of(key: &str, with_shift: bool) -> Option<Self> {
        Some(match (key, with_shift) {
            ("ArrowLeft", false) => Self::Lower,
            ("ArrowRight", false) => Self::Higher,
            ("ArrowUp", false) => Self::Newer,
            ("ArrowDown", false) => Self::Older,
            ("ArrowLeft", true) => Self::Chart(Gesture::Earlier),
            ("ArrowRight", true) => Self::Chart(Gesture::Later),
            ("+" | "=", _) => Self::Chart(Gesture::ZoomIn),
            ("-", _) => Self::Chart(Gesture::ZoomOut),
            ("0", _) => Self::Chart(Gesture::ShowAll),
            _ => return None,
        })
    }

    pub fn neighbour(self, neighbours: &Neighbours) -> Option<&Neighbour> {
        match self {
            Self::Lower => neighbours.lower.as_ref(),
            Self::Higher => neighbours.higher.as_ref(),
            Self::Newer => neighbours.newer.as_ref(),
            Self::Older => neighbours.older.as_ref(),
            Self::Chart(_) => None,
        }
    }
}

/// Calls `act` for every key that means something here, as long as the page is shown; it says whether it did
/// anything.
pub fn follow_keys(act: impl Fn(KeyMeaning) -> bool + Clone + 'static) {
    // Effects run in the browser only.
    effect(move || {
        let act = act.clone();
        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            let is_combined = event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing();
            if is_combined || event.default_prevented() || uses_keys(&event) {
                return;
            }
            let meaning = KeyMeaning::of(&event.key(), event.shift_key());
            if meaning.is_some_and(&act) {
                event.prevent_default();
            }
        });
        on_cleanup(move || handle.remove());
    });
}

/// Fields, menus, scrolling regions and dialogs keep their own keys.
fn uses_keys(event: &KeyboardEvent) -> bool {
    const THEIR_OWN: &str =
        "input, select, textarea, [contenteditable], [role=menu], [role=listbox], [role=region], dialog";
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|target| matches!(target.closest(THEIR_OWN), Ok(Some(_))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_go_to_neighbours_and_with_shift_they_move_the_chart() {
        assert_eq!(KeyMeaning::of("ArrowLeft", false), Some(KeyMeaning::Lower));
        assert_eq!(KeyMeaning::of("ArrowLeft", true), Some(KeyMeaning::Chart(Gesture::Earlier)));
        assert_eq!(KeyMeaning::of("ArrowUp", true), None);
        assert_eq!(KeyMeaning::of("a", false), None);
        let older = Neighbour {
            key: "NSE_FO|1|21-08-2025".parse().unwrap(),
            expiry: "2025-08-21".parse().unwrap(),
            name: "24500 CE".to_owned(),
        };
        let neighbours = Neighbours { older: Some(older.clone()), ..Neighbours::default() };
        assert_eq!(KeyMeaning::Older.neighbour(&neighbours), Some(&older));
        assert_eq!(KeyMeaning::Newer.neighbour(&neighbours), None);
    }
}
