//! The WASM entry point. It decides nothing: the user interface is in `app`.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console)]
    fn error(message: &str);
}

/// Draws the page. The document's start script calls it once.
#[wasm_bindgen]
pub fn start() {
    // Without this a fault of ours would stop the page without a word.
    std::panic::set_hook(Box::new(|panic| error(&panic.to_string())));
    app::start();
}
