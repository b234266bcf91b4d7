//! REST of the sign-in, under `/api/v1/session`. The token goes in and never comes out, not even in a refusal.

use axum::extract::State;
use engine::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Site;
use super::documents::SessionDocument;
use super::extract::{Confidential, Json, SecretJson};
use super::rest::Answer;

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(session, sign_in, sign_out))
}

/// Whether somebody is signed in.
#[utoipa::path(get, path = "/session", responses((status = OK, body = SessionDocument)))]
async fn session(State(site): State<Site>) -> Json<SessionDocument> {
    document(&site, None)
}

#[derive(Deserialize, ToSchema)]
struct NewSession {
    #[schema(value_type = String, format = Password)]
    token: SecretString,
}

impl Confidential for NewSession {
    const FORM: &'static str = r#"{"token": "…"}"#;
}

/// Signs in with a token.
#[utoipa::path(
    post,
    path = "/session",
    request_body = NewSession,
    responses((status = OK, body = SessionDocument))
)]
async fn sign_in(
    State(site): State<Site>,
    SecretJson(NewSession { token }): SecretJson<NewSession>,
) -> Answer<Json<SessionDocument>> {
    let remark = site.engine.session().sign_in(token).await?;
    Ok(document(&site, remark))
}

/// Forgets the token.
#[utoipa::path(delete, path = "/session", responses((status = OK, body = SessionDocument)))]
async fn sign_out(State(site): State<Site>) -> Answer<Json<SessionDocument>> {
    site.engine.session().sign_out().await?;
    Ok(document(&site, None))
}

fn document(site: &Site, remark: Option<String>) -> Json<SessionDocument> {
    Json(SessionDocument { session: site.engine.session().picture(), remark })
}
