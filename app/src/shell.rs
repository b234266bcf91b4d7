//! The HTML document around the app: what the browser must know before it runs any of our code.
//!
//! Every script in it carries the nonce of the answer, so that the content security policy can refuse all
//! others. The names of files come from the manifest; the document loads nothing from another host.

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;

use crate::App;
use crate::opening::Opening;
use crate::site::{Market, SiteManifest};

/// Applies the theme that the user chose, before anything is painted. Without a choice the style sheet
/// follows the system. The key is the one that `components::ThemeSwitch` writes.
const THEME_SCRIPT: &str = "try{const t=localStorage.getItem('expirytrack-theme');\
    if(t)document.documentElement.dataset.theme='expirytrack-'+t}catch{}";

/// The document. Rendered on the server only; the browser takes over its body.
pub fn shell(manifest: SiteManifest) -> impl IntoView {
    let nonce = use_nonce();
    let start = start_script(&manifest);
    let opening = Opening::of_page();
    provide_context(opening.clone());
    view! {
        <!DOCTYPE html>
        <html lang="en-IN" data-market=Market::of_page().word() data-chart=manifest.chart data-opening=opening.to_json()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="robots" content="noindex"/>
                <script nonce=nonce.clone()>{THEME_SCRIPT}</script>
                <link rel="stylesheet" href=manifest.style/>
                <link rel="modulepreload" href=manifest.script/>
                <link rel="preload" r#as="fetch" r#type="application/wasm" crossorigin="anonymous" href=manifest.wasm/>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
                <MetaTags/>
            </head>
            <body>
                <App/>
                <script type="module" nonce=nonce>{start}</script>
            </body>
        </html>
    }
}

/// Loads the module and lets it take over the body; `data-hydrated` says that it has. The address of the WASM
/// is the preloaded one, so that it is fetched once.
fn start_script(manifest: &SiteManifest) -> String {
    let SiteManifest { wasm, script, .. } = manifest;
    format!(
        "import init,{{hydrate}} from '{script}';await init({{module_or_path:'{wasm}'}});\
         hydrate();document.documentElement.dataset.hydrated=''"
    )
}
