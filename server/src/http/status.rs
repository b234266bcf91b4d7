//! REST of the program itself: the requests to the broker, what of its answers could not be taken, and what runs
//! here.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use protocol::{AuditPage, AuditQuery, RefusedPage, RefusedQuery, StatusPicture};

use super::Site;
use super::extract::{Json, Query};
use super::rest::Answer;

pub fn router() -> Router<Site> {
    Router::new().route("/audit", get(audit)).route("/refused", get(refused)).route("/status", get(status))
}

async fn audit(State(site): State<Site>, Query(query): Query<AuditQuery>) -> Answer<Json<AuditPage>> {
    Ok(Json(site.engine.requests().log(&query).await?))
}

async fn refused(State(site): State<Site>, Query(query): Query<RefusedQuery>) -> Answer<Json<RefusedPage>> {
    Ok(Json(site.engine.requests().refused(&query).await?))
}

async fn status(State(site): State<Site>) -> Answer<Json<StatusPicture>> {
    Ok(Json(site.engine.requests().status().await?))
}
