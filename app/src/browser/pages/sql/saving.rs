//! The answer as a file. What stands in the page is cut to text, so REST is asked the query once more, under the same bounds,
//! and writes it as it writes every file.

use gloo_net::http::{Request, Response};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, Uint8Array};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::{Blob, HtmlElement, Url};
use protocol::SqlWish;

use super::Desk;
use crate::browser::components::{ErrorNote, menu_of_deeds};
use crate::browser::rest::{away, refusal};
use crate::rpc::{Problem, ProblemKind};

/// As REST calls them, and as people do.
const FORMATS: [(&str, &str); 5] =
    [("csv", "CSV"), ("xlsx", "Excel"), ("parquet", "Parquet"), ("arrow", "Arrow"), ("json", "JSON")];
/// A browser that asks where to put a file needs its bytes until it knows.
const KEPT_MS: u32 = 60_000;

#[component]
pub(super) fn SaveMenu() -> impl IntoView {
    let desk: Desk = expect_context();
    let entry = move |(format, words): (&'static str, &'static str)| {
        let save = move |_| desk.save(format);
        view! { <li><button type="button" disabled=move || desk.saving.get() on:click=save>{words}</button></li> }
            .into_any()
    };
    let button =
        view! { <summary class="btn btn-sm">"Save"<span class="sr-only">" the answer"</span></summary> };
    menu_of_deeds(button.into_any(), FORMATS.map(entry).into())
}

/// Why it could not be saved.
#[component]
pub(super) fn SaveNote() -> impl IntoView {
    let desk: Desk = expect_context();
    view! {
        <div class="mt-2 empty:hidden" aria-live="polite">
            {move || desk.saving.get().then(|| view! { <p class="text-sm text-muted">"The file is being written …"</p> })}
            {move || desk.unsaved.get().map(|problem| view! { <ErrorNote what="The answer could not be saved" problem/> })}
        </div>
    }
    .into_any()
}

impl Desk {
    fn save(self, format: &'static str) {
        let sql = self.asked.get_untracked();
        self.saving.set(true);
        self.unsaved.set(None);
        spawn_local(async move {
            // It was allowed to read as much as it reads when its answer came.
            let wish = SqlWish { read_all: true, ..SqlWish::new(sql) };
            let done = saved(&wish, format).await;
            self.saving.try_set(false);
            self.unsaved.try_set(done.err());
        });
    }
}

async fn saved(wish: &SqlWish, format: &str) -> Result<(), Problem> {
    let request = Request::post(&format!("/api/v1/sql?format={format}")).json(wish);
    let response = request.map_err(|_| away())?.send().await.map_err(|_| away())?;
    if !response.ok() {
        return Err(refusal(response).await);
    }
    let name = name_of(&response).unwrap_or_else(|| format!("query.{format}"));
    let bytes = response.binary().await.map_err(|_| away())?;
    give(&name, &bytes).map_err(|_| Problem {
        kind: ProblemKind::Failed,
        sentence: "The browser does not take the file: it may be too large for it.".to_owned(),
    })
}

/// As the server calls the file.
fn name_of(response: &Response) -> Option<String> {
    let disposition = response.headers().get("content-disposition")?;
    let (_, name) = disposition.split_once("filename=\"")?;
    Some(name.trim_end_matches('"').to_owned())
}

fn give(name: &str, bytes: &[u8]) -> Result<(), JsValue> {
    let parts = Array::of1(&Uint8Array::from(bytes));
    let address = Url::create_object_url_with_blob(&Blob::new_with_u8_array_sequence(&parts)?)?;
    let link = document().create_element("a")?;
    link.set_attribute("href", &address)?;
    link.set_attribute("download", name)?;
    link.unchecked_ref::<HtmlElement>().click();
    spawn_local(async move {
        TimeoutFuture::new(KEPT_MS).await;
        let _ = Url::revoke_object_url(&address);
    });
    Ok(())
}
