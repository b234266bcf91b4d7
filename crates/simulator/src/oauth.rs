//! Signing in: the dialog that a person sees and the exchange of its code for a token [DOC S1]. Any client
//! id and secret are taken, except the secret `wrong`, unless the faults name the one app that is registered. Codes go to this computer only: the simulator refuses
//! to redirect anywhere else.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::header::{CACHE_CONTROL, LOCATION};
use http::{HeaderValue, StatusCode, Uri};

use crate::request::query_parameter;
use crate::respond;
use crate::simulator::Simulator;
use crate::tokens::CodeGrant;
use crate::wire::errors::{self, ApiError};

const PAGE: &str = include_str!("dialog.html");
/// For trying out how a client takes UDAPI100069.
const REFUSED_SECRET: &str = "wrong";

/// What the dialog is asked with, in its query or in its own form.
struct Request {
    client_id: String,
    redirect_uri: String,
    state: Option<String>,
}

impl Request {
    /// UDAPI100068 [DOC] for a missing client, another response type or a redirect off this computer.
    fn parse(query: &str) -> Result<Self, ApiError> {
        let parameter = |name: &str| query_parameter(query, name).filter(|value| !value.is_empty());
        let is_code = parameter("response_type").is_some_and(|kind| kind == "code");
        let (Some(client_id), Some(redirect_uri), true) =
            (parameter("client_id"), parameter("redirect_uri"), is_code)
        else {
            return Err(errors::DIALOG);
        };
        if !is_loopback(&redirect_uri) {
            return Err(errors::DIALOG);
        }
        Ok(Self { client_id, redirect_uri, state: parameter("state") })
    }

    fn redirect(&self, parameter: &str, value: &str) -> Response {
        let separator = if self.redirect_uri.contains('?') { '&' } else { '?' };
        let mut target = format!("{}{separator}{parameter}={}", self.redirect_uri, encode(value));
        if let Some(state) = &self.state {
            target.push_str("&state=");
            target.push_str(&encode(state));
        }
        let Ok(target) = HeaderValue::try_from(target) else {
            return respond::json(errors::DIALOG.status, errors::DIALOG.body(&Default::default()));
        };
        let mut response = respond::html(StatusCode::FOUND, "");
        response.headers_mut().insert(LOCATION, target);
        response
    }
}

pub async fn dialog(State(simulator): State<Simulator>, RawQuery(query): RawQuery) -> Response {
    match Request::parse(&query.unwrap_or_default()) {
        Ok(request) if !is_registered(&simulator, &request) => {
            respond::error(errors::DIALOG, &simulator.faults())
        }
        Ok(request) => {
            let page = PAGE
                .replace("{{client_id}}", &escape(&request.client_id))
                .replace("{{redirect_uri}}", &escape(&request.redirect_uri))
                .replace("{{state}}", &escape(request.state.as_deref().unwrap_or("")));
            let mut response = respond::html(StatusCode::OK, page);
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(error) => respond::error(error, &simulator.faults()),
    }
}

/// The dialog's buttons. What the real one answers to a refusal is UNCERTAIN: `error=access_denied` here.
pub async fn decide(State(simulator): State<Simulator>, form: Bytes) -> Response {
    let form = String::from_utf8_lossy(&form);
    let request = match Request::parse(&form) {
        Ok(request) => request,
        Err(error) => return respond::error(error, &simulator.faults()),
    };
    if query_parameter(&form, "decision").as_deref() != Some("approve") {
        return request.redirect("error", "access_denied");
    }
    let grant = CodeGrant {
        client_id: request.client_id.clone(),
        redirect_uri: request.redirect_uri.clone(),
        at_ms: simulator.now_ms(),
    };
    let code = simulator.with_tokens(|tokens| tokens.new_code(grant));
    request.redirect("code", &code)
}

pub async fn token(State(simulator): State<Simulator>, form: Bytes) -> Response {
    match exchange(&simulator, &String::from_utf8_lossy(&form)) {
        Ok(token) => respond::json(200, token_body(&token)),
        Err(error) => respond::error(error, &simulator.faults()),
    }
}

/// Whether there is an app with this key and this redirect address, to the letter.
fn is_registered(simulator: &Simulator, request: &Request) -> bool {
    simulator
        .faults()
        .registered_app
        .as_ref()
        .is_none_or(|app| (&app.client_id, &app.redirect_uri) == (&request.client_id, &request.redirect_uri))
}

fn exchange(simulator: &Simulator, form: &str) -> Result<String, ApiError> {
    let required = |name: &str, error: ApiError| {
        query_parameter(form, name).filter(|value| !value.is_empty()).ok_or(error)
    };
    let code = required("code", errors::CODE_REQUIRED)?;
    // Shown is used, whatever comes of it [DOC].
    let faults = simulator.faults();
    let now_ms = simulator.now_ms();
    let grant = simulator.with_tokens(|tokens| tokens.take_code(&code, now_ms, faults.code_seconds));
    let client_id = required("client_id", errors::CLIENT_REQUIRED)?;
    let client_secret = required("client_secret", errors::SECRET_REQUIRED)?;
    let redirect_uri = required("redirect_uri", errors::REDIRECT_REQUIRED)?;
    let grant_type = required("grant_type", errors::GRANT_REQUIRED)?;
    if grant_type != "authorization_code" {
        return Err(errors::GRANT_REQUIRED);
    }
    if client_secret == REFUSED_SECRET {
        return Err(errors::CLIENT);
    }
    if let Some(app) = &faults.registered_app {
        if (&app.client_id, &app.client_secret) != (&client_id, &client_secret) {
            return Err(errors::CLIENT);
        }
        if app.redirect_uri != redirect_uri {
            return Err(errors::REDIRECT);
        }
    }
    if faults.inactive_app {
        return Err(errors::INACTIVE);
    }
    if faults.no_active_segment {
        return Err(errors::NO_SEGMENT);
    }
    let grant = grant.ok_or(errors::AUTH_CODE)?;
    if grant.client_id != client_id {
        return Err(errors::CLIENT);
    }
    if grant.redirect_uri != redirect_uri {
        return Err(errors::REDIRECT);
    }
    Ok(simulator.issue_token())
}

/// Flat, without an envelope; `extended_token` is for enrolled apps only and left out [DOC].
fn token_body(token: &str) -> String {
    format!(
        r#"{{"email":"simulated@example.com","exchanges":["NSE","NFO","BSE","CDS","BFO","BCD"],"products":["D","CO","I"],"broker":"UPSTOX","user_id":"SIM001","user_name":"Simulated Trader","order_types":["MARKET","LIMIT","SL","SL-M"],"user_type":"individual","poa":false,"is_active":true,"access_token":"{token}"}}"#
    )
}

fn is_loopback(redirect_uri: &str) -> bool {
    let Ok(uri) = redirect_uri.parse::<Uri>() else { return false };
    let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
    // Credentials before the host could make one look like another.
    let no_credentials = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
    is_web && no_credentials && matches!(uri.host(), Some("127.0.0.1" | "localhost" | "[::1]"))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stay_on_this_computer() {
        for good in ["http://127.0.0.1:5000/callback", "https://localhost/x?a=b", "http://[::1]:1/"] {
            assert!(is_loopback(good), "{good}");
        }
        for bad in [
            "http://example.com/",
            "http://127.0.0.1@example.com/",
            "http://localhost@example.com",
            "javascript:alert(1)",
            "/callback",
            "ftp://127.0.0.1/",
            "http://127.0.0.1.example.com/",
        ] {
            assert!(!is_loopback(bad), "{bad}");
        }
    }
}
