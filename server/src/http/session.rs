//! REST of the sign-in, under `/api/v1/session`. The token goes in and never comes out, not even in a refusal.

use engine::{Engine, SecretString};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::documents::SessionDocument;
use super::extract::{Confidential, Json, SecretJson};
use super::rest::Answer;
use super::{Chosen, Site};

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(session, sign_in, sign_out))
}

/// Whether somebody is signed in.
#[utoipa::path(get, path = "/session", responses((status = OK, body = SessionDocument)))]
async fn session(Chosen(engine): Chosen) -> Json<SessionDocument> {
    document(&engine, None)
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
    Chosen(engine): Chosen,
    SecretJson(NewSession { token }): SecretJson<NewSession>,
) -> Answer<Json<SessionDocument>> {
    let remark = engine.session().sign_in(token).await?;
    Ok(document(&engine, remark))
}

/// Forgets the token.
#[utoipa::path(delete, path = "/session", responses((status = OK, body = SessionDocument)))]
async fn sign_out(Chosen(engine): Chosen) -> Answer<Json<SessionDocument>> {
    engine.session().sign_out().await?;
    Ok(document(&engine, None))
}

fn document(engine: &Engine, remark: Option<String>) -> Json<SessionDocument> {
    Json(SessionDocument { session: engine.session().picture(), remark })
}
