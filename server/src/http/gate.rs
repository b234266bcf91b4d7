//! Who may ask for what. It stands before every address, after the guard: it knows who asks by what was presented, lets
//! through what that one may do, and counts the requests of strangers. An address that is not named here is for people
//! alone.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use access::{Access, Caller, Presented};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, USER_AGENT, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use protocol::{TokenScope, encoded};

use super::listen::Peer;
use super::problem::Problem;
use super::unlock::UNLOCK;
use crate::markets::cookie;
use crate::pages::SERVER_FUNCTIONS;
use crate::site;

/// Everything of REST.
const REST: &str = "/api/v1";
/// Of it what no program may see or change.
const ACCESS: &str = "/api/v1/access";
/// Of it what changes nothing, whatever its method.
const READING: &str = "/api/v1/sql";
/// Beside REST what programs may look at.
const FOR_PROGRAMS: [&str; 2] = ["/ws", "/metrics"];
/// Beside the files of the site what anybody may look at.
const FOR_ALL: [&str; 3] = [UNLOCK, "/healthz", "/readyz"];
/// The last of these was written by the proxy that we stand behind; those before it by whoever came.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// Of a browser that comes from a link on another site. It leaves out a cookie that is `Strict`, and brings it when the
/// page itself asks again.
const ASK_AGAIN: &str = "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
    <meta http-equiv=\"refresh\" content=\"0\"><title>ExpiryTrack</title>\
    <link rel=\"icon\" href=\"data:,\"></head><body></body></html>";

pub struct Gate {
    pub access: Access,
    /// The cookie that a session's secret comes in.
    pub cookie: String,
    pub behind_proxy: bool,
}

/// From where a request comes, and which browser it says it is.
#[derive(Clone, Debug)]
pub struct Origin {
    pub address: IpAddr,
    pub user_agent: String,
}

/// Why somebody is not let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closed {
    /// It is for whoever says who that is.
    ToStrangers(Presented),
    /// The token does not reach so far.
    ToPrograms(&'static str),
}

pub async fn check(State(gate): State<Arc<Gate>>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let caller = gate.access.judge(bearer(headers), cookie(headers, &gate.cookie));
    let origin = Origin {
        address: gate.address(&request),
        user_agent: text(headers, USER_AGENT).unwrap_or_default().to_owned(),
    };
    if caller.is_stranger() && !gate.access.lets_stranger_ask(origin.address) {
        return too_many();
    }
    match admit(&caller, request.method(), request.uri().path()) {
        Ok(()) => {
            request.extensions_mut().insert(caller);
            request.extensions_mut().insert(origin);
            next.run(request).await
        }
        Err(Closed::ToStrangers(presented)) => locked(&request, presented),
        Err(Closed::ToPrograms(why)) => Problem::new(StatusCode::FORBIDDEN, why).into_response(),
    }
}

impl Gate {
    /// Who comes; from a proxy that we stand behind, whom it says.
    fn address(&self, request: &Request) -> IpAddr {
        let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
        let peer = peer.unwrap_or(Ipv4Addr::UNSPECIFIED.into());
        let forwarded = request.headers().get_all(FORWARDED_FOR).iter().next_back();
        let forwarded = forwarded.filter(|_| self.behind_proxy).and_then(|header| header.to_str().ok());
        let last = forwarded.and_then(|list| list.rsplit(',').next()?.trim().parse().ok());
        last.unwrap_or(peer)
    }
}

fn text(headers: &HeaderMap, name: impl axum::http::header::AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = text(headers, AUTHORIZATION)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn is_under(path: &str, address: &str) -> bool {
    path.strip_prefix(address).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn admit(caller: &Caller, method: &Method, path: &str) -> Result<(), Closed> {
    if FOR_ALL.contains(&path) || site::serves(path) {
        return Ok(());
    }
    let scope = match caller {
        Caller::Anybody | Caller::Person(_) => return Ok(()),
        Caller::Stranger(presented) => return Err(Closed::ToStrangers(*presented)),
        Caller::Command if is_under(path, ACCESS) => return Ok(()),
        Caller::Command => TokenScope::Full,
        Caller::Program { scope, .. } => *scope,
    };
    if !is_under(path, REST) && !FOR_PROGRAMS.contains(&path) {
        return Err(Closed::ToPrograms("a token is for programs: use it at /api/v1 and /ws"));
    }
    if is_under(path, ACCESS) {
        return Err(Closed::ToPrograms("a token neither sees nor changes passwords, sessions and tokens"));
    }
    let is_reading = matches!(*method, Method::GET | Method::HEAD) || is_under(path, READING);
    match scope {
        TokenScope::ReadOnly if !is_reading => {
            Err(Closed::ToPrograms("this token is for reading alone: make one of full scope"))
        }
        TokenScope::ReadOnly | TokenScope::Full => Ok(()),
    }
}

fn too_many() -> Response {
    let sentence = "strangers ask for too much: try again in a second, or say who you are";
    Problem::new(StatusCode::TOO_MANY_REQUESTS, sentence).after(Some(1)).into_response()
}

/// Programs are told, a page shows why, and a person comes to where the password is typed.
fn locked(request: &Request, presented: Presented) -> Response {
    let path = request.uri().path();
    let sentence = match presented {
        Presented::Token => "this token is not known: it was revoked, or is not written in full",
        Presented::Session | Presented::Nothing => {
            "this server is locked with a password: a browser unlocks it at /unlock, a program sends \
             Authorization: Bearer with a token"
        }
    };
    let is_document = matches!(*request.method(), Method::GET | Method::HEAD)
        && !is_under(path, REST)
        && !FOR_PROGRAMS.contains(&path)
        && presented != Presented::Token;
    let mut answer = if path.starts_with(SERVER_FUNCTIONS) {
        let problem = app::rpc::Problem::locked();
        (StatusCode::UNAUTHORIZED, Json(problem)).into_response()
    } else if !is_document {
        Problem::new(StatusCode::UNAUTHORIZED, sentence).into_response()
    } else if presented == Presented::Nothing && comes_from_elsewhere(request.headers()) {
        Html(ASK_AGAIN).into_response()
    } else {
        let next = request.uri().path_and_query().map_or("/", |address| address.as_str());
        Redirect::to(&format!("{UNLOCK}?next={}", encoded(next))).into_response()
    };
    if answer.status() == StatusCode::UNAUTHORIZED {
        answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// A person followed a link on another site, or was sent back from one.
fn comes_from_elsewhere(headers: &HeaderMap) -> bool {
    text(headers, "sec-fetch-site") == Some("cross-site")
        && text(headers, "sec-fetch-mode") == Some("navigate")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(scope: TokenScope) -> Caller {
        Caller::Program { token: String::new(), scope }
    }

    #[test]
    fn an_address_that_is_not_named_is_for_people_alone() {
        let person = Caller::Person(String::new());
        let stranger = Caller::Stranger(Presented::Nothing);
        for path in ["/", "/jobs/1", "/rpc/jobs/list", "/callback", "/of-tomorrow", "/api/v10/x"] {
            assert!(admit(&person, &Method::POST, path).is_ok());
            assert!(admit(&stranger, &Method::GET, path).is_err(), "{path}");
            for caller in [program(TokenScope::ReadOnly), program(TokenScope::Full), Caller::Command] {
                let closed = admit(&caller, &Method::GET, path);
                assert!(matches!(closed, Err(Closed::ToPrograms(_))), "{caller:?} at {path}");
            }
        }
    }

    #[test]
    fn a_token_reaches_as_far_as_its_scope_and_never_to_passwords() {
        for (caller, method, path, may) in [
            (program(TokenScope::ReadOnly), Method::GET, "/api/v1/jobs", true),
            (program(TokenScope::ReadOnly), Method::HEAD, "/api/v1/jobs", true),
            (program(TokenScope::ReadOnly), Method::GET, "/ws", true),
            (program(TokenScope::ReadOnly), Method::POST, "/api/v1/estimate", false),
            (program(TokenScope::ReadOnly), Method::POST, "/api/v1/sql", true),
            (program(TokenScope::ReadOnly), Method::DELETE, "/api/v1/sql/mine", true),
            (program(TokenScope::ReadOnly), Method::POST, "/api/v1/sqlite", false),
            (program(TokenScope::ReadOnly), Method::GET, "/api/v1/access", false),
            (program(TokenScope::Full), Method::DELETE, "/api/v1/schedules/1", true),
            (program(TokenScope::Full), Method::GET, "/api/v1/access", false),
            (program(TokenScope::Full), Method::POST, "/api/v1/access/tokens", false),
            (program(TokenScope::Full), Method::GET, "/api/v1/accessories", true),
            (Caller::Command, Method::POST, "/api/v1/access/tokens", true),
        ] {
            assert_eq!(admit(&caller, &method, path).is_ok(), may, "{caller:?} {method} {path}");
        }
    }

    #[test]
    fn a_token_is_read_whatever_the_case_of_its_scheme() {
        let headers =
            |text: &'static str| HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(text))]);
        assert_eq!(bearer(&headers("Bearer et_x")), Some("et_x"));
        assert_eq!(bearer(&headers("bearer  et_x ")), Some("et_x"));
        assert_eq!(bearer(&headers("Basic et_x")), None);
        assert_eq!(bearer(&headers("et_x")), None);
    }
}
