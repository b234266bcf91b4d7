//! The pages and their server functions. A page is drawn in the browser: its address answers with the document, the
//! same for all but for what the page shows first, which is read here and brought along.
//!
//! All that is asked of `leptos_axum` stands in this file. It decides nothing about the product: the list of pages
//! and what each reads are in `app`.

use std::sync::Arc;

use app::server::{CallStatus, Document, MarketSwitch, PAGES, PATIENCE, PageAddress, Place, Read};
use axum::Router;
use axum::extract::{Query, RawPathParams, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{MethodRouter, any, get};
use engine::Engine;
use leptos::prelude::{Owner, provide_context, use_context};
use leptos::reactive::computed::ScopedFuture;
use leptos_axum::ResponseOptions;
use protocol::{NoticeCount, ServerFrame};

use crate::commands::sentence;
use crate::http::Problem;
use crate::markets::Markets;
use crate::site;

/// Where every server function lives; `#[server(prefix = "/rpc")]` says it in `app`.
const SERVER_FUNCTIONS: &str = "/rpc/";

/// What the pages are answered from.
#[derive(Clone)]
struct Pages {
    markets: Arc<Markets>,
    document: Arc<Document>,
    policy: HeaderValue,
}

/// The pages, their files and the server functions.
pub fn router(markets: &Arc<Markets>) -> anyhow::Result<Router> {
    let mut router = Router::new().merge(site::routes());
    let for_functions = markets.clone();
    let function = any(move |request| call(for_functions.clone(), request));
    for (path, _) in leptos::server_fn::axum::server_fn_paths() {
        router = router.route(path, function.clone());
    }
    let Some(manifest) = site::manifest()? else {
        return Ok(router.fallback(get(browser_part_missing)));
    };
    let document = Document::new(manifest);
    let policy = HeaderValue::from_str(&document.security_policy())?;
    let pages = Pages { markets: markets.clone(), document: Arc::new(document), policy };
    let mut addresses = Router::new();
    for page in PAGES {
        addresses = addresses.route(&as_axum_writes(page.0), page_route(*page));
    }
    Ok(router.merge(addresses.fallback(unknown_address).with_state(pages)))
}

/// `/jobs/:id` as `/jobs/{id}`.
fn as_axum_writes(address: &str) -> String {
    let part =
        |part: &str| part.strip_prefix(':').map_or_else(|| part.to_owned(), |name| format!("{{{name}}}"));
    address.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn page_route((_, read): PageAddress) -> MethodRouter<Pages> {
    get(move |State(pages): State<Pages>, headers: HeaderMap, parts: RawPathParams, uri: Uri| async move {
        let engine = match pages.markets.of_request(&headers).await {
            Ok(engine) => engine,
            Err(problem) => return pages.cannot_be_opened(problem),
        };
        let parts = parts.iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
        let query = Query::try_from_uri(&uri).map(|Query(pairs)| pairs).unwrap_or_default();
        let reading = with_engine(&engine, || read(Place { parts, query }));
        // What takes longer the page asks by itself: it must not hold the document.
        let read = tokio::time::timeout(PATIENCE, reading).await.unwrap_or_default();
        pages.answer(&engine, read)
    })
}

/// A server function finds the engine in the context of its call.
fn with_engine<F: Future>(engine: &Engine, begin: impl FnOnce() -> F) -> impl Future<Output = F::Output> {
    let owner = Owner::new();
    owner.with(|| {
        provide_context(engine.clone());
        ScopedFuture::new(begin())
    })
}

async fn call(markets: Arc<Markets>, request: Request) -> Response {
    let engine = match markets.of_request(request.headers()).await {
        Ok(engine) => engine,
        Err(problem) => return problem.into_response(),
    };
    let provide = move || {
        provide_context(engine.clone());
        let Some(response) = use_context::<ResponseOptions>() else { return };
        provide_context(market_switch(markets.clone(), response.clone()));
        provide_context(CallStatus::new(move |status| {
            if let Ok(status) = StatusCode::from_u16(status) {
                response.set_status(status);
            }
        }));
    };
    leptos_axum::handle_server_fns_with_context(provide, request).await.into_response()
}

/// Opens the market and lets the browser's next requests mean it.
fn market_switch(markets: Arc<Markets>, response: ResponseOptions) -> MarketSwitch {
    MarketSwitch::new(move |market| {
        let (markets, response) = (markets.clone(), response.clone());
        Box::pin(async move {
            markets.engine(market).await.map_err(|error| sentence(&error))?;
            // A name of letters and digits is a header's text.
            if let Ok(cookie) = HeaderValue::from_str(&markets.cookie_of(market)) {
                response.insert_header(SET_COOKIE, cookie);
            }
            Ok(())
        })
    })
}

impl Pages {
    /// The market that this browser chose cannot be shown: it is told why, and the next load shows the other.
    fn cannot_be_opened(&self, problem: Problem) -> Response {
        let headers = [(SET_COOKIE, self.markets.forget_choice())];
        let text = format!(
            "{}\nLoad the page again to see the market that this server was started on.\n",
            problem.detail()
        );
        (StatusCode::SERVICE_UNAVAILABLE, headers, text).into_response()
    }

    fn answer(&self, engine: &Engine, read: Read) -> Response {
        let status = if read.is_missing { StatusCode::NOT_FOUND } else { StatusCode::OK };
        let market = engine.source().market();
        let opening = ServerFrame {
            at: engine.now(),
            session: engine.session().picture(),
            limits: engine.limits(),
            waits: engine.waits(),
            // Counting asks the database; the first live frame brings it.
            unfinished_jobs: 0,
            notices: NoticeCount::default(),
            job: None,
            events: Vec::new(),
        };
        let text = self.document.text(market, &opening, &read.answers);
        // The document names the files of this build: ask again each time, they themselves are kept.
        let headers = [
            (CONTENT_SECURITY_POLICY, self.policy.clone()),
            (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        ];
        (status, headers, Html(text)).into_response()
    }
}

/// A person who mistyped an address gets a page that says so; a program gets a plain 404.
async fn unknown_address(State(pages): State<Pages>, request: Request) -> Response {
    let wants_page = matches!(*request.method(), Method::GET | Method::HEAD);
    if !wants_page || request.uri().path().starts_with(SERVER_FUNCTIONS) {
        return (StatusCode::NOT_FOUND, "There is nothing at this address.\n").into_response();
    }
    match pages.markets.of_request(request.headers()).await {
        Ok(engine) => pages.answer(&engine, Read { is_missing: true, ..Read::default() }),
        Err(problem) => pages.cannot_be_opened(problem),
    }
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
    fn addresses_are_written_for_both_routers() {
        assert_eq!(as_axum_writes("/"), "/");
        assert_eq!(as_axum_writes("/browse/:underlying/:expiry"), "/browse/{underlying}/{expiry}");
    }
}
