//! The WASM entry point. It decides nothing: the user interface is in `app`.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console)]
    fn error(message: &str);
}

/// Puts the living page in the place of the one that the server rendered. The document's start script calls it
/// once.
///
/// The page is mounted anew and not hydrated: see `docs/decisions/0004-mounted-not-hydrated.md`.
#[wasm_bindgen]
pub fn hydrate() {
    // Without this a fault of ours would stop the page without a word.
    std::panic::set_hook(Box::new(|panic| error(&panic.to_string())));
    leptos::prelude::document()
        .body()
        .unwrap_or_else(|| unreachable!("a document has a body"))
        .set_inner_html("");
    leptos::mount::mount_to_body(app::App);
}
