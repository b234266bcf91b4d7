//! REST of schedules, under `/api/v1/schedules`.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use market::UnderlyingName;
use protocol::{ScheduleId, ScheduleOrder, SchedulePicture, SchedulePreview, ScheduleTime};
use serde::Deserialize;

use super::Site;
use super::documents::SchedulesDocument;
use super::problem::Problem;
use super::rest::{Answer, unreadable};

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
    body: Result<Json<ScheduleOrder<UnderlyingName>>, JsonRejection>,
) -> Answer<(StatusCode, Json<SchedulePicture>)> {
    let Json(order) = body.map_err(|rejection| unreadable(rejection.body_text()))?;
    let order = site.engine.instruments().find_schedule(order).await?;
    Ok((StatusCode::CREATED, Json(site.engine.schedules().add(&order).await?)))
}

#[derive(Deserialize)]
struct PreviewQuery {
    cron: String,
}

async fn preview(
    State(site): State<Site>,
    query: Result<Query<PreviewQuery>, QueryRejection>,
) -> Answer<Json<SchedulePreview>> {
    let Query(PreviewQuery { cron }) = query.map_err(|rejection| unreadable(rejection.body_text()))?;
    Ok(Json(site.engine.schedules().preview(&ScheduleTime::Cron(cron))?))
}

type SchedulePath = Result<Path<i64>, PathRejection>;

fn schedule_id(path: SchedulePath) -> Answer<ScheduleId> {
    let whole_number = |_| Problem::new(StatusCode::BAD_REQUEST, "a schedule's id is a whole number");
    path.map(|Path(id)| ScheduleId(id)).map_err(whole_number)
}

async fn one(State(site): State<Site>, id: SchedulePath) -> Answer<Json<SchedulePicture>> {
    Ok(Json(site.engine.schedules().picture(schedule_id(id)?).await?))
}

async fn remove(State(site): State<Site>, id: SchedulePath) -> Answer<StatusCode> {
    site.engine.schedules().remove(schedule_id(id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct Change {
    enabled: bool,
}

async fn enable(
    State(site): State<Site>,
    id: SchedulePath,
    body: Result<Json<Change>, JsonRejection>,
) -> Answer<Json<SchedulePicture>> {
    let Json(Change { enabled }) = body.map_err(|rejection| unreadable(rejection.body_text()))?;
    Ok(Json(site.engine.schedules().enable(schedule_id(id)?, enabled).await?))
}

async fn run(State(site): State<Site>, id: SchedulePath) -> Answer<Json<SchedulePicture>> {
    Ok(Json(site.engine.schedules().run_now(schedule_id(id)?).await?))
}
