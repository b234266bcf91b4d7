//! A menu that opens below its button. It closes on Escape, and where a click or the focus goes elsewhere.

use leptos::ev::FocusEvent;
use leptos::html::Details;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, Event, HtmlElement, Node};

use crate::browser::compiled_once::effect;

/// `button` is a `summary`.
pub fn menu(button: AnyView, panel: AnyView) -> AnyView {
    let menu = NodeRef::<Details>::new();
    // Effects run in the browser only.
    effect(move || {
        let keys = window_event_listener(leptos::ev::keydown, move |event| {
            let open = menu.get_untracked().filter(|menu| menu.has_attribute("open"));
            if let Some(menu) = open
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
    });
    view! {
        <details class="chart-menu" name="chart-menu" node_ref=menu on:focusout=close_when_left>
            {button}
            {panel}
        </details>
    }
    .into_any()
}

/// Where the focus goes elsewhere.
pub fn close_when_left(event: FocusEvent) {
    let menu = event.current_target().and_then(|menu| menu.dyn_into::<Element>().ok());
    let next = event.related_target().and_then(|next| next.dyn_into::<Node>().ok());
    if let Some((menu, next)) = menu.zip(next)
        && !menu.contains(Some(&next))
    {
        close(&menu);
    }
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
