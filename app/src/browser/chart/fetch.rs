//! One request for candles, and what its failure says. Exists in the browser only.

use gloo_net::http::Response;
use leptos::prelude::window;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys;
use protocol::CandleColumns;
use wasm_bindgen_futures::JsFuture;

use crate::browser::rest::{away, refusal};
use crate::candles_wanted::CandlesWanted;
use crate::rpc::{Problem, ProblemKind};

/// The address is asked as it stands, for the document may have begun with it already: `gloo_net::http::Request` writes
/// another `&` behind a query.
pub async fn fetch(wanted: &CandlesWanted) -> Result<CandleColumns, Problem> {
    let response = JsFuture::from(window().fetch_with_str(&wanted.columns())).await.map_err(|_| away())?;
    let response = Response::from(response.unchecked_into::<web_sys::Response>());
    if !response.ok() {
        return Err(refusal(response).await);
    }
    response.json().await.map_err(|_| Problem {
        kind: ProblemKind::Failed,
        sentence: "The answer could not be read: the page and its server are of different versions, reload the page."
            .to_owned(),
    })
}
