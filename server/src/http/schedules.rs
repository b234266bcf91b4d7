//! REST of schedules, under `/api/v1/schedules`.

use axum::http::StatusCode;
use market::UnderlyingName;
use protocol::{RunTime, ScheduleId, ScheduleOrder, SchedulePicture, SchedulePreview, ScheduleTime};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::documents::{NewSchedule, SchedulesDocument};
use super::extract::{Json, Path, Query};
use super::problem::Problem;
use super::rest::Answer;
use super::{Chosen, Site};

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(preview))
        .routes(routes!(one, change, remove, enable))
        .routes(routes!(run))
}

/// All schedules.
#[utoipa::path(get, path = "/schedules", responses((status = OK, body = SchedulesDocument)))]
async fn list(Chosen(engine): Chosen) -> Answer<Json<SchedulesDocument>> {
    Ok(Json(SchedulesDocument { schedules: engine.schedules().list().await? }))
}

/// Makes a schedule.
#[utoipa::path(
    post,
    path = "/schedules",
    request_body = ScheduleOrder<UnderlyingName>,
    responses((status = CREATED, body = SchedulePicture))
)]
async fn add(
    Chosen(engine): Chosen,
    Json(NewSchedule(order)): Json<NewSchedule>,
) -> Answer<(StatusCode, Json<SchedulePicture>)> {
    let order = engine.instruments().find_schedule(order).await?;
    Ok((StatusCode::CREATED, Json(engine.schedules().add(&order).await?)))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PreviewQuery {
    /// Five fields, in IST.
    cron: Option<String>,
    /// In its place the time of day after each expiry.
    after_expiry: Option<RunTime>,
}

/// What the time of a schedule means, and its next runs.
#[utoipa::path(
    get,
    path = "/schedules/preview",
    params(PreviewQuery),
    responses((status = OK, body = SchedulePreview))
)]
async fn preview(
    Chosen(engine): Chosen,
    Query(PreviewQuery { cron, after_expiry }): Query<PreviewQuery>,
) -> Answer<Json<SchedulePreview>> {
    let when = match (cron, after_expiry) {
        (Some(cron), None) => ScheduleTime::Cron(cron),
        (None, Some(time)) => ScheduleTime::AfterExpiry(time),
        _ => {
            let sentence = "say either cron or after_expiry in the query, and not both";
            return Err(Problem::new(StatusCode::BAD_REQUEST, sentence));
        }
    };
    Ok(Json(engine.schedules().preview(&when)?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct SchedulePath {
    id: ScheduleId,
}

/// One schedule.
#[utoipa::path(
    get,
    path = "/schedules/{id}",
    params(SchedulePath),
    responses((status = OK, body = SchedulePicture))
)]
async fn one(
    Chosen(engine): Chosen,
    Path(SchedulePath { id }): Path<SchedulePath>,
) -> Answer<Json<SchedulePicture>> {
    Ok(Json(engine.schedules().picture(id).await?))
}

/// Forgets a schedule; what it brought stays.
#[utoipa::path(delete, path = "/schedules/{id}", params(SchedulePath), responses((status = NO_CONTENT)))]
async fn remove(Chosen(engine): Chosen, Path(SchedulePath { id }): Path<SchedulePath>) -> Answer<StatusCode> {
    engine.schedules().remove(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a schedule another rule; jobs that the old one made go on.
#[utoipa::path(
    put,
    path = "/schedules/{id}",
    params(SchedulePath),
    request_body = ScheduleOrder<UnderlyingName>,
    responses((status = OK, body = SchedulePicture))
)]
async fn change(
    Chosen(engine): Chosen,
    Path(SchedulePath { id }): Path<SchedulePath>,
    Json(NewSchedule(order)): Json<NewSchedule>,
) -> Answer<Json<SchedulePicture>> {
    let order = engine.instruments().find_schedule(order).await?;
    Ok(Json(engine.schedules().change(id, &order).await?))
}

#[derive(Deserialize, ToSchema)]
struct Change {
    enabled: bool,
}

/// Holds a schedule, or lets it go on.
#[utoipa::path(
    patch,
    path = "/schedules/{id}",
    params(SchedulePath),
    request_body = Change,
    responses((status = OK, body = SchedulePicture))
)]
async fn enable(
    Chosen(engine): Chosen,
    Path(SchedulePath { id }): Path<SchedulePath>,
    Json(Change { enabled }): Json<Change>,
) -> Answer<Json<SchedulePicture>> {
    Ok(Json(engine.schedules().enable(id, enabled).await?))
}

/// Runs a schedule now.
#[utoipa::path(
    post,
    path = "/schedules/{id}/run",
    params(SchedulePath),
    responses((status = OK, body = SchedulePicture))
)]
async fn run(
    Chosen(engine): Chosen,
    Path(SchedulePath { id }): Path<SchedulePath>,
) -> Answer<Json<SchedulePicture>> {
    Ok(Json(engine.schedules().run_now(id).await?))
}
