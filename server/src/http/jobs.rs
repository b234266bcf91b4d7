//! REST of jobs: what one would cost, starting and telling them, and what is seen of one while it works.

use axum::http::StatusCode;
use market::{Day, InstrumentKey, UnderlyingName};
use protocol::{
    CollectOrder, Estimate, JobCommand, JobFailures, JobGrid, JobId, JobPace, JobPicture, PLAN_TARGETS_MAX,
    Target,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::documents::{EventsDocument, JobsDocument, NewJob};
use super::extract::{Json, Path, Query};
use super::problem::Problem;
use super::rest::{Answer, known_or_later};
use super::{Chosen, Site};

/// Failures of one answer, unless another number is asked for.
const FAILURES: u32 = 100;

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(estimate))
        .routes(routes!(jobs, create))
        .routes(routes!(job))
        .routes(routes!(events))
        .routes(routes!(grid))
        .routes(routes!(failures))
        .routes(routes!(pace))
        .routes(routes!(command))
}

/// All jobs, newest first.
#[utoipa::path(get, path = "/jobs", responses((status = OK, body = JobsDocument)))]
async fn jobs(Chosen(engine): Chosen) -> Answer<Json<JobsDocument>> {
    Ok(Json(JobsDocument { jobs: engine.jobs().list().await? }))
}

/// What an order will cost; nothing is started.
#[utoipa::path(
    post,
    path = "/estimate",
    request_body = CollectOrder<UnderlyingName>,
    responses((status = OK, body = Estimate))
)]
async fn estimate(
    Chosen(engine): Chosen,
    Json(order): Json<CollectOrder<UnderlyingName>>,
) -> Answer<Json<Estimate>> {
    let order = engine.instruments().find_order(order).await?;
    Ok(Json(known_or_later(engine.lists().estimate(&order).await?)?))
}

/// Orders a download; with `take_up`, an unfinished job of the same plan is taken up instead.
#[utoipa::path(
    post,
    path = "/jobs",
    request_body = NewJob,
    responses((status = CREATED, body = JobPicture), (status = OK, description = "Taken up", body = JobPicture))
)]
async fn create(
    Chosen(engine): Chosen,
    Json(NewJob { order, take_up }): Json<NewJob>,
) -> Answer<(StatusCode, Json<JobPicture>)> {
    let order = engine.instruments().find_order(order).await?;
    let jobs = engine.jobs();
    let (job, taken_up) =
        if take_up { jobs.take_up_or_create(&order).await? } else { (jobs.create(&order).await?, false) };
    let status = if taken_up { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(jobs.whole(job).await?)))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct JobPath {
    id: JobId,
}

/// One job, with every expiry of its plan.
#[utoipa::path(get, path = "/jobs/{id}", params(JobPath), responses((status = OK, body = JobPicture)))]
async fn job(Chosen(engine): Chosen, Path(JobPath { id }): Path<JobPath>) -> Answer<Json<JobPicture>> {
    Ok(Json(engine.jobs().whole(id).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct EventsQuery {
    /// Those after this one; all, without either.
    after: Option<i64>,
    /// The newest ones before this one.
    before: Option<i64>,
}

/// The log of a job, oldest first, a piece of it.
#[utoipa::path(
    get,
    path = "/jobs/{id}/events",
    params(JobPath, EventsQuery),
    responses((status = OK, body = EventsDocument))
)]
async fn events(
    Chosen(engine): Chosen,
    Path(JobPath { id }): Path<JobPath>,
    Query(EventsQuery { after, before }): Query<EventsQuery>,
) -> Answer<Json<EventsDocument>> {
    let jobs = engine.jobs();
    let events = match (after, before) {
        (after, None) => jobs.events(id, after.unwrap_or(0)).await?,
        (None, Some(before)) => jobs.older_events(id, before).await?,
        (Some(_), Some(_)) => {
            let detail = "events are read after one or before one: give after or before, not both";
            return Err(Problem::new(StatusCode::BAD_REQUEST, detail));
        }
    };
    Ok(Json(EventsDocument { events }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct CommandPath {
    id: JobId,
    #[param(inline, value_type = JobCommand)]
    command: String,
}

/// Tells a job something.
#[utoipa::path(
    post,
    path = "/jobs/{id}/{command}",
    params(CommandPath),
    responses((status = OK, body = JobPicture))
)]
async fn command(
    Chosen(engine): Chosen,
    Path(CommandPath { id, command }): Path<CommandPath>,
) -> Answer<Json<JobPicture>> {
    // The word is a part of the address: an unknown one is an address at which there is nothing.
    let command: JobCommand =
        command.parse().map_err(|error| Problem::new(StatusCode::NOT_FOUND, format!("{error}")))?;
    Ok(Json(engine.jobs().tell(id, command).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct GridQuery {
    expiry: Option<Day>,
    /// Needed only where the job has several.
    underlying: Option<InstrumentKey>,
    limit: Option<u32>,
}

/// The expiries of a job in short, and the contracts of one of them.
#[utoipa::path(
    get,
    path = "/jobs/{id}/grid",
    params(JobPath, GridQuery),
    responses((status = OK, body = JobGrid))
)]
async fn grid(
    Chosen(engine): Chosen,
    Path(JobPath { id }): Path<JobPath>,
    Query(query): Query<GridQuery>,
) -> Answer<Json<JobGrid>> {
    let jobs = engine.jobs();
    let plan = jobs.plan(id).await?;
    let is_wanted = |target: &&Target| {
        query.expiry == Some(target.expiry)
            && query.underlying.as_ref().is_none_or(|key| *key == target.underlying)
    };
    let wanted = plan.targets.iter().find(is_wanted);
    if let (Some(expiry), None) = (query.expiry, wanted) {
        return Err(Problem::new(StatusCode::NOT_FOUND, format!("job {id} has no expiry on {expiry}")));
    }
    let most = query.limit.or(PLAN_TARGETS_MAX.try_into().ok()).unwrap_or(u32::MAX);
    Ok(Json(jobs.grid(id, wanted, most).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FailuresQuery {
    limit: Option<u32>,
}

/// What failed in a job, and why.
#[utoipa::path(
    get,
    path = "/jobs/{id}/failures",
    params(JobPath, FailuresQuery),
    responses((status = OK, body = JobFailures))
)]
async fn failures(
    Chosen(engine): Chosen,
    Path(JobPath { id }): Path<JobPath>,
    Query(query): Query<FailuresQuery>,
) -> Answer<Json<JobFailures>> {
    Ok(Json(engine.jobs().failures(id, query.limit.unwrap_or(FAILURES)).await?))
}

/// The pace of a job over its life, and the rate windows over the last hour.
#[utoipa::path(get, path = "/jobs/{id}/pace", params(JobPath), responses((status = OK, body = JobPace)))]
async fn pace(Chosen(engine): Chosen, Path(JobPath { id }): Path<JobPath>) -> Answer<Json<JobPace>> {
    Ok(Json(engine.requests().pace(id).await?))
}
