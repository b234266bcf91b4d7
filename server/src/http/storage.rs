//! REST of the room that the database takes, under `/api/v1/storage`: what takes how much, compacting, pruning with its
//! preview, and what is under way.

use market::UnderlyingName;
use protocol::{PruneOrder, PrunePreview, StoragePicture, StorageWork};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Json, Query};
use super::rest::Answer;
use super::{Chosen, Site};

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(storage))
        .routes(routes!(work, stop))
        .routes(routes!(compact))
        .routes(routes!(preview))
        .routes(routes!(prune))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct StorageQuery {
    /// Its expiries come along.
    underlying: Option<UnderlyingName>,
}

/// What takes how much room: the files, what is free in them, about how much each underlying takes.
#[utoipa::path(get, path = "/storage", params(StorageQuery), responses((status = OK, body = StoragePicture)))]
async fn storage(
    Chosen(engine): Chosen,
    Query(StorageQuery { underlying }): Query<StorageQuery>,
) -> Answer<Json<StoragePicture>> {
    let underlying = match &underlying {
        Some(name) => Some(engine.coverage().find(name).await?),
        None => None,
    };
    Ok(Json(engine.storage().picture(underlying.as_ref()).await?))
}

/// What is under way, and how the last thing ended since the server was started.
#[utoipa::path(get, path = "/storage/work", responses((status = OK, body = StorageWork)))]
async fn work(Chosen(engine): Chosen) -> Answer<Json<StorageWork>> {
    Ok(Json(engine.storage().work().await?))
}

/// Stops compacting or pruning after its present step; what was done stays done.
#[utoipa::path(delete, path = "/storage/work", responses((status = OK, body = StorageWork)))]
async fn stop(Chosen(engine): Chosen) -> Answer<Json<StorageWork>> {
    Ok(Json(engine.storage().stop().await?))
}

/// Gives free pages of the database back to the disk. It answers when that is done, or after a moment with how it
/// stands; it goes on by itself.
#[utoipa::path(post, path = "/storage/compact", responses((status = OK, body = StorageWork)))]
async fn compact(Chosen(engine): Chosen) -> Answer<Json<StorageWork>> {
    Ok(Json(engine.storage().compact().await?))
}

/// What pruning would remove, and what that means. Nothing is changed.
#[utoipa::path(
    post,
    path = "/storage/prune/preview",
    request_body = PruneOrder<UnderlyingName>,
    responses((status = OK, body = PrunePreview))
)]
async fn preview(
    Chosen(engine): Chosen,
    Json(order): Json<PruneOrder<UnderlyingName>>,
) -> Answer<Json<PrunePreview>> {
    let key = engine.coverage().find(&order.underlying).await?;
    Ok(Json(engine.storage().prune_preview(&order.of(key)).await?))
}

/// An order with the token of its preview.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct PruneDocument {
    pub order: PruneOrder<UnderlyingName>,
    /// As the preview has it.
    pub token: String,
}

/// Removes what a preview has counted. It answers when that is done, or after a moment with how it stands; it goes on by
/// itself.
#[utoipa::path(post, path = "/storage/prune", request_body = PruneDocument, responses((status = OK, body = StorageWork)))]
async fn prune(
    Chosen(engine): Chosen,
    Json(PruneDocument { order, token }): Json<PruneDocument>,
) -> Answer<Json<StorageWork>> {
    let key = engine.coverage().find(&order.underlying).await?;
    Ok(Json(engine.storage().prune(&order.of(key), &token).await?))
}
