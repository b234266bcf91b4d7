//! Signing in through the broker's dialog: `/login` sends the browser there, `/callback` takes it back.

use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::response::{IntoResponse, Redirect, Response};
use engine::SecretString;
use protocol::{encoded, local_address};
use serde::Deserialize;

use super::Chosen;
use super::extract::Query;

#[derive(Deserialize)]
pub struct Begin {
    #[serde(default)]
    next: String,
}

/// On the simulated market the simulator's own dialog; on Upstox the page where a token is pasted.
pub async fn begin(Chosen(engine): Chosen, headers: HeaderMap, Query(begin): Query<Begin>) -> Response {
    let next = local_address(&begin.next);
    if !engine.source().is_simulated() {
        return Redirect::to(&format!("/signin?next={}", encoded(next))).into_response();
    }
    // The guard has let known hosts through only.
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1:5000");
    let callback = format!("http://{host}/callback?next={}", encoded(next));
    Redirect::to(&engine.session().begin_simulated_oauth(callback)).into_response()
}

#[derive(Deserialize)]
pub struct Finish {
    code: Option<SecretString>,
    state: Option<String>,
    #[serde(default)]
    next: String,
}

pub async fn finish(Chosen(engine): Chosen, Query(finish): Query<Finish>) -> Response {
    let next = local_address(&finish.next);
    let (Some(code), Some(state)) = (finish.code, finish.state) else {
        return refused("Upstox sent you back without signing you in", next);
    };
    match engine.session().finish_oauth(code, &state).await {
        Ok(()) => Redirect::to(next).into_response(),
        Err(error) => refused(&error.chain(), next),
    }
}

/// Back to the sign-in page, which says what happened.
fn refused(reason: &str, next: &str) -> Response {
    Redirect::to(&format!("/signin?problem={}&next={}", encoded(reason), encoded(next))).into_response()
}
