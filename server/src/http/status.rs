//! REST of the program itself: the requests to the broker, what of its answers could not be taken, what runs here, and
//! its log.

use axum::extract::State;
use axum::response::Response;
use market::Day;
use protocol::{
    AUDIT_LINES, AUDIT_LINES_MAX, About, AuditOutcome, AuditPage, AuditQuery, JobId, LOG_LINES,
    LOG_LINES_MAX, LogLines, LogQuery, LogSeverity, REFUSED_LINES, REFUSED_LINES_MAX, RefusedPage,
    RefusedQuery, StatusPicture,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accept::{Rows, RowsQuery};
use super::documents::{AuditDocument, RefusedDocument};
use super::extract::{Json, Query};
use super::file::{named, rows};
use super::paging::{Limit, Paging, Piece};
use super::rest::Answer;
use super::{Chosen, Site, tables};
use crate::environment;

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(audit))
        .routes(routes!(refused))
        .routes(routes!(status))
        .routes(routes!(log))
        .routes(routes!(about))
}

/// Which requests are wanted; what is left out lets all pass.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RequestsQuery {
    /// A part of the key or of the broker's code, or the whole name of a contract or an underlying.
    search: Option<String>,
    endpoint: Option<String>,
    #[param(inline)]
    outcome: Option<AuditOutcome>,
    job: Option<JobId>,
    /// The first day of requests, in IST.
    from: Option<Day>,
    /// The last one.
    to: Option<Day>,
    /// Only requests before the one of this number.
    before: Option<i64>,
}

type RequestsPaging = Paging<AUDIT_LINES, AUDIT_LINES_MAX>;

/// The requests to the broker, newest first.
#[utoipa::path(
    get,
    path = "/audit",
    params(RequestsQuery, RequestsPaging, RowsQuery),
    responses((status = OK, content((Piece<AuditDocument> = "application/json"), (String = "text/csv"))))
)]
async fn audit(
    Chosen(engine): Chosen,
    Query(RequestsQuery { search, endpoint, outcome, job, from, to, before }): Query<RequestsQuery>,
    paging: RequestsPaging,
    Rows(format): Rows,
) -> Answer<Response> {
    let (before, limit) = (paging.position()?.or(before), Some(paging.limit()));
    let query = AuditQuery { search, endpoint, outcome, job, from, to, before, limit };
    let AuditPage { lines, next } = engine.requests().log(&query).await?;
    rows(&paging, (AuditDocument { lines }, next), format, &named(&engine, "requests"), |of, bytes| {
        tables::requests(&of.lines, format, bytes)
    })
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RefusedOf {
    /// Only what this job met.
    job: Option<JobId>,
}

type RefusedPaging = Paging<REFUSED_LINES, REFUSED_LINES_MAX>;

/// What Upstox sent and could not be taken, newest first.
#[utoipa::path(
    get,
    path = "/refused",
    params(RefusedOf, RefusedPaging, RowsQuery),
    responses((status = OK, content((Piece<RefusedDocument> = "application/json"), (String = "text/csv"))))
)]
async fn refused(
    Chosen(engine): Chosen,
    Query(RefusedOf { job }): Query<RefusedOf>,
    paging: RefusedPaging,
    Rows(format): Rows,
) -> Answer<Response> {
    let query = RefusedQuery { job, before: paging.position()?, limit: Some(paging.limit()) };
    let RefusedPage { lines, next } = engine.requests().refused(&query).await?;
    rows(&paging, (RefusedDocument { lines }, next), format, &named(&engine, "refused"), |of, bytes| {
        tables::refused(&of.lines, format, bytes)
    })
}

/// The program that answers, and the variables of its environment; no secret is among them.
#[utoipa::path(get, path = "/about", responses((status = OK, body = About)))]
async fn about(Chosen(engine): Chosen) -> Json<About> {
    Json(About { environment: environment::variables().to_vec(), ..engine.about() })
}

/// What runs here and what it keeps.
#[utoipa::path(get, path = "/status", responses((status = OK, body = StatusPicture)))]
async fn status(Chosen(engine): Chosen) -> Answer<Json<StatusPicture>> {
    Ok(Json(engine.status().await?))
}

/// Which lines are wanted; what is left out lets all pass.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LinesQuery {
    /// As grave as this, or graver.
    #[param(inline)]
    level: Option<LogSeverity>,
    /// A part of the line, in any case of letters.
    search: Option<String>,
}

type LinesLimit = Limit<LOG_LINES, LOG_LINES_MAX>;

/// The newest lines of the program's own log, newest first.
#[utoipa::path(get, path = "/log", params(LinesQuery, LinesLimit), responses((status = OK, body = LogLines)))]
async fn log(
    State(site): State<Site>,
    Query(LinesQuery { level, search }): Query<LinesQuery>,
    Limit(most): LinesLimit,
) -> Json<LogLines> {
    Json(site.log_lines(LogQuery { level, search, limit: Some(most) }).await)
}
