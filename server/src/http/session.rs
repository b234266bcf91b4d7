//! REST of the sign-in, under `/api/v1/session`. The token goes in and never comes out, not even in a refusal.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use engine::SecretString;
use serde::Deserialize;

use super::Site;
use super::documents::SessionDocument;
use super::extract::{Confidential, Json, SecretJson};
use super::rest::Answer;

pub fn router() -> Router<Site> {
    Router::new().route("/", get(session).post(sign_in).delete(sign_out))
}

async fn session(State(site): State<Site>) -> Json<SessionDocument> {
    document(&site, None)
}

#[derive(Deserialize)]
struct NewSession {
    token: SecretString,
}

impl Confidential for NewSession {
    const FORM: &'static str = r#"{"token": "…"}"#;
}

async fn sign_in(
    State(site): State<Site>,
    SecretJson(NewSession { token }): SecretJson<NewSession>,
) -> Answer<Json<SessionDocument>> {
    let remark = site.engine.session().sign_in(token).await?;
    Ok(document(&site, remark))
}

async fn sign_out(State(site): State<Site>) -> Answer<Json<SessionDocument>> {
    site.engine.session().sign_out().await?;
    Ok(document(&site, None))
}

fn document(site: &Site, remark: Option<String>) -> Json<SessionDocument> {
    Json(SessionDocument { session: site.engine.session().picture(), remark })
}
