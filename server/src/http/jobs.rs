//! REST of jobs: what one would cost, starting and telling them, and what is seen of one while it works.

use axum::http::StatusCode;
use market::{Day, InstrumentKey, UnderlyingName};
use protocol::{
    CollectOrder, Estimate, EventLevel, JobCommand, JobFailures, JobGrid, JobId, JobPace, JobPicture,
    JobStatus, PLAN_TARGETS_MAX, SearchedEvents, Target,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::documents::{EventsDocument, JobsDocument, NewJob};
use super::extract::{Json, Path, Query};
use super::paging::{Limit, Paging, Piece};
use super::problem::Problem;
use super::rest::{Answer, known_or_later};
use super::{Chosen, Site};

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

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct JobsQuery {
    /// Only jobs that stand so.
    #[param(inline)]
    status: Option<JobStatus>,
}

type JobsPaging = Paging<200, 1000>;

/// Jobs, newest first.
#[utoipa::path(
    get,
    path = "/jobs",
    params(JobsQuery, JobsPaging),
    responses((status = OK, body = Piece<JobsDocument>))
)]
async fn jobs(
    Chosen(engine): Chosen,
    Query(JobsQuery { status }): Query<JobsQuery>,
    paging: JobsPaging,
) -> Answer<Piece<JobsDocument>> {
    let before = paging.position()?.map(JobId);
    let jobs = engine.jobs().page(before, status, paging.limit()).await?;
    let next = paging.last_of(&jobs).map(|job| job.id);
    Ok(paging.piece(JobsDocument { jobs }, next))
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
    /// Those after this one, oldest first; all, without `after` and `before`.
    after: Option<i64>,
    /// The newest ones before this one; the next piece is older.
    before: Option<i64>,
    /// Only events of this level; they are read backwards, the newest piece first.
    #[param(inline)]
    level: Option<EventLevel>,
    /// Only events with these words; they are read backwards too.
    search: Option<String>,
}

type EventsPaging = Paging<500, 500>;

/// The log of a job, a piece of it; each piece is oldest first.
#[utoipa::path(
    get,
    path = "/jobs/{id}/events",
    params(JobPath, EventsQuery, EventsPaging),
    responses((status = OK, body = Piece<EventsDocument>))
)]
async fn events(
    Chosen(engine): Chosen,
    Path(JobPath { id }): Path<JobPath>,
    Query(EventsQuery { after, before, level, search }): Query<EventsQuery>,
    paging: EventsPaging,
) -> Answer<Piece<EventsDocument>> {
    let (jobs, position) = (engine.jobs(), paging.position::<i64>()?);
    let is_searched = level.is_some() || search.is_some();
    if after.is_some() && (before.is_some() || is_searched) {
        let detail = "events are read after one or before one, and a search reads backwards: \
                      leave out after, or before, level and search";
        return Err(Problem::new(StatusCode::BAD_REQUEST, detail));
    }
    if before.is_none() && !is_searched {
        let mut events = jobs.events(id, position.or(after).unwrap_or(0)).await?;
        let next = paging.shorten(&mut events).map(|event| event.id);
        return Ok(paging.piece(EventsDocument { events, searched_to: None }, next));
    }
    let before = position.or(before).unwrap_or(i64::MAX);
    let SearchedEvents { mut events, searched_to } =
        jobs.search_events(id, before, level, &search.unwrap_or_default()).await?;
    // The newest are the last ones, and the next piece stands before them.
    let more_than = events.len().saturating_sub(usize::try_from(paging.limit()).unwrap_or(usize::MAX));
    events.drain(..more_than);
    let next = if more_than > 0 { events.first().map(|event| event.id) } else { searched_to };
    Ok(paging.piece(EventsDocument { events, searched_to: next.filter(|_| is_searched) }, next))
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
}

const EXPIRIES_MAX: u32 = PLAN_TARGETS_MAX as u32;
type GridLimit = Limit<EXPIRIES_MAX, EXPIRIES_MAX>;

/// The expiries of a job in short, and the contracts of one of them.
#[utoipa::path(
    get,
    path = "/jobs/{id}/grid",
    params(JobPath, GridQuery, GridLimit),
    responses((status = OK, body = JobGrid))
)]
async fn grid(
    Chosen(engine): Chosen,
    Path(JobPath { id }): Path<JobPath>,
    Query(query): Query<GridQuery>,
    Limit(most): GridLimit,
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
    Ok(Json(jobs.grid(id, wanted, most).await?))
}

type FailuresLimit = Limit<100, 1000>;

/// What failed in a job, and why.
#[utoipa::path(
    get,
    path = "/jobs/{id}/failures",
    params(JobPath, FailuresLimit),
    responses((status = OK, body = JobFailures))
)]
async fn failures(
    Chosen(engine): Chosen,
    Path(JobPath { id }): Path<JobPath>,
    Limit(most): FailuresLimit,
) -> Answer<Json<JobFailures>> {
    Ok(Json(engine.jobs().failures(id, most).await?))
}

/// The pace of a job over its life, and the rate windows over the last hour.
#[utoipa::path(get, path = "/jobs/{id}/pace", params(JobPath), responses((status = OK, body = JobPace)))]
async fn pace(Chosen(engine): Chosen, Path(JobPath { id }): Path<JobPath>) -> Answer<Json<JobPace>> {
    Ok(Json(engine.requests().pace(id).await?))
}
