//! REST of how far what is stored is whole: coverage, and what `verify` asks of the owner.

use market::{Day, InstrumentKey, Interval, UnderlyingName};
use protocol::{
    COVERAGE_EXPIRIES, Check, CoveragePage, ExpiryCoverageDetail, HistoricalDays, Reopened,
    UnderlyingCoverage,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Json, Query};
use super::rest::Answer;
use super::{Chosen, Site};

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(coverage)).routes(routes!(sample)).routes(routes!(mend))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
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

/// Of an underlying, or of one expiry.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum CoverageDocument {
    Underlying(Box<UnderlyingCoverage>),
    Expiry(ExpiryCoverageDetail),
}

/// What is known of each day: of an underlying's expiries, a page of them, or of an expiry's contracts.
#[utoipa::path(
    get,
    path = "/coverage",
    params(CoverageQuery),
    responses((status = OK, body = CoverageDocument))
)]
async fn coverage(
    Chosen(engine): Chosen,
    Query(query): Query<CoverageQuery>,
) -> Answer<Json<CoverageDocument>> {
    let CoverageQuery { underlying, expiry, interval, days, before, limit } = query;
    let coverage = engine.coverage();
    let underlying = engine.instruments().find(&underlying).await?;
    Ok(Json(match expiry {
        None => {
            let page = CoveragePage { before, limit: limit.unwrap_or(COVERAGE_EXPIRIES) };
            CoverageDocument::Underlying(Box::new(
                coverage.of_underlying(&underlying, interval, days, page).await?,
            ))
        }
        Some(expiry) => {
            CoverageDocument::Expiry(coverage.of_expiry(&underlying, expiry, interval, days).await?)
        }
    }))
}

#[derive(Deserialize, ToSchema)]
struct Sample {
    /// All, without it.
    underlying: Option<UnderlyingName>,
    /// Answers that are asked again.
    count: u32,
}

/// Asks the broker again for a sample of what is stored, and compares.
#[utoipa::path(post, path = "/verify/sample", request_body = Sample, responses((status = OK, body = Check)))]
async fn sample(
    Chosen(engine): Chosen,
    Json(Sample { underlying, count }): Json<Sample>,
) -> Answer<Json<Check>> {
    let underlying = match &underlying {
        Some(name) => Some(engine.instruments().find(name).await?),
        None => None,
    };
    Ok(Json(engine.verify_sample(underlying.as_ref(), count).await?))
}

#[derive(Deserialize, ToSchema)]
struct Mend {
    /// All, without it.
    underlying: Option<InstrumentKey>,
}

/// Opens again what was settled by mistake.
#[utoipa::path(post, path = "/verify/mend", request_body = Mend, responses((status = OK, body = Reopened)))]
async fn mend(Chosen(engine): Chosen, Json(Mend { underlying }): Json<Mend>) -> Answer<Json<Reopened>> {
    Ok(Json(engine.reopen_wrongly_settled(underlying.as_ref()).await?))
}
