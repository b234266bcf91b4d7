//! REST of how far what is stored is whole: coverage, and what `verify` asks of the owner.

use axum::http::StatusCode;
use market::{Day, ExpiredKey, InstrumentKey, Interval, UnderlyingName};
use protocol::{
    AgainOrder, COVERAGE_EXPIRIES, Check, CoverageCalendar, CoverageDay, CoverageMap, CoveragePage,
    ExpiryCoverageDetail, HistoricalDays, JobPicture, QualityReport, Reopened, UnderlyingCoverage,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Json, Query};
use super::rest::Answer;
use super::{Chosen, Site};

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(coverage))
        .routes(routes!(calendar))
        .routes(routes!(map))
        .routes(routes!(day))
        .routes(routes!(again))
        .routes(routes!(quality))
        .routes(routes!(sample))
        .routes(routes!(mend))
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

/// Every expiry of every underlying that something was collected of, with how far it is.
#[utoipa::path(get, path = "/coverage/calendar", responses((status = OK, body = CoverageCalendar)))]
async fn calendar(Chosen(engine): Chosen) -> Answer<Json<CoverageCalendar>> {
    Ok(Json(engine.coverage().calendar(None).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct MapQuery {
    underlying: UnderlyingName,
    expiry: Day,
    #[serde(default)]
    interval: Interval,
    #[serde(default)]
    days: HistoricalDays,
    /// Contracts before the first one that is wanted.
    #[serde(default)]
    from: u32,
}

/// The contracts of an expiry, a letter a day.
#[utoipa::path(get, path = "/coverage/map", params(MapQuery), responses((status = OK, body = CoverageMap)))]
async fn map(Chosen(engine): Chosen, Query(query): Query<MapQuery>) -> Answer<Json<CoverageMap>> {
    let MapQuery { underlying, expiry, interval, days, from } = query;
    let underlying = engine.instruments().find(&underlying).await?;
    Ok(Json(engine.coverage().map(&underlying, expiry, interval, days, from as usize).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DayQuery {
    #[param(value_type = String, example = "NSE_FO|71706|28-08-2025")]
    expired_key: ExpiredKey,
    day: Day,
    #[serde(default)]
    interval: Interval,
}

/// One day of a contract: its minutes, what the exchange's file says of it, what asking again costs.
#[utoipa::path(get, path = "/coverage/day", params(DayQuery), responses((status = OK, body = CoverageDay)))]
async fn day(Chosen(engine): Chosen, Query(query): Query<DayQuery>) -> Answer<Json<CoverageDay>> {
    let DayQuery { expired_key, day, interval } = query;
    Ok(Json(engine.coverage_day(&expired_key, day, interval).await?))
}

/// Asks again for a day of a contract, whatever is known of it: as a job of its own.
#[utoipa::path(
    post,
    path = "/coverage/again",
    request_body = AgainOrder,
    responses((status = CREATED, body = JobPicture))
)]
async fn again(
    Chosen(engine): Chosen,
    Json(order): Json<AgainOrder>,
) -> Answer<(StatusCode, Json<JobPicture>)> {
    let job = engine.jobs().ask_again(&order).await?;
    Ok((StatusCode::CREATED, Json(engine.jobs().whole(job).await?)))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct QualityQuery {
    underlying: UnderlyingName,
}

/// What somebody who uses the candles of an underlying should know of them.
#[utoipa::path(get, path = "/coverage/quality", params(QualityQuery), responses((status = OK, body = QualityReport)))]
async fn quality(
    Chosen(engine): Chosen,
    Query(QualityQuery { underlying }): Query<QualityQuery>,
) -> Answer<Json<QualityReport>> {
    let underlying = engine.instruments().find(&underlying).await?;
    Ok(Json(engine.coverage().quality(&underlying).await?))
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
