//! The pointer and the arrow keys over the cells of a grid: one pair of listeners for all of them.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, Event, HtmlElement};

/// Repeats what the cell under the pointer or the focus says.
pub(super) fn tell(told: RwSignal<String>, event: &Event) {
    let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    if let Some(words) = element.filter(is_cell).and_then(|cell| cell.text_content()) {
        told.set(words);
    }
}

/// Left and right: the next strike on the same side. Up and down: the other side of the strike.
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
    let next = match event.key().as_str() {
        "ArrowRight" => after.iter().find(is_alike),
        "ArrowLeft" => before.iter().rev().find(is_alike),
        "ArrowDown" if kind == "CE" => after.first().filter(|next| self::kind(next) == "PE"),
        "ArrowUp" if kind == "PE" => before.last().filter(|next| self::kind(next) == "CE"),
        "Home" => cells.first(),
        "End" => cells.last(),
        _ => return,
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
