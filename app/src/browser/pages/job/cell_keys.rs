//! The pointer and the arrow keys over the cells of a grid: one pair of listeners for all of them.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, Event, HtmlElement};

use crate::browser::keys::{Binding, Chord, Press, meaning};

/// Where a key leads from a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Lower,
    Higher,
    ToCall,
    ToPut,
    First,
    Last,
}

pub(super) const KEYS: [Binding<Step>; 6] = [
    Binding { chords: &[Chord::of("ArrowLeft")], words: "The next lower strike", meaning: Step::Lower },
    Binding { chords: &[Chord::of("ArrowRight")], words: "The next higher strike", meaning: Step::Higher },
    Binding { chords: &[Chord::of("ArrowUp")], words: "From the put to the call", meaning: Step::ToCall },
    Binding { chords: &[Chord::of("ArrowDown")], words: "From the call to the put", meaning: Step::ToPut },
    Binding { chords: &[Chord::of("Home")], words: "The first contract", meaning: Step::First },
    Binding { chords: &[Chord::of("End")], words: "The last contract", meaning: Step::Last },
];

/// Repeats what the cell under the pointer or the focus says.
pub(super) fn tell(told: RwSignal<String>, event: &Event) {
    let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    if let Some(words) = element.filter(is_cell).and_then(|cell| cell.text_content()) {
        told.set(words);
    }
}

/// To the next strike on the same side, or to the other side of the strike.
pub(super) fn go_on(event: &KeyboardEvent) {
    let element = |target: Option<leptos::web_sys::EventTarget>| target?.dyn_into::<Element>().ok();
    let (Some(group), Some(cell)) = (element(event.current_target()), element(event.target())) else {
        return;
    };
    let links = group.get_elements_by_tag_name("a");
    let cells: Vec<Element> = (0..links.length()).filter_map(|at| links.item(at)).filter(is_cell).collect();
    let Some(at) = cells.iter().position(|other| *other == cell) else { return };
    let (before, after) = (&cells[..at], &cells[at + 1..]);
    let kind = kind(&cell);
    // A future belongs to both sides.
    let is_alike = |other: &&Element| {
        let other = self::kind(other);
        other == kind || other == "FUT" || kind == "FUT"
    };
    let Some(step) = Press::of(event).and_then(|press| meaning(&KEYS, &press)) else { return };
    let next = match step {
        Step::Higher => after.iter().find(is_alike),
        Step::Lower => before.iter().rev().find(is_alike),
        Step::ToPut if kind == "CE" => after.first().filter(|next| self::kind(next) == "PE"),
        Step::ToCall if kind == "PE" => before.last().filter(|next| self::kind(next) == "CE"),
        Step::First => cells.first(),
        Step::Last => cells.last(),
        Step::ToPut | Step::ToCall => return,
    };
    // The page itself must not scroll, at the end of the row neither.
    event.prevent_default();
    if let Some(next) = next.and_then(|next| next.dyn_ref::<HtmlElement>()) {
        // A cell that cannot take the focus leaves it where it is.
        let _ = next.focus();
    }
}

fn is_cell(element: &Element) -> bool {
    element.has_attribute("data-kind")
}

fn kind(cell: &Element) -> String {
    cell.get_attribute("data-kind").unwrap_or_default()
}
