//! REST of schedules, under `/api/v1/schedules`.

use axum::extract::State;
use axum::http::StatusCode;
use market::UnderlyingName;
use protocol::{ScheduleId, ScheduleOrder, SchedulePicture, SchedulePreview, ScheduleTime};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Site;
use super::documents::{NewSchedule, SchedulesDocument};
use super::extract::{Json, Path, Query};
use super::rest::Answer;

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(preview))
        .routes(routes!(one, change, remove, enable))
        .routes(routes!(run))
}

/// All schedules.
#[utoipa::path(get, path = "/schedules", responses((status = OK, body = SchedulesDocument)))]
async fn list(State(site): State<Site>) -> Answer<Json<SchedulesDocument>> {
    Ok(Json(SchedulesDocument { schedules: site.engine.schedules().list().await? }))
}

/// Makes a schedule.
#[utoipa::path(
    post,
    path = "/schedules",
    request_body = ScheduleOrder<UnderlyingName>,
    responses((status = CREATED, body = SchedulePicture))
)]
async fn add(
    State(site): State<Site>,
    Json(NewSchedule(order)): Json<NewSchedule>,
) -> Answer<(StatusCode, Json<SchedulePicture>)> {
    let order = site.engine.instruments().find_schedule(order).await?;
    Ok((StatusCode::CREATED, Json(site.engine.schedules().add(&order).await?)))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PreviewQuery {
    /// Five fields, in IST.
    cron: String,
}

/// What a cron expression means.
#[utoipa::path(
    get,
    path = "/schedules/preview",
    params(PreviewQuery),
    responses((status = OK, body = SchedulePreview))
)]
async fn preview(
    State(site): State<Site>,
    Query(PreviewQuery { cron }): Query<PreviewQuery>,
) -> Answer<Json<SchedulePreview>> {
    Ok(Json(site.engine.schedules().preview(&ScheduleTime::Cron(cron))?))
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
    State(site): State<Site>,
    Path(SchedulePath { id }): Path<SchedulePath>,
) -> Answer<Json<SchedulePicture>> {
    Ok(Json(site.engine.schedules().picture(id).await?))
}

/// Forgets a schedule; what it brought stays.
#[utoipa::path(delete, path = "/schedules/{id}", params(SchedulePath), responses((status = NO_CONTENT)))]
async fn remove(
    State(site): State<Site>,
    Path(SchedulePath { id }): Path<SchedulePath>,
) -> Answer<StatusCode> {
    site.engine.schedules().remove(id).await?;
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
    State(site): State<Site>,
    Path(SchedulePath { id }): Path<SchedulePath>,
    Json(NewSchedule(order)): Json<NewSchedule>,
) -> Answer<Json<SchedulePicture>> {
    let order = site.engine.instruments().find_schedule(order).await?;
    Ok(Json(site.engine.schedules().change(id, &order).await?))
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
    State(site): State<Site>,
    Path(SchedulePath { id }): Path<SchedulePath>,
    Json(Change { enabled }): Json<Change>,
) -> Answer<Json<SchedulePicture>> {
    Ok(Json(site.engine.schedules().enable(id, enabled).await?))
}

/// Runs a schedule now.
#[utoipa::path(
    post,
    path = "/schedules/{id}/run",
    params(SchedulePath),
    responses((status = OK, body = SchedulePicture))
)]
async fn run(
    State(site): State<Site>,
    Path(SchedulePath { id }): Path<SchedulePath>,
) -> Answer<Json<SchedulePicture>> {
    Ok(Json(site.engine.schedules().run_now(id).await?))
}
