//! REST of how far what is stored is whole: coverage, and what `verify` asks of the owner.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use market::{Day, InstrumentKey, Interval, UnderlyingName};
use protocol::{COVERAGE_EXPIRIES, Check, CoveragePage, HistoricalDays, Reopened};
use serde::Deserialize;

use super::Site;
use super::extract::{Json, Query};
use super::rest::Answer;

pub fn router() -> Router<Site> {
    Router::new()
        .route("/coverage", get(coverage))
        .route("/verify/sample", post(verify_sample))
        .route("/verify/mend", post(verify_mend))
}

#[derive(Deserialize)]
struct CoverageQuery {
    underlying: UnderlyingName,
    /// One expiry, contract by contract.
    expiry: Option<Day>,
    #[serde(default)]
    interval: Interval,
    #[serde(default)]
    days: HistoricalDays,
    /// Of an underlying, only the expiries before this one: `next` of the page before.
    before: Option<Day>,
    limit: Option<usize>,
}

async fn coverage(State(site): State<Site>, Query(query): Query<CoverageQuery>) -> Answer<Response> {
    let CoverageQuery { underlying, expiry, interval, days, before, limit } = query;
    let coverage = site.engine.coverage();
    let underlying = site.engine.instruments().find(&underlying).await?;
    Ok(match expiry {
        None => {
            let page = CoveragePage { before, limit: limit.unwrap_or(COVERAGE_EXPIRIES) };
            Json(coverage.of_underlying(&underlying, interval, days, page).await?).into_response()
        }
        Some(expiry) => Json(coverage.of_expiry(&underlying, expiry, interval, days).await?).into_response(),
    })
}

#[derive(Deserialize)]
struct Sample {
    underlying: Option<UnderlyingName>,
    count: u32,
}

async fn verify_sample(
    State(site): State<Site>,
    Json(Sample { underlying, count }): Json<Sample>,
) -> Answer<Json<Check>> {
    let underlying = match &underlying {
        Some(name) => Some(site.engine.instruments().find(name).await?),
        None => None,
    };
    Ok(Json(site.engine.verify_sample(underlying.as_ref(), count).await?))
}

#[derive(Deserialize)]
struct Mend {
    underlying: Option<InstrumentKey>,
}

async fn verify_mend(
    State(site): State<Site>,
    Json(Mend { underlying }): Json<Mend>,
) -> Answer<Json<Reopened>> {
    Ok(Json(site.engine.reopen_wrongly_settled(underlying.as_ref()).await?))
}
