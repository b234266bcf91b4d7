//! REST of exports, under `/api/v1/exports`: what one would come to, ordering and watching them, and their files. Nobody
//! names a path here: files lie in the data directory, under the number of their export.

use std::io::Read;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use engine::ExportedFile;
use export::{Format, Preset, PresetFacts};
use protocol::{ExportEstimate, ExportManifest, ExportOrder, ExportPicture, ExportSplit, ExportsPicture};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Json, Path};
use super::problem::Problem;
use super::rest::Answer;
use super::{Chosen, Site};

/// What is read of a file at once.
const PIECE_BYTES: usize = 256 * 1024;

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(exports, order_export))
        .routes(routes!(estimate_export))
        .routes(routes!(presets))
        .routes(routes!(export, remove_export))
        .routes(routes!(cancel_export))
        .routes(routes!(export_file))
}

/// The exports of this server, newest first.
#[utoipa::path(get, path = "/exports", responses((status = OK, body = ExportsPicture)))]
async fn exports(Chosen(engine): Chosen) -> Answer<Json<ExportsPicture>> {
    Ok(Json(engine.exports().list().await?))
}

/// Orders an export. It is made after those that were ordered before.
#[utoipa::path(
    post,
    path = "/exports",
    request_body = ExportOrder,
    responses((status = CREATED, body = ExportPicture))
)]
async fn order_export(
    Chosen(engine): Chosen,
    Json(order): Json<ExportOrder>,
) -> Answer<(StatusCode, Json<ExportPicture>)> {
    Ok((StatusCode::CREATED, Json(engine.exports().create(order).await?)))
}

/// What an order would come to; nothing is made.
#[utoipa::path(
    post,
    path = "/exports/estimate",
    request_body = ExportOrder,
    responses((status = OK, body = ExportEstimate))
)]
async fn estimate_export(
    Chosen(engine): Chosen,
    Json(order): Json<ExportOrder>,
) -> Answer<Json<ExportEstimate>> {
    Ok(Json(engine.exports().estimate(order).await?))
}

/// What a program reads without a conversion by hand: the name stands for `preset` of an order.
#[derive(Serialize, ToSchema)]
struct PresetLine {
    name: &'static str,
    title: &'static str,
    format: Format,
    split: ExportSplit,
    /// As the program calls them.
    columns: Vec<&'static str>,
    /// Python that reads exactly such an export.
    snippet: &'static str,
}

#[derive(Serialize, ToSchema)]
struct PresetsDocument {
    presets: Vec<PresetLine>,
}

/// The presets, each with a snippet that reads its files.
#[utoipa::path(get, path = "/exports/presets", responses((status = OK, body = PresetsDocument)))]
async fn presets() -> Json<PresetsDocument> {
    let line = |preset: Preset| {
        let PresetFacts { name, title, format, split, columns, snippet: (_, snippet), .. } = preset.facts();
        let columns = columns.into_iter().map(|(name, _)| name).collect();
        PresetLine { name, title, format, split, columns, snippet }
    };
    Json(PresetsDocument { presets: Preset::ALL.map(line).into() })
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct ExportPath {
    id: i64,
}

/// One export, with the files of it that are whole.
#[utoipa::path(get, path = "/exports/{id}", params(ExportPath), responses((status = OK, body = ExportPicture)))]
async fn export(
    Chosen(engine): Chosen,
    Path(ExportPath { id }): Path<ExportPath>,
) -> Answer<Json<ExportPicture>> {
    Ok(Json(engine.exports().picture(id).await?))
}

/// Removes an export that has ended, and its files.
#[utoipa::path(
    delete,
    path = "/exports/{id}",
    params(ExportPath),
    responses((status = NO_CONTENT, description = "Removed"))
)]
async fn remove_export(
    Chosen(engine): Chosen,
    Path(ExportPath { id }): Path<ExportPath>,
) -> Answer<StatusCode> {
    engine.exports().remove(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends an export; files that are whole stay until it is removed.
#[utoipa::path(
    post,
    path = "/exports/{id}/cancel",
    params(ExportPath),
    responses((status = OK, body = ExportPicture))
)]
async fn cancel_export(
    Chosen(engine): Chosen,
    Path(ExportPath { id }): Path<ExportPath>,
) -> Answer<Json<ExportPicture>> {
    Ok(Json(engine.exports().cancel(id).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct FilePath {
    id: i64,
    /// A file of the export, or one of those beside them.
    name: String,
}

/// A file that is whole.
#[utoipa::path(
    get,
    path = "/exports/{id}/files/{name}",
    params(FilePath),
    responses((status = OK, content((String = "application/octet-stream"), (ExportManifest = "application/json"))))
)]
async fn export_file(
    Chosen(engine): Chosen,
    Path(FilePath { id, name }): Path<FilePath>,
) -> Answer<Response> {
    let ExportedFile { file, name, bytes } = engine.exports().file(id, &name).await?;
    let media_type = if name == "manifest.json" { "application/json" } else { "application/octet-stream" };
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{name}\""))
        .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (CONTENT_LENGTH, HeaderValue::from(bytes)),
        (CONTENT_DISPOSITION, disposition),
    ];
    // A piece at a time, as fast as it is taken.
    let pieces = futures_util::stream::try_unfold(file, |mut file| async move {
        let read = tokio::task::spawn_blocking(move || {
            let mut piece = vec![0; PIECE_BYTES];
            let count = file.read(&mut piece)?;
            piece.truncate(count);
            Ok::<_, std::io::Error>((count > 0).then(|| (Bytes::from(piece), file)))
        });
        read.await.map_err(std::io::Error::other)?
    });
    Ok((headers, Body::from_stream(pieces)).into_response())
}
