//! The WASM entry point. It decides nothing: the user interface is in `app`.

use wasm_bindgen::prelude::wasm_bindgen;

/// Takes over the body that the server rendered. The document's start script calls it once.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_body(app::App);
}
