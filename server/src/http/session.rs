//! REST of the sign-in, under `/api/v1/session`: by a token, or by the app that is registered at Upstox and its dialog.
//! Tokens, keys and secrets go in and never come out, not even in a refusal.

use axum::extract::Extension;
use engine::{Engine, SecretString};
use protocol::{AppPicture, AppTest, NewApp, SignInPicture};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::documents::SessionDocument;
use super::extract::{Confidential, Json, Query, SecretJson};
use super::guard::AddressedAs;
use super::rest::Answer;
use super::{Chosen, Site};

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(session, sign_in, sign_out))
        .routes(routes!(app, put_app, forget_app))
        .routes(routes!(test_app))
        .routes(routes!(dialog, begin))
        .routes(routes!(come_back))
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

/// Forgets the token, here and at Upstox.
#[utoipa::path(delete, path = "/session", responses((status = OK, body = SessionDocument)))]
async fn sign_out(Chosen(engine): Chosen) -> Answer<Json<SessionDocument>> {
    let remark = engine.session().sign_out().await?;
    Ok(document(&engine, remark))
}

fn document(engine: &Engine, remark: Option<String>) -> Json<SessionDocument> {
    Json(SessionDocument { session: engine.session().picture(), remark })
}

/// The app that is registered at Upstox, without its key and its secret.
#[utoipa::path(get, path = "/session/app", responses((status = OK, body = AppPicture)))]
async fn app(Chosen(engine): Chosen) -> Answer<Json<AppPicture>> {
    Ok(Json(engine.session().app().await?))
}

impl Confidential for NewApp {
    const FORM: &'static str =
        r#"{"api_key": "…", "api_secret": "…", "redirect_uri": "http://127.0.0.1:5000/callback"}"#;
}

/// Keeps the app; what is left out of key and secret stays.
#[utoipa::path(
    put,
    path = "/session/app",
    request_body = NewApp,
    responses((status = OK, body = AppPicture))
)]
async fn put_app(Chosen(engine): Chosen, SecretJson(new): SecretJson<NewApp>) -> Answer<Json<AppPicture>> {
    Ok(Json(engine.session().put_app(new).await?))
}

/// Forgets the app.
#[utoipa::path(delete, path = "/session/app", responses((status = OK, body = AppPicture)))]
async fn forget_app(Chosen(engine): Chosen) -> Answer<Json<AppPicture>> {
    Ok(Json(engine.session().forget_app().await?))
}

/// Tests the app as far as it can be without a person.
#[utoipa::path(post, path = "/session/app/test", responses((status = OK, body = AppTest)))]
async fn test_app(Chosen(engine): Chosen) -> Answer<Json<AppTest>> {
    Ok(Json(engine.session().test_app().await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DialogQuery {
    /// Which sign-in `refused` is of: the `state` in the address of its dialog; the last one, without it. Not called
    /// `state` here, for an address with that is one that Upstox sent a browser back to.
    of: Option<String>,
}

/// The app, and why a sign-in through the dialog was not finished.
#[utoipa::path(
    get,
    path = "/session/dialog",
    params(DialogQuery),
    responses((status = OK, body = SignInPicture))
)]
async fn dialog(
    Chosen(engine): Chosen,
    Query(DialogQuery { of }): Query<DialogQuery>,
) -> Answer<Json<SignInPicture>> {
    let mut picture = engine.session().sign_in_picture().await?;
    if let Some(state) = of {
        picture.refused = engine.session().refusal_of(&state);
    }
    Ok(Json(picture))
}

/// Where a browser goes to sign in. It is good once and for ten minutes.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct DialogDocument {
    pub address: String,
}

/// Begins a sign-in through the dialog of Upstox.
#[utoipa::path(post, path = "/session/dialog", responses((status = OK, body = DialogDocument)))]
async fn begin(
    Chosen(engine): Chosen,
    Extension(AddressedAs(here)): Extension<AddressedAs>,
) -> Answer<Json<DialogDocument>> {
    let address = engine.session().begin(&here, "/").await?;
    Ok(Json(DialogDocument { address }))
}

/// The address that the browser ended at after the dialog, where that is not an address of this server.
#[derive(Deserialize, ToSchema)]
struct Ended {
    #[schema(value_type = String, format = Password)]
    address: SecretString,
}

impl Confidential for Ended {
    const FORM: &'static str = r#"{"address": "http://127.0.0.1:5000/callback?code=…&state=…"}"#;
}

/// Ends a sign-in that came back to an address that is not this server's.
#[utoipa::path(
    post,
    path = "/session/dialog/return",
    request_body = Ended,
    responses((status = OK, body = SessionDocument))
)]
async fn come_back(
    Chosen(engine): Chosen,
    SecretJson(Ended { address }): SecretJson<Ended>,
) -> Answer<Json<SessionDocument>> {
    engine.session().come_back_at(&address).await?;
    Ok(document(&engine, None))
}
