//! REST of backups, under `/api/v1/backups`. Nobody names a path here: a backup is made in the folder of the data
//! directory, under the name of its moment.

use axum::http::StatusCode;
use protocol::{BackupPicture, BackupRule, BackupsPicture};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Json;
use super::rest::Answer;
use super::{Chosen, Site};

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(put_rule, remove_rule))
}

/// The backups in their folder, newest first, and the rule by which they are made.
#[utoipa::path(get, path = "/backups", responses((status = OK, body = BackupsPicture)))]
async fn list(Chosen(engine): Chosen) -> Answer<Json<BackupsPicture>> {
    Ok(Json(engine.backups().list().await?))
}

/// Makes a backup now. It answers when the backup is whole and checked, and makes it also for whoever does not wait.
#[utoipa::path(post, path = "/backups", responses((status = CREATED, body = BackupPicture)))]
async fn make(Chosen(engine): Chosen) -> Answer<(StatusCode, Json<BackupPicture>)> {
    Ok((StatusCode::CREATED, Json(engine.backups().make().await?)))
}

/// Makes backups by this rule from now on.
#[utoipa::path(
    put,
    path = "/backups/rule",
    request_body = BackupRule,
    responses((status = OK, body = BackupsPicture))
)]
async fn put_rule(Chosen(engine): Chosen, Json(rule): Json<BackupRule>) -> Answer<Json<BackupsPicture>> {
    Ok(Json(engine.backups().put_rule(Some(rule)).await?))
}

/// Makes none by themselves any more; those that are there stay.
#[utoipa::path(delete, path = "/backups/rule", responses((status = OK, body = BackupsPicture)))]
async fn remove_rule(Chosen(engine): Chosen) -> Answer<Json<BackupsPicture>> {
    Ok(Json(engine.backups().put_rule(None).await?))
}
