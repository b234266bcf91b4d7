//! What stands before every address: the Host allow-list (a foreign name that resolves here is DNS
//! rebinding), the Origin check (a page elsewhere must not use a person's browser against this server), and
//! the headers that every answer carries. A request without an Origin comes from a program and passes.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    CONTENT_SECURITY_POLICY, HOST, HeaderName, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use crate::exposure::Exposure;
use crate::site;

/// Of an answer that says nothing of its own: it has no scripts, styles or pictures but an icon that is empty. A site's
/// files are left without one, because a worker among them would be held to it.
const NOTHING_ALLOWED: &str = "default-src 'none'; img-src data:; frame-ancestors 'none'; base-uri 'none'";

/// This server as a request calls it: `https://et.example.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressedAs(pub String);

/// Names under which this server may be addressed, each with its scheme.
pub struct Guard {
    origins: Vec<(&'static str, String)>,
}

impl Guard {
    pub fn new(exposure: &Exposure) -> Self {
        Self { origins: exposure.origins() }
    }

    /// This server as whoever names this host calls it; `None`: by none of its names.
    fn addressed_as(&self, host: &str) -> Option<AddressedAs> {
        let (scheme, _) = self.origins.iter().find(|(_, known)| known.eq_ignore_ascii_case(host))?;
        Some(AddressedAs(format!("{scheme}://{host}")))
    }

    fn knows_origin(&self, origin: &str) -> bool {
        let Some((scheme, host)) = origin.split_once("://") else { return false };
        self.origins.iter().any(|(known, name)| *known == scheme && name.eq_ignore_ascii_case(host))
    }

    /// This server as the request calls it, or why it may not.
    fn judge(&self, request: &Request) -> Result<AddressedAs, Problem> {
        let header = |name: HeaderName| {
            request.headers().get(name).map(|value| value.to_str().unwrap_or("?").to_owned())
        };
        let host = header(HOST);
        let Some(addressed_as) = host.as_deref().and_then(|host| self.addressed_as(host)) else {
            let named = host.unwrap_or_else(|| "no host".to_owned());
            let own = self.origins.first().map(|(_, own)| own.as_str()).unwrap_or_default();
            let detail = format!(
                "this server is addressed as {own}, not as {named}; --allowed-host at its start adds a name"
            );
            return Err(Problem::new(StatusCode::FORBIDDEN, detail));
        };
        match header(ORIGIN) {
            Some(origin) if !self.knows_origin(&origin) => {
                let detail = format!("a page of {origin} may not use this server");
                Err(Problem::new(StatusCode::FORBIDDEN, detail))
            }
            _ => Ok(addressed_as),
        }
    }
}

/// Lets own names and own pages through, and tells what is behind how this server was addressed.
pub async fn check(State(guard): State<Arc<Guard>>, mut request: Request, next: Next) -> Response {
    let is_file_of_site = site::serves(request.uri().path());
    let mut answer = match guard.judge(&request) {
        Err(problem) => problem.into_response(),
        Ok(addressed_as) => {
            request.extensions_mut().insert(addressed_as);
            next.run(request).await
        }
    };
    let headers = answer.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    if !is_file_of_site {
        let policy = headers.entry(CONTENT_SECURITY_POLICY);
        policy.or_insert(HeaderValue::from_static(NOTHING_ALLOWED));
    }
    answer
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    #[test]
    fn only_own_names_and_own_origins_pass() {
        let exposure = Exposure {
            bound: SocketAddr::from(([127, 0, 0, 1], 5000)),
            tls: false,
            behind_proxy: false,
            allowed_hosts: Vec::new(),
        };
        let guard = Guard::new(&exposure);
        for host in ["127.0.0.1:5000", "localhost:5000", "LOCALHOST:5000", "[::1]:5000"] {
            assert_eq!(guard.addressed_as(host).map(|of| of.0), Some(format!("http://{host}")));
            assert!(guard.knows_origin(&format!("http://{host}")), "{host}");
        }
        for host in ["127.0.0.1", "127.0.0.1:5001", "evil.example:5000", "localhost:5000.evil.example", ""] {
            assert_eq!(guard.addressed_as(host), None, "{host}");
        }
        for origin in ["null", "https://127.0.0.1:5000", "http://evil.example", "http://localhost:5001"] {
            assert!(!guard.knows_origin(origin), "{origin}");
        }

        let allowed_hosts = vec!["et.example.com".parse().unwrap()];
        let proxied = Guard::new(&Exposure { behind_proxy: true, allowed_hosts, ..exposure.clone() });
        for origin in ["https://et.example.com", "https://et.example.com:5000", "http://127.0.0.1:5000"] {
            assert!(proxied.knows_origin(origin), "{origin}");
        }
        let called = |guard: &Guard, host: &str| guard.addressed_as(host).map(|AddressedAs(called)| called);
        assert_eq!(called(&proxied, "et.example.com"), Some("https://et.example.com".to_owned()));
        for origin in ["http://et.example.com", "https://127.0.0.1:5000", "https://example.com"] {
            assert!(!proxied.knows_origin(origin), "{origin}");
        }
        let own_tls = Guard::new(&Exposure { tls: true, ..exposure });
        assert_eq!(called(&own_tls, "localhost:5000"), Some("https://localhost:5000".to_owned()));
        assert!(
            own_tls.knows_origin("https://localhost:5000") && !own_tls.knows_origin("http://localhost:5000")
        );
    }
}
