//! Keeps the address bar true. The router does not push an address that is the last one that it pushed, even where the
//! browser has since gone back and shows another; then a reload would lead elsewhere, and Back would skip a page. So it
//! is pushed here.

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use leptos_router::location::Location;

use crate::browser::compiled_once::{effect, memo};

/// Called once, by the frame.
pub fn keep_address_bar_true() {
    let Location { pathname, search, hash, .. } = use_location();
    let drawn = memo(move || {
        let part = |sign: &str, text: String| match text.trim_start_matches(sign) {
            "" => String::new(),
            text => format!("{sign}{text}"),
        };
        format!("{}{}{}", pathname.get(), part("?", search.get()), part("#", hash.get()))
    });
    effect(move || {
        drawn.track();
        // The router's own push comes first: of another page as soon as that is drawn, which is before any timer.
        set_timeout(move || push(&drawn.get_untracked()), Duration::ZERO);
    });
}

fn push(drawn: &str) {
    let bar = window().location();
    let parts = [bar.pathname(), bar.search(), bar.hash()];
    let shown: String = parts.into_iter().flatten().collect();
    if plain(&shown) == plain(drawn) {
        return;
    }
    if let Ok(history) = window().history() {
        // Where the browser refuses, only the address bar is behind.
        let _ = history.push_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(drawn));
    }
}

/// The same address is written in more ways than one.
fn plain(address: &str) -> String {
    js_sys::decode_uri_component(address).map_or_else(|_| address.to_owned(), String::from)
}
