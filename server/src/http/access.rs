//! REST of who may use the server, under `/api/v1/access`: its password, sessions and tokens. For people and the
//! commands of this machine; the gate keeps programs out. Passwords go in and never come out.

use access::{AccessError, AccessErrorKind, Caller};
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Response};
use protocol::{AccessPicture, MadeToken, NewToken, PasswordChange, TokenName};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Site;
use super::extract::{Confidential, Json, Path, SecretJson};
use super::gate::Origin;
use super::problem::Problem;
use super::rest::Answer;

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(access))
        .routes(routes!(password))
        .routes(routes!(end_other_sessions))
        .routes(routes!(end_session))
        .routes(routes!(add_token))
        .routes(routes!(revoke_token))
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        let (status, later) = match error.kind() {
            AccessErrorKind::Refused => (StatusCode::BAD_REQUEST, None),
            AccessErrorKind::Wrong => (StatusCode::FORBIDDEN, None),
            AccessErrorKind::NotFound => (StatusCode::NOT_FOUND, None),
            AccessErrorKind::Conflict => (StatusCode::CONFLICT, None),
            AccessErrorKind::Later(seconds) => (StatusCode::TOO_MANY_REQUESTS, Some(seconds)),
            AccessErrorKind::Failed => (StatusCode::INTERNAL_SERVER_ERROR, None),
        };
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(error = chain(&error), "a request failed");
        }
        Self::new(status, chain(&error)).after(later)
    }
}

/// With what caused it.
fn chain(error: &AccessError) -> String {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{error}{cause}")
}

/// Whether a password is set, which browsers are signed in, which tokens programs have.
#[utoipa::path(get, path = "/access", responses((status = OK, body = AccessPicture)))]
async fn access(State(site): State<Site>, Extension(caller): Extension<Caller>) -> Json<AccessPicture> {
    Json(site.access.picture(&caller))
}

impl Confidential for PasswordChange {
    const FORM: &'static str = r#"{"current": "…", "new": "…"}"#;
}

/// Sets the password, changes it, or removes it where `new` is left out. All sessions end but the one that asks.
#[utoipa::path(
    put,
    path = "/access/password",
    request_body = PasswordChange,
    responses((status = OK, body = AccessPicture))
)]
async fn password(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    Extension(origin): Extension<Origin>,
    SecretJson(change): SecretJson<PasswordChange>,
) -> Answer<Response> {
    let begun = site.access.change_password(&caller, change, origin.address, &origin.user_agent).await?;
    let cookie = begun.and_then(|session| site.session_cookie.holding(&session.secret));
    let cookie = cookie.map(|cookie| [(SET_COOKIE, cookie)]);
    Ok((cookie, Json(site.access.picture(&caller))).into_response())
}

/// Ends all sessions but the one that asks.
#[utoipa::path(delete, path = "/access/sessions", responses((status = NO_CONTENT)))]
async fn end_other_sessions(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
) -> Answer<StatusCode> {
    site.access.end_other_sessions(&caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct SessionPath {
    /// Of the session, as it is listed.
    id: String,
}

/// Ends a session.
#[utoipa::path(
    delete,
    path = "/access/sessions/{id}",
    params(SessionPath),
    responses((status = NO_CONTENT))
)]
async fn end_session(
    State(site): State<Site>,
    Path(SessionPath { id }): Path<SessionPath>,
) -> Answer<StatusCode> {
    site.access.end_session(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a token for a program. Its secret is in this answer and nowhere else.
#[utoipa::path(
    post,
    path = "/access/tokens",
    request_body = NewToken,
    responses((status = CREATED, body = MadeToken))
)]
async fn add_token(
    State(site): State<Site>,
    Json(new): Json<NewToken>,
) -> Answer<(StatusCode, Json<MadeToken>)> {
    Ok((StatusCode::CREATED, Json(site.access.add_token(new).await?)))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct TokenPath {
    /// Of the token.
    name: TokenName,
}

/// Revokes a token: from now on it opens nothing.
#[utoipa::path(
    delete,
    path = "/access/tokens/{name}",
    params(TokenPath),
    responses((status = NO_CONTENT))
)]
async fn revoke_token(
    State(site): State<Site>,
    Path(TokenPath { name }): Path<TokenPath>,
) -> Answer<StatusCode> {
    site.access.revoke_token(name).await?;
    Ok(StatusCode::NO_CONTENT)
}
