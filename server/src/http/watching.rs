//! REST for whoever watches: the grid of a job, what failed in it, its pace, the requests to the broker, what of
//! its answers could not be taken, and what runs here.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use market::{Day, InstrumentKey};
use protocol::{
    AuditPage, AuditQuery, JobFailures, JobGrid, JobPace, PLAN_TARGETS_MAX, RefusedPage, RefusedQuery,
    StatusPicture, Target,
};
use serde::Deserialize;

use super::Site;
use super::problem::Problem;
use super::rest::{Answer, JobPath, job_id, unreadable};

/// Failures of one answer, unless another number is asked for.
const FAILURES: u32 = 100;

pub fn router() -> Router<Site> {
    Router::new()
        .route("/jobs/{id}/grid", get(grid))
        .route("/jobs/{id}/failures", get(failures))
        .route("/jobs/{id}/pace", get(pace))
        .route("/audit", get(audit))
        .route("/refused", get(refused))
        .route("/status", get(status))
}

#[derive(Deserialize)]
struct GridQuery {
    expiry: Option<Day>,
    /// Needed only where the job has several.
    underlying: Option<InstrumentKey>,
    limit: Option<u32>,
}

async fn grid(
    State(site): State<Site>,
    id: JobPath,
    query: Result<Query<GridQuery>, QueryRejection>,
) -> Answer<Json<JobGrid>> {
    let (id, Query(query)) = (job_id(id)?, query.map_err(|rejection| unreadable(rejection.body_text()))?);
    let jobs = site.engine.jobs();
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

#[derive(Deserialize)]
struct FailuresQuery {
    limit: Option<u32>,
}

async fn failures(
    State(site): State<Site>,
    id: JobPath,
    query: Result<Query<FailuresQuery>, QueryRejection>,
) -> Answer<Json<JobFailures>> {
    let Query(query) = query.map_err(|rejection| unreadable(rejection.body_text()))?;
    Ok(Json(site.engine.jobs().failures(job_id(id)?, query.limit.unwrap_or(FAILURES)).await?))
}

async fn pace(State(site): State<Site>, id: JobPath) -> Answer<Json<JobPace>> {
    Ok(Json(site.engine.requests().pace(job_id(id)?).await?))
}

async fn audit(
    State(site): State<Site>,
    query: Result<Query<AuditQuery>, QueryRejection>,
) -> Answer<Json<AuditPage>> {
    let Query(query) = query.map_err(|rejection| unreadable(rejection.body_text()))?;
    Ok(Json(site.engine.requests().log(&query).await?))
}

async fn refused(
    State(site): State<Site>,
    query: Result<Query<RefusedQuery>, QueryRejection>,
) -> Answer<Json<RefusedPage>> {
    let Query(query) = query.map_err(|rejection| unreadable(rejection.body_text()))?;
    Ok(Json(site.engine.requests().refused(&query).await?))
}

async fn status(State(site): State<Site>) -> Answer<Json<StatusPicture>> {
    Ok(Json(site.engine.requests().status().await?))
}
