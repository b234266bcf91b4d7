//! Everything that is asked of `leptos_axum`: pages rendered on the server, and server functions.
//!
//! All calls stand in this one file, so that a next version of Leptos is one file's work. It decides nothing
//! about the product: what pages and server functions need comes in through the `provide` closure.

use app::site::SiteManifest;
use app::status::{CallStatus, PageStatus};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use leptos::config::LeptosOptions;
use leptos::nonce::Nonce;
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{LeptosRoutes, ResponseOptions};

use crate::site;

/// Where every server function lives; `#[server(prefix = "/rpc")]` says it in `app`.
const SERVER_FUNCTIONS: &str = "/rpc/";

/// The pages, their files and the server functions. `provide` runs before each page and each server function
/// and hands them what they need with `provide_context`: the engine, and an [`app::site::Market`].
pub fn router(provide: impl Fn() + Clone + Send + Sync + 'static) -> anyhow::Result<Router> {
    let pages = match site::manifest()? {
        Some(manifest) => pages(manifest, provide),
        None => Router::new().fallback(get(browser_part_missing)),
    };
    Ok(pages.merge(site::routes()))
}

fn pages(manifest: SiteManifest, provide: impl Fn() + Clone + Send + Sync + 'static) -> Router {
    let provide = move || {
        set_headers();
        provide();
    };
    let document = move || app::shell(manifest.clone());
    // No file is read by leptos: the site is embedded, its names come from our manifest.
    let options = LeptosOptions::builder().output_name("expirytrack").build();
    let routes = leptos_axum::generate_route_list(app::App);
    let unknown = leptos_axum::render_app_to_stream_with_context(provide.clone(), document.clone());
    Router::new()
        .leptos_routes_with_context(&options, routes, provide, document)
        .fallback(move |request: Request| unknown_address(request, unknown.clone()))
        .with_state(options)
}

/// A person who mistyped an address gets a page that says so; a program gets a plain 404.
async fn unknown_address<F>(request: Request, page: impl Fn(Request) -> F) -> Response
where
    F: Future<Output = Response<Body>>,
{
    let wants_page = matches!(*request.method(), Method::GET | Method::HEAD);
    if !wants_page || request.uri().path().starts_with(SERVER_FUNCTIONS) {
        return (StatusCode::NOT_FOUND, "There is nothing at this address.\n").into_response();
    }
    page(request).await
}

/// Headers of a rendered page, and its hand on the status. A server function has no nonce and gets no policy.
fn set_headers() {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    if let Some(nonce) = use_context::<Nonce>()
        && let Ok(policy) = HeaderValue::from_str(&content_security_policy(&nonce))
    {
        response.insert_header(CONTENT_SECURITY_POLICY, policy);
        // The page names the files of this build: ask again each time, they themselves are kept.
        response.insert_header(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    let is_page = use_context::<Nonce>().is_some();
    let set_status = move |status| {
        if let Ok(status) = StatusCode::from_u16(status) {
            response.set_status(status);
        }
    };
    if is_page {
        provide_context(PageStatus::new(set_status));
    } else {
        provide_context(CallStatus::new(set_status));
    }
}

/// Only our own files, and scripts with this answer's nonce. Styles may be inline: the chart library and
/// progress bars set them. Nothing may frame these pages.
fn content_security_policy(nonce: &Nonce) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
         style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self'; \
         manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// What every page shows when the executable was compiled without the browser part.
async fn browser_part_missing() -> Html<&'static str> {
    Html(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>ExpiryTrack</title></head>\
         <body><h1>ExpiryTrack</h1><p>The browser part is not built: run <code>cargo xtask build</code> \
         and start the executable that it leaves at <code>target/release/expirytrack</code>. \
         The REST interface and the command line work without it.</p></body></html>",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_server_function_lives_under_rpc() {
        for (path, _) in leptos::server_fn::axum::server_fn_paths() {
            assert!(path.starts_with(SERVER_FUNCTIONS), "{path}: add prefix = \"/rpc\" to its #[server]");
        }
    }

    #[test]
    fn the_policy_carries_the_nonce_and_lets_no_inline_script_through() {
        let policy = content_security_policy(&Nonce::from_value("abc"));
        assert!(policy.contains("'nonce-abc'"));
        assert!(
            policy
                .split(';')
                .filter(|part| part.contains("script-src"))
                .all(|part| !part.contains("unsafe-inline"))
        );
    }
}
