//! REST of how far what is stored is whole: coverage, and what `verify` asks of the owner.

use axum::http::StatusCode;
use axum::response::Response;
use export::{ExportError, Format};
use market::{Day, ExpiredKey, InstrumentKey, Interval, UnderlyingName};
use protocol::{
    AgainOrder, COVERAGE_EXPIRIES, COVERAGE_EXPIRIES_MAX, Check, CoverageCalendar, CoverageDay, CoverageMap,
    CoveragePage, ExpiryCoverageDetail, HistoricalDays, JobPicture, MAP_CONTRACTS_MAX, QualityExpiries,
    QualityReport, Reopened, UnderlyingCoverage,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accept::{Rows, RowsQuery};
use super::extract::{Json, Query};
use super::file::{named, rows, whole};
use super::paging::{Paging, Piece};
use super::rest::Answer;
use super::{Chosen, Site, tables};

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
}

const EXPIRIES: u32 = COVERAGE_EXPIRIES as u32;
const EXPIRIES_MAX: u32 = COVERAGE_EXPIRIES_MAX as u32;
/// Of an underlying; an expiry comes as a whole.
type CoveragePaging = Paging<EXPIRIES, EXPIRIES_MAX>;

/// Of an underlying, or of one expiry.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum CoverageDocument {
    Underlying(Box<UnderlyingCoverage>),
    Expiry(ExpiryCoverageDetail),
}

impl CoverageDocument {
    fn write(&self, format: Format, bytes: &mut Vec<u8>) -> Result<(), ExportError> {
        match self {
            Self::Underlying(of) => tables::coverage(&of.expiries, format, bytes),
            Self::Expiry(of) => tables::coverage_of_expiry(&of.contracts, format, bytes),
        }
    }
}

/// What is known of each day: of an underlying's expiries, a page of them, or of an expiry's contracts.
#[utoipa::path(
    get,
    path = "/coverage",
    params(CoverageQuery, CoveragePaging, RowsQuery),
    responses((status = OK, content((Piece<CoverageDocument> = "application/json"), (String = "text/csv"))))
)]
async fn coverage(
    Chosen(engine): Chosen,
    Query(query): Query<CoverageQuery>,
    paging: CoveragePaging,
    Rows(format): Rows,
) -> Answer<Response> {
    let CoverageQuery { underlying, expiry, interval, days } = query;
    let coverage = engine.coverage();
    let underlying = engine.instruments().find(&underlying).await?;
    let symbol = engine.instruments().symbol_of(&underlying).await?;
    let name = named(&engine, format_args!("coverage {symbol}"));
    if let Some(expiry) = expiry {
        let detail = coverage.of_expiry(&underlying, expiry, interval, days).await?;
        let (document, name) = (CoverageDocument::Expiry(detail), format!("{name} {expiry}"));
        return rows(&paging, (document, None::<Day>), format, &name, |of, bytes| of.write(format, bytes));
    }
    let page = CoveragePage { before: paging.position()?, limit: paging.limit() as usize };
    let piece = coverage.of_underlying(&underlying, interval, days, page).await?;
    let next = piece.next;
    let document = CoverageDocument::Underlying(Box::new(piece));
    rows(&paging, (document, next), format, &name, |of, bytes| of.write(format, bytes))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CalendarQuery {
    /// Of this one alone.
    underlying: Option<UnderlyingName>,
}

/// Every expiry of every underlying that something was collected of, with how far it is.
#[utoipa::path(
    get,
    path = "/coverage/calendar",
    params(CalendarQuery, RowsQuery),
    responses((status = OK, content((CoverageCalendar = "application/json"), (String = "text/csv"))))
)]
async fn calendar(
    Chosen(engine): Chosen,
    Query(CalendarQuery { underlying }): Query<CalendarQuery>,
    Rows(format): Rows,
) -> Answer<Response> {
    let underlying = match &underlying {
        Some(name) => Some(engine.coverage().find(name).await?),
        None => None,
    };
    let calendar = engine.coverage().calendar(underlying.as_ref()).await?;
    whole(&calendar, format, &named(&engine, "calendar"), |bytes| tables::calendar(&calendar, format, bytes))
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
}

const CONTRACTS_MAX: u32 = MAP_CONTRACTS_MAX as u32;
type MapPaging = Paging<CONTRACTS_MAX, CONTRACTS_MAX>;

/// The contracts of an expiry, a letter a day.
#[utoipa::path(
    get,
    path = "/coverage/map",
    params(MapQuery, MapPaging, RowsQuery),
    responses((status = OK, content((Piece<CoverageMap> = "application/json"), (String = "text/csv"))))
)]
async fn map(
    Chosen(engine): Chosen,
    Query(query): Query<MapQuery>,
    paging: MapPaging,
    Rows(format): Rows,
) -> Answer<Response> {
    let MapQuery { underlying, expiry, interval, days } = query;
    let underlying = engine.instruments().find(&underlying).await?;
    let (from, most) = (paging.position::<u32>()?.unwrap_or(0), paging.limit());
    let map =
        engine.coverage().map(&underlying, expiry, interval, days, from as usize, most as usize).await?;
    let next = u64::from(from) + map.rows.len() as u64;
    let next = (next < map.contracts).then_some(next);
    let name = named(&engine, format_args!("coverage days {} {expiry}", map.symbol));
    rows(&paging, (map, next), format, &name, |of, bytes| tables::coverage_map(of, format, bytes))
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
    /// The newest listed expiries whose days are looked at.
    #[serde(default)]
    #[param(inline)]
    expiries: QualityExpiries,
}

/// What somebody who uses the candles of an underlying should know of them.
#[utoipa::path(get, path = "/coverage/quality", params(QualityQuery), responses((status = OK, body = QualityReport)))]
async fn quality(
    Chosen(engine): Chosen,
    Query(QualityQuery { underlying, expiries }): Query<QualityQuery>,
) -> Answer<Json<QualityReport>> {
    let underlying = engine.instruments().find(&underlying).await?;
    Ok(Json(engine.coverage().quality(&underlying, expiries).await?))
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
