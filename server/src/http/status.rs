//! REST of the program itself: the requests to the broker, what of its answers could not be taken, what runs here, and
//! its log.

use axum::extract::State;
use protocol::{AuditPage, AuditQuery, LogLines, LogQuery, RefusedPage, RefusedQuery, StatusPicture};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Json, Query};
use super::rest::Answer;
use super::{Chosen, Site};

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(audit))
        .routes(routes!(refused))
        .routes(routes!(status))
        .routes(routes!(log))
}

/// The requests to the broker, newest first.
#[utoipa::path(get, path = "/audit", params(AuditQuery), responses((status = OK, body = AuditPage)))]
async fn audit(Chosen(engine): Chosen, Query(query): Query<AuditQuery>) -> Answer<Json<AuditPage>> {
    Ok(Json(engine.requests().log(&query).await?))
}

/// What Upstox sent and could not be taken, newest first.
#[utoipa::path(get, path = "/refused", params(RefusedQuery), responses((status = OK, body = RefusedPage)))]
async fn refused(Chosen(engine): Chosen, Query(query): Query<RefusedQuery>) -> Answer<Json<RefusedPage>> {
    Ok(Json(engine.requests().refused(&query).await?))
}

/// What runs here and what it keeps.
#[utoipa::path(get, path = "/status", responses((status = OK, body = StatusPicture)))]
async fn status(Chosen(engine): Chosen) -> Answer<Json<StatusPicture>> {
    Ok(Json(engine.status().await?))
}

/// The newest lines of the program's own log, newest first.
#[utoipa::path(get, path = "/log", params(LogQuery), responses((status = OK, body = LogLines)))]
async fn log(State(site): State<Site>, Query(query): Query<LogQuery>) -> Json<LogLines> {
    Json(site.log_lines(query).await)
}
