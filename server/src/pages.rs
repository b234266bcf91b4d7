//! The pages and their server functions. A page is drawn in the browser: its address answers with the document, the
//! same for all but for what the page shows first, which is read here and brought along.
//!
//! All that is asked of `leptos_axum` stands in this file. It decides nothing about the product: the list of pages
//! and what each reads are in `app`.

use std::sync::Arc;
use std::time::Duration;

use access::{Caller, NewSession};
use app::server::{
    AccessDesk, CallStatus, Document, Environment, FIRST_PART, MarketSwitch, PAGES, PageAddress, Place,
    ProgramLog, Read,
};
use app::site::SiteManifest;
use axum::Router;
use axum::extract::{Query, RawPathParams, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, SET_COOKIE};
use axum::http::{Extensions, HeaderValue, Method, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{MethodRouter, any, get};
use engine::Engine;
use leptos::prelude::{Owner, provide_context, use_context};
use leptos::reactive::computed::ScopedFuture;
use leptos_axum::ResponseOptions;
use protocol::{NoticeCount, ServerFrame};

use crate::commands::sentence;
use crate::environment;
use crate::http::{Origin, Problem, Site};
use crate::markets::Markets;
use crate::site as files;

/// Where every server function lives; `#[server(prefix = "/rpc")]` says it in `app`.
pub const SERVER_FUNCTIONS: &str = "/rpc/";
/// A document is not held for longer: what takes more the page asks by itself. A test asks what is said, not how soon.
const PATIENCE: Duration = if cfg!(test) { Duration::from_secs(20) } else { Duration::from_millis(200) };

/// What the pages are answered from.
#[derive(Clone)]
struct Pages {
    site: Site,
    document: Arc<Document>,
    policy: HeaderValue,
}

/// The pages, their files and the server functions.
pub fn router(site: &Site, manifest: Option<SiteManifest>) -> anyhow::Result<Router> {
    let mut router = Router::new().merge(files::routes());
    let for_functions = site.clone();
    let function = any(move |request| call(for_functions.clone(), request));
    for (path, _) in leptos::server_fn::axum::server_fn_paths() {
        router = router.route(path, function.clone());
    }
    let Some(manifest) = manifest else {
        return Ok(router.fallback(get(browser_part_missing)));
    };
    let document = Document::new(manifest);
    let policy = HeaderValue::from_str(&document.security_policy())?;
    let pages = Pages { site: site.clone(), document: Arc::new(document), policy };
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

fn page_route((_, read, part): PageAddress) -> MethodRouter<Pages> {
    get(move |State(pages): State<Pages>, parts: RawPathParams, uri: Uri, request: Request| async move {
        let engine = match pages.site.markets.of_request(request.headers(), request.extensions()).await {
            Ok(engine) => engine,
            Err(problem) => return pages.cannot_be_opened(problem),
        };
        let parts = parts.iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
        let query = Query::try_from_uri(&uri).map(|Query(pairs)| pairs).unwrap_or_default();
        // No session begins with a document.
        let desk = access_desk(&pages.site, request.extensions(), Arc::new(drop));
        let provide = || {
            provide_context(engine.clone());
            provide_context(program_log(&pages.site));
            provide_context(Environment(environment::variables()));
            desk.into_iter().for_each(provide_context);
        };
        let reading = with_context(provide, || read(Place { parts, query }));
        let read = tokio::time::timeout(PATIENCE, reading).await.unwrap_or_default();
        pages.answer(&engine, uri.path(), part, read)
    })
}

/// A server function finds the engine, and who asks, in the context of its call.
fn with_context<F: Future>(
    provide: impl FnOnce(),
    begin: impl FnOnce() -> F,
) -> impl Future<Output = F::Output> {
    let owner = Owner::new();
    owner.with(|| {
        provide();
        ScopedFuture::new(begin())
    })
}

/// Who asks, as the gate found it.
fn access_desk(
    site: &Site,
    of_request: &Extensions,
    keep: Arc<dyn Fn(NewSession) + Send + Sync>,
) -> Option<AccessDesk> {
    let (caller, Origin { address, user_agent }) =
        (of_request.get::<Caller>()?.clone(), of_request.get::<Origin>()?.clone());
    Some(AccessDesk { access: site.access.clone(), caller, address, user_agent, keep })
}

async fn call(site: Site, request: Request) -> Response {
    let engine = match site.markets.of_request(request.headers(), request.extensions()).await {
        Ok(engine) => engine,
        Err(problem) => return problem.into_response(),
    };
    let of_request = request.extensions().clone();
    let provide = move || {
        provide_context(engine.clone());
        let Some(response) = use_context::<ResponseOptions>() else { return };
        provide_context(program_log(&site));
        provide_context(Environment(environment::variables()));
        provide_context(market_switch(site.markets.clone(), response.clone()));
        let (cookie, answer) = (site.session_cookie.clone(), response.clone());
        let keep = move |session: NewSession| {
            if let Some(cookie) = cookie.holding(&session.secret) {
                answer.append_header(SET_COOKIE, cookie);
            }
        };
        access_desk(&site, &of_request, Arc::new(keep)).into_iter().for_each(provide_context);
        provide_context(CallStatus::new(move |status| {
            if let Ok(status) = StatusCode::from_u16(status) {
                response.set_status(status);
            }
        }));
    };
    leptos_axum::handle_server_fns_with_context(provide, request).await.into_response()
}

fn program_log(site: &Site) -> ProgramLog {
    let site = site.clone();
    ProgramLog::new(move |query| {
        let site = site.clone();
        Box::pin(async move { site.log_lines(query).await })
    })
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
        let headers = [(SET_COOKIE, self.site.markets.forget_choice())];
        let text = format!(
            "{}\nLoad the page again to see the market that this server was started on.\n",
            problem.detail()
        );
        (StatusCode::SERVICE_UNAVAILABLE, headers, text).into_response()
    }

    fn answer(&self, engine: &Engine, path: &str, part: &str, read: Read) -> Response {
        let status = if read.is_missing { StatusCode::NOT_FOUND } else { StatusCode::OK };
        let market = engine.source().market();
        let opening = ServerFrame {
            at: engine.now(),
            session: engine.session().picture(),
            settings: engine.preferences().now(),
            limits: engine.limits(),
            waits: engine.waits(),
            // Counting asks the database; the first live frame brings it.
            unfinished_jobs: 0,
            notices: NoticeCount::default(),
            job: None,
            events: Vec::new(),
        };
        let text = self.document.text(market, path, part, &opening, &read);
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
    match pages.site.markets.of_request(request.headers(), request.extensions()).await {
        Ok(engine) => pages.answer(
            &engine,
            request.uri().path(),
            FIRST_PART,
            Read { is_missing: true, ..Read::default() },
        ),
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
