//! `/unlock`: where the password is typed. A page of plain HTML, so it needs nothing of what it guards; a session begins
//! in a cookie that no script reads and that no other site sends.

use access::{AccessErrorKind, Caller, Presented, SESSION_SECONDS_MAX};
use axum::Router;
use axum::extract::rejection::FormRejection;
use axum::extract::{Extension, Form, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use protocol::{SecretText, local_address};
use serde::Deserialize;

use super::Site;
use super::extract::Query;
use super::gate::Origin;
use super::problem::Problem;

pub const UNLOCK: &str = "/unlock";

/// The cookie of sessions. Cookies know no ports, so its name does.
#[derive(Clone, Debug)]
pub struct SessionCookie {
    pub name: String,
    /// Browsers come over TLS, and shall send it over nothing else.
    pub secure: bool,
}

impl SessionCookie {
    pub fn new(port: u16, secure: bool) -> Self {
        Self { name: format!("expirytrack_session_{port}"), secure }
    }

    pub fn holding(&self, SecretText(secret): &SecretText) -> Option<HeaderValue> {
        let secure = if self.secure { "; Secure" } else { "" };
        let cookie = format!(
            "{}={secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age={SESSION_SECONDS_MAX}{secure}",
            self.name
        );
        // Letters and digits are a header's text.
        HeaderValue::from_str(&cookie).ok()
    }
}

pub fn routes() -> Router<Site> {
    Router::new().route(UNLOCK, get(page).post(unlock))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    next: String,
}

async fn page(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    Query(Asked { next }): Query<Asked>,
) -> Response {
    match caller {
        Caller::Stranger(Presented::Session) => {
            draw(&site, &next, StatusCode::OK, Some("Your session has ended."))
        }
        Caller::Stranger(_) => draw(&site, &next, StatusCode::OK, None),
        _ => Redirect::to(local_address(&next)).into_response(),
    }
}

#[derive(Deserialize)]
struct Typed {
    password: SecretText,
    #[serde(default)]
    next: String,
}

async fn unlock(
    State(site): State<Site>,
    Extension(origin): Extension<Origin>,
    typed: Result<Form<Typed>, FormRejection>,
) -> Response {
    let Ok(Form(Typed { password, next })) = typed else {
        return Problem::new(StatusCode::BAD_REQUEST, "send the password as a form: password=…")
            .into_response();
    };
    let error = match site.access.log_in(password, origin.address, &origin.user_agent).await {
        Ok(session) => {
            let cookie = site.session_cookie.holding(&session.secret).map(|cookie| [(SET_COOKIE, cookie)]);
            return (cookie, Redirect::to(local_address(&next))).into_response();
        }
        Err(error) => error,
    };
    let sentence = app::format::sentence(&error.to_string());
    let status = match error.kind() {
        // Somebody removed it meanwhile: there is nothing to unlock.
        AccessErrorKind::Conflict => return Redirect::to(local_address(&next)).into_response(),
        AccessErrorKind::Later(seconds) => {
            let later = [(RETRY_AFTER, HeaderValue::from(seconds))];
            let page = draw(&site, &next, StatusCode::TOO_MANY_REQUESTS, Some(&sentence));
            return (later, page).into_response();
        }
        AccessErrorKind::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        AccessErrorKind::Wrong | AccessErrorKind::Refused | AccessErrorKind::NotFound => {
            StatusCode::UNAUTHORIZED
        }
    };
    draw(&site, &next, status, Some(&sentence))
}

fn draw(site: &Site, next: &str, status: StatusCode, remark: Option<&str>) -> Response {
    let page = &site.unlock_page;
    let text = page.text(UNLOCK, local_address(next), remark);
    let mut answer = (status, Html(text)).into_response();
    if let Ok(policy) = HeaderValue::from_str(&page.security_policy()) {
        answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
