//! REST of the candles that the lake has alone, under `/api/v1/lake`: what they are, moving them there with its preview,
//! and bringing them back. How it stands is told by `/storage/work`.

use market::UnderlyingName;
use protocol::{ArchiveOrder, ArchivePreview, ArchivedLine, StorageWork};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Json;
use super::rest::Answer;
use super::{Chosen, Site};

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(archived))
        .routes(routes!(preview))
        .routes(routes!(prune))
        .routes(routes!(unarchive))
}

#[derive(Serialize, ToSchema)]
struct ArchivedDocument {
    archived: Vec<ArchivedLine>,
}

/// The expiries whose candles lie in the lake and not in the database, newest first.
#[utoipa::path(get, path = "/lake/archived", responses((status = OK, body = ArchivedDocument)))]
async fn archived(Chosen(engine): Chosen) -> Answer<Json<ArchivedDocument>> {
    Ok(Json(ArchivedDocument { archived: engine.storage().archived().await? }))
}

/// What would be moved out of the database, because a lake has it, and what stays. Nothing is changed.
#[utoipa::path(
    post,
    path = "/lake/prune/preview",
    request_body = ArchiveOrder<UnderlyingName>,
    responses((status = OK, body = ArchivePreview))
)]
async fn preview(
    Chosen(engine): Chosen,
    Json(order): Json<ArchiveOrder<UnderlyingName>>,
) -> Answer<Json<ArchivePreview>> {
    let key = engine.coverage().find(&order.underlying).await?;
    Ok(Json(engine.storage().archive_preview(&order.of(key)).await?))
}

/// An order with the token of its preview.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct ArchiveDocument {
    pub order: ArchiveOrder<UnderlyingName>,
    /// As the preview has it.
    pub token: String,
}

/// Moves what a preview has counted out of the database, once each file was read whole. It answers when that is done, or
/// after a moment with how it stands; it goes on by itself.
#[utoipa::path(post, path = "/lake/prune", request_body = ArchiveDocument, responses((status = OK, body = StorageWork)))]
async fn prune(
    Chosen(engine): Chosen,
    Json(ArchiveDocument { order, token }): Json<ArchiveDocument>,
) -> Answer<Json<StorageWork>> {
    let key = engine.coverage().find(&order.underlying).await?;
    Ok(Json(engine.storage().archive(&order.of(key), &token).await?))
}

/// Brings candles back from the lake. It answers when that is done, or after a moment with how it stands; it goes on by
/// itself.
#[utoipa::path(
    post,
    path = "/lake/unarchive",
    request_body = ArchiveOrder<UnderlyingName>,
    responses((status = OK, body = StorageWork))
)]
async fn unarchive(
    Chosen(engine): Chosen,
    Json(order): Json<ArchiveOrder<UnderlyingName>>,
) -> Answer<Json<StorageWork>> {
    let key = engine.coverage().find(&order.underlying).await?;
    Ok(Json(engine.storage().unarchive(&order.of(key)).await?))
}
