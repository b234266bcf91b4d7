//! `/api`: the page on which REST can be tried, made of its document.

use std::sync::LazyLock;

use app::server::RestPage;
use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use super::{Site, openapi};
use crate::site;

pub fn routes() -> Router<Site> {
    Router::new().route("/api", get(page))
}

static PAGE: LazyLock<RestPage> = LazyLock::new(|| {
    // A server with a manifest of another version does not start.
    let manifest = site::manifest().ok().flatten();
    RestPage::new(openapi::document(), manifest.as_ref())
});

async fn page() -> Response {
    let mut answer = Html(PAGE.text()).into_response();
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.extend(
        HeaderValue::try_from(PAGE.security_policy()).ok().map(|policy| (CONTENT_SECURITY_POLICY, policy)),
    );
    answer
}
