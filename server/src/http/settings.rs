//! REST of the settings of a person.

use protocol::{Preferences, SettingChanges, SettingsPicture};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Json;
use super::rest::Answer;
use super::{Chosen, Site};

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(settings, put, change))
}

/// The settings, and what the environment of the program does to them.
#[utoipa::path(get, path = "/settings", responses((status = OK, body = SettingsPicture)))]
async fn settings(Chosen(engine): Chosen) -> Json<SettingsPicture> {
    Json(engine.preferences().picture())
}

/// Puts these in place of all settings; one that is left out is as it is built in. They hold at once, for jobs that run
/// too.
#[utoipa::path(
    put,
    path = "/settings",
    request_body = Preferences,
    responses((status = OK, body = SettingsPicture))
)]
async fn put(Chosen(engine): Chosen, Json(new): Json<Preferences>) -> Answer<Json<SettingsPicture>> {
    Ok(Json(engine.preferences().put(new).await?))
}

/// Changes some settings, each as it is typed or answered (`default` or null takes one back), and leaves all others as they
/// are. They hold at once, for jobs that run too.
#[utoipa::path(
    patch,
    path = "/settings",
    request_body = SettingChanges,
    responses((status = OK, body = SettingsPicture))
)]
async fn change(
    Chosen(engine): Chosen,
    Json(changes): Json<SettingChanges>,
) -> Answer<Json<SettingsPicture>> {
    Ok(Json(engine.preferences().change(&changes).await?))
}
