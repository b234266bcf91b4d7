//! A menu that opens below its button. It closes on Escape, and where a click or the focus goes elsewhere. Only while it
//! is open does it listen to the window: a page may have a dozen, and one of them is open at most.

use leptos::ev::FocusEvent;
use leptos::html::Details;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, Event, HtmlElement, Node};

use crate::browser::compiled_once::effect;

/// `button` is a `summary`. It stays open while one chooses in its panel.
pub fn menu(button: AnyView, panel: AnyView) -> AnyView {
    details(NodeRef::new(), button, panel)
}

/// A menu of deeds, each an item of a list: it closes with the one that is chosen.
pub fn menu_of_deeds(button: AnyView, deeds: Vec<AnyView>) -> AnyView {
    let menu = NodeRef::<Details>::new();
    let chosen = move |_| {
        if let Some(menu) = menu.get_untracked() {
            close(&menu);
            focus_button(&menu);
        }
    };
    let panel = view! { <ul class="file-menu-panel" on:click=chosen>{deeds}</ul> };
    details(menu, button, panel.into_any())
}

fn details(menu: NodeRef<Details>, button: AnyView, panel: AnyView) -> AnyView {
    let is_open = RwSignal::new(false);
    effect(move || {
        if is_open.get() {
            close_from_elsewhere(menu);
        }
    });
    let toggled = move |event: Event| {
        // The browser tells it a moment later, and the page may be gone by then.
        is_open.try_set(menu_of(&event).is_some_and(|menu| menu.has_attribute("open")));
    };
    view! {
        <details class="chart-menu" name="chart-menu" node_ref=menu on:toggle=toggled on:focusout=close_when_left>
            {button}
            {panel}
        </details>
    }
    .into_any()
}

/// By Escape and by a click beside it, until it is closed.
fn close_from_elsewhere(menu: NodeRef<Details>) {
    let keys = window_event_listener(leptos::ev::keydown, move |event| {
        if let Some(menu) = menu.get_untracked()
            && event.key() == "Escape"
            && !event.is_composing()
        {
            event.prevent_default();
            close(&menu);
            focus_button(&menu);
        }
    });
    let clicks = window_event_listener(leptos::ev::pointerdown, move |event| {
        if let Some(menu) = menu.get_untracked().filter(|menu| !is_from_within(&event, menu)) {
            close(&menu);
        }
    });
    on_cleanup(move || {
        keys.remove();
        clicks.remove();
    });
}

/// Where the focus goes elsewhere.
fn close_when_left(event: FocusEvent) {
    let next = event.related_target().and_then(|next| next.dyn_into::<Node>().ok());
    if let Some((menu, next)) = menu_of(&event).zip(next)
        && !menu.contains(Some(&next))
    {
        close(&menu);
    }
}

/// The one that listens.
fn menu_of(event: &Event) -> Option<Element> {
    event.current_target().and_then(|menu| menu.dyn_into().ok())
}

fn is_from_within(event: &Event, menu: &Node) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Node>().ok());
    menu.contains(target.as_ref())
}

fn close(menu: &Element) {
    // An attribute of this name can always be taken away.
    let _ = menu.remove_attribute("open");
}

/// The keyboard goes on from where the menu was opened.
fn focus_button(menu: &Element) {
    let button = menu.query_selector("summary").ok().flatten();
    if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
        // It fails only where the button is gone.
        let _ = button.focus();
    }
}
