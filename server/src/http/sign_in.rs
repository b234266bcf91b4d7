//! Signing in through the broker's dialog: `/login` sends the browser there, the redirect address of the app takes it
//! back. That address is the broker's to call, so what comes is known by its `state` alone: a browser sends no cookie
//! of ours along from another site.

use axum::extract::{Extension, Request, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, Method, Uri};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use engine::{Engine, Return};
use protocol::{encoded, local_address};
use serde::Deserialize;

use super::extract::{Query, query_pairs};
use super::guard::AddressedAs;
use super::{Chosen, Site};

/// Where the page of the sign-in is.
const SIGN_IN: &str = "/signin";

#[derive(Deserialize)]
pub struct Begin {
    #[serde(default)]
    next: String,
}

pub async fn begin(
    Chosen(engine): Chosen,
    Extension(AddressedAs(here)): Extension<AddressedAs>,
    Query(begin): Query<Begin>,
) -> Response {
    let next = local_address(&begin.next);
    match engine.session().begin(&here, next).await {
        Ok(dialog) => Redirect::to(&dialog).into_response(),
        // The page says what is missing.
        Err(_) => Redirect::to(&format!("{SIGN_IN}?next={}", encoded(next))).into_response(),
    }
}

/// Takes a browser back that comes from the dialog, at whatever path the app was registered with.
pub async fn returning(State(site): State<Site>, request: Request, next: Next) -> Response {
    if *request.method() == Method::GET {
        let back = returned(request.uri());
        if let Some(engine) = site.markets.opened().find(|engine| has_begun(engine, &back)) {
            return come_back(&engine, back).await;
        }
    }
    next.run(request).await
}

/// A person's browser carries it, so it is read as far as it can be and refused on a page, never as a problem document.
fn returned(uri: &Uri) -> Return {
    Return::of_pairs(query_pairs(uri).unwrap_or_default())
}

fn has_begun(engine: &Engine, back: &Return) -> bool {
    back.state.as_deref().is_some_and(|state| engine.session().has_begun(state))
}

/// `/callback` with a `state` that is not known here, or with none. Any page can send a browser there, so only that browser
/// is told, and nobody who waits for a sign-in of their own.
pub async fn unknown() -> Response {
    let body = format!(
        "<h1>The sign-in was not finished</h1>\
         <p>It was not begun here: begin again. Nothing has changed.</p>\
         <p><a href=\"{SIGN_IN}\">Go to the sign-in</a></p>"
    );
    page("", &body)
}

async fn come_back(engine: &Engine, back: Return) -> Response {
    let back = engine.session().come_back(back).await;
    let next = local_address(&back.next);
    match back.outcome {
        Ok(()) if !engine.session().picture().plus_needed => go_on(next),
        // The page says why, or that one thing is missing still.
        _ => go_on(&format!("{SIGN_IN}?next={}", encoded(next))),
    }
}

/// A page of ours leads on, not a redirect: that would still be the other site's doing, and carry no cookie.
fn go_on(address: &str) -> Response {
    let address = address.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    page(
        &format!("<meta http-equiv=\"refresh\" content=\"0;url={address}\">"),
        &format!("<p><a href=\"{address}\">Go on</a></p>"),
    )
}

fn page(head: &str, body: &str) -> Response {
    let page = format!(
        "<!DOCTYPE html><html lang=\"en-IN\"><head><meta charset=\"utf-8\"><title>ExpiryTrack</title><link rel=\"icon\" href=\"data:,\">\
         {head}</head><body>{body}</body></html>"
    );
    // The address of this page may hold a code: nobody keeps it, nobody is told of it.
    ([(CACHE_CONTROL, HeaderValue::from_static("no-store"))], Html(page)).into_response()
}
