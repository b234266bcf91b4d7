//! REST of the lake, under `/api/v1/lake`: what is published where, publishing, verifying, and the lake of the settings.
//! Publishing and verifying are what is under way in the storage: `/api/v1/storage/work` tells of it, and stops it.

use market::UnderlyingName;
use protocol::{LakeMove, LakeOrder, LakePicture, LakePlace, StorageWork};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Json;
use super::rest::Answer;
use super::{Chosen, Site};

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(lake))
        .routes(routes!(place, put_place))
        .routes(routes!(publish))
        .routes(routes!(verify))
        .routes(routes!(move_to))
}

/// What was published from here, and how the last publishing or verifying went.
#[utoipa::path(get, path = "/lake", responses((status = OK, body = LakePicture)))]
async fn lake(Chosen(engine): Chosen) -> Answer<Json<LakePicture>> {
    Ok(Json(engine.lake().picture().await?))
}

/// The lake of the settings.
#[utoipa::path(get, path = "/lake/place", responses((status = OK, body = LakePlace)))]
async fn place(Chosen(engine): Chosen) -> Answer<Json<LakePlace>> {
    Ok(Json(engine.lake().place().await?))
}

/// Makes this the lake of the settings: a folder of the server's machine, or `s3://BUCKET/PREFIX`; `null`: none. Nothing
/// is published and nothing removed by it.
#[utoipa::path(put, path = "/lake/place", request_body = LakePlace, responses((status = OK, body = LakePlace)))]
async fn put_place(Chosen(engine): Chosen, Json(place): Json<LakePlace>) -> Answer<Json<LakePlace>> {
    Ok(Json(engine.lake().put_place(place).await?))
}

/// Publishes complete expiries, and the months of the underlying's own candles that are whole. It answers when that is
/// done, or after a moment with how it stands; it goes on by itself.
#[utoipa::path(
    post,
    path = "/lake/publish",
    request_body = LakeOrder<UnderlyingName>,
    responses((status = OK, body = StorageWork))
)]
async fn publish(
    Chosen(engine): Chosen,
    Json(order): Json<LakeOrder<UnderlyingName>>,
) -> Answer<Json<StorageWork>> {
    let key = engine.coverage().find(&order.underlying).await?;
    Ok(Json(engine.lake().publish(order.of(key)).await?))
}

/// Reads all that lies in a lake again and holds it against what was published. It answers when that is done, or after a
/// moment with how it stands; it goes on by itself.
#[utoipa::path(post, path = "/lake/verify", request_body = LakePlace, responses((status = OK, body = StorageWork)))]
async fn verify(Chosen(engine): Chosen, Json(place): Json<LakePlace>) -> Answer<Json<StorageWork>> {
    Ok(Json(engine.lake().verify(place.place).await?))
}

/// Reads a lake at the place where it lies now: all that was published from here is read there and held against what it
/// was, and then everything names that place, the archived expiries too, at once. Where anything is missing or another,
/// nothing is changed. Nothing is copied and nothing removed. It answers when that is done, or after a moment with how it
/// stands; it goes on by itself.
#[utoipa::path(post, path = "/lake/move", request_body = LakeMove, responses((status = OK, body = StorageWork)))]
async fn move_to(Chosen(engine): Chosen, Json(order): Json<LakeMove>) -> Answer<Json<StorageWork>> {
    Ok(Json(engine.lake().move_to(order).await?))
}
