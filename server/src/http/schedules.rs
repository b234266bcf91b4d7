//! REST of schedules, under `/api/v1/schedules`.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use market::UnderlyingName;
use protocol::{ScheduleId, ScheduleOrder, SchedulePicture, SchedulePreview, ScheduleTime};
use serde::Deserialize;

use super::Site;
use super::documents::SchedulesDocument;
use super::extract::{Json, Path, Query};
use super::rest::Answer;

pub fn router() -> Router<Site> {
    Router::new()
        .route("/", get(list).post(add))
        .route("/preview", get(preview))
        .route("/{id}", delete(remove).patch(enable).get(one))
        .route("/{id}/run", post(run))
}

async fn list(State(site): State<Site>) -> Answer<Json<SchedulesDocument>> {
    Ok(Json(SchedulesDocument { schedules: site.engine.schedules().list().await? }))
}

async fn add(
    State(site): State<Site>,
    Json(order): Json<ScheduleOrder<UnderlyingName>>,
) -> Answer<(StatusCode, Json<SchedulePicture>)> {
    let order = site.engine.instruments().find_schedule(order).await?;
    Ok((StatusCode::CREATED, Json(site.engine.schedules().add(&order).await?)))
}

#[derive(Deserialize)]
struct PreviewQuery {
    cron: String,
}

async fn preview(
    State(site): State<Site>,
    Query(PreviewQuery { cron }): Query<PreviewQuery>,
) -> Answer<Json<SchedulePreview>> {
    Ok(Json(site.engine.schedules().preview(&ScheduleTime::Cron(cron))?))
}

#[derive(Deserialize)]
struct SchedulePath {
    id: ScheduleId,
}

async fn one(
    State(site): State<Site>,
    Path(SchedulePath { id }): Path<SchedulePath>,
) -> Answer<Json<SchedulePicture>> {
    Ok(Json(site.engine.schedules().picture(id).await?))
}

async fn remove(
    State(site): State<Site>,
    Path(SchedulePath { id }): Path<SchedulePath>,
) -> Answer<StatusCode> {
    site.engine.schedules().remove(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct Change {
    enabled: bool,
}

async fn enable(
    State(site): State<Site>,
    Path(SchedulePath { id }): Path<SchedulePath>,
    Json(Change { enabled }): Json<Change>,
) -> Answer<Json<SchedulePicture>> {
    Ok(Json(site.engine.schedules().enable(id, enabled).await?))
}

async fn run(
    State(site): State<Site>,
    Path(SchedulePath { id }): Path<SchedulePath>,
) -> Answer<Json<SchedulePicture>> {
    Ok(Json(site.engine.schedules().run_now(id).await?))
}
