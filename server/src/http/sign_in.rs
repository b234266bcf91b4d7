//! Signing in through the broker's dialog: `/login` sends the browser there, `/callback` takes it back.

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::response::{IntoResponse, Redirect, Response};
use engine::SecretString;
use serde::Deserialize;

use super::Site;

/// Where a person ends up who came from nowhere.
const HOME: &str = "/";

#[derive(Deserialize)]
pub struct Begin {
    #[serde(default)]
    next: String,
}

/// On the simulated market the simulator's own dialog; on Upstox the page where a token is pasted.
pub async fn begin(State(site): State<Site>, headers: HeaderMap, Query(begin): Query<Begin>) -> Response {
    let next = local_address(&begin.next);
    if !site.engine.source().is_simulated() {
        return Redirect::to(&format!("/signin?next={}", encode(next))).into_response();
    }
    // The guard has let known hosts through only.
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1:5000");
    let callback = format!("http://{host}/callback?next={}", encode(next));
    Redirect::to(&site.engine.session().begin_simulated_oauth(callback)).into_response()
}

#[derive(Deserialize)]
pub struct Finish {
    code: Option<SecretString>,
    state: Option<String>,
    #[serde(default)]
    next: String,
}

pub async fn finish(State(site): State<Site>, Query(finish): Query<Finish>) -> Response {
    let next = local_address(&finish.next);
    let (Some(code), Some(state)) = (finish.code, finish.state) else {
        return refused("Upstox sent you back without signing you in", next);
    };
    match site.engine.session().finish_oauth(code, &state).await {
        Ok(()) => Redirect::to(next).into_response(),
        Err(error) => refused(&error.chain(), next),
    }
}

/// Back to the sign-in page, which says what happened.
fn refused(reason: &str, next: &str) -> Response {
    Redirect::to(&format!("/signin?problem={}&next={}", encode(reason), encode(next))).into_response()
}

/// Only addresses of this site, so that nobody is sent elsewhere.
fn local_address(next: &str) -> &str {
    let is_local = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n']);
    if is_local { next } else { HOME }
}

fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(byte.into()),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        assert_eq!(local_address("/collect?step=3"), "/collect?step=3");
        for next in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "collect",
            "/a\r\nSet-Cookie: x",
        ] {
            assert_eq!(local_address(next), HOME, "{next}");
        }
        assert_eq!(encode("/a b?c=ä"), "%2Fa%20b%3Fc%3D%C3%A4");
    }
}
