//! What stands before every address: the Host allow-list (a foreign name that resolves here is DNS
//! rebinding), the Origin check (a page elsewhere must not use a person's browser against this server), and
//! the headers that every answer carries. A request without an Origin comes from a program and passes.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    HOST, HeaderName, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;

/// Names under which this server may be addressed.
pub struct Guard {
    hosts: Vec<String>,
}

impl Guard {
    pub fn new(bound: SocketAddr) -> Self {
        let port = bound.port();
        let mut hosts: Vec<String> =
            ["127.0.0.1", "localhost", "[::1]"].iter().map(|host| format!("{host}:{port}")).collect();
        if !bound.ip().is_unspecified() {
            hosts.push(bound.to_string());
        }
        if port == 80 {
            hosts.extend(["127.0.0.1", "localhost", "[::1]"].map(str::to_owned));
        }
        Self { hosts }
    }

    fn knows_host(&self, host: &str) -> bool {
        self.hosts.iter().any(|known| known.eq_ignore_ascii_case(host))
    }

    fn knows_origin(&self, origin: &str) -> bool {
        origin.strip_prefix("http://").is_some_and(|host| self.knows_host(host))
    }

    fn refusal(&self, request: &Request) -> Option<Problem> {
        let header = |name: HeaderName| {
            request.headers().get(name).map(|value| value.to_str().unwrap_or("?").to_owned())
        };
        // HTTP/2 carries the host in the address.
        let host = header(HOST).or_else(|| request.uri().authority().map(|host| host.to_string()));
        if !host.as_deref().is_some_and(|host| self.knows_host(host)) {
            let named = host.unwrap_or_else(|| "no host".to_owned());
            let detail = format!("this server is addressed as {}, not as {named}", self.hosts[0]);
            return Some(Problem::new(StatusCode::FORBIDDEN, detail));
        }
        match header(ORIGIN) {
            Some(origin) if !self.knows_origin(&origin) => {
                let detail = format!("a page of {origin} may not use this server");
                Some(Problem::new(StatusCode::FORBIDDEN, detail))
            }
            _ => None,
        }
    }
}

pub async fn check(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let mut answer = match guard.refusal(&request) {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    };
    let headers = answer.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_names_and_own_origins_pass() {
        let guard = Guard::new(SocketAddr::from(([127, 0, 0, 1], 5000)));
        for host in ["127.0.0.1:5000", "localhost:5000", "LOCALHOST:5000", "[::1]:5000"] {
            assert!(guard.knows_host(host), "{host}");
            assert!(guard.knows_origin(&format!("http://{host}")), "{host}");
        }
        for host in ["127.0.0.1", "127.0.0.1:5001", "evil.example:5000", "localhost:5000.evil.example", ""] {
            assert!(!guard.knows_host(host), "{host}");
        }
        for origin in ["null", "https://127.0.0.1:5000", "http://evil.example", "http://localhost:5001"] {
            assert!(!guard.knows_origin(origin), "{origin}");
        }
    }
}
