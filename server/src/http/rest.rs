//! REST under `/api/v1`: one-liners over the engine methods that pages and commands use too.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use engine::{Bars, EngineError, Looker, SecretString};
use market::{
    ChartInterval, Contract, ContractKinds, Day, ExpiredKey, InstrumentKey, Interval, UnderlyingName,
};
use protocol::{
    COVERAGE_EXPIRIES, CandleColumns, Check, CollectOrder, CoveragePage, Estimate, HistoricalDays,
    JobCommand, JobId, JobPicture, Known, Reopened, Span,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Site;
use super::documents::{
    CandlesDocument, ContractsDocument, EventsDocument, ExpiriesDocument, InstrumentsDocument, JobsDocument,
    NewJob,
};
use super::problem::Problem;
use super::{notices, schedules, watching};
use crate::commands::candles::day_range;

pub(super) type Answer<T> = Result<T, Problem>;

pub fn router() -> Router<Site> {
    Router::new()
        .route("/instruments", get(instruments))
        .route("/expiries", get(expiries))
        .route("/contracts", get(contracts))
        .route("/candles/{expired_key}", get(candles))
        .route("/coverage", get(coverage))
        .route("/verify/sample", post(verify_sample))
        .route("/verify/mend", post(verify_mend))
        .route("/estimate", post(estimate))
        .route("/jobs", get(jobs).post(create_job))
        .route("/jobs/{id}", get(job))
        .route("/jobs/{id}/events", get(events))
        .route("/jobs/{id}/{command}", post(command_job))
        .nest("/schedules", schedules::router())
        .nest("/notices", notices::router())
        .route("/session", get(session).post(sign_in).delete(sign_out))
        .merge(watching::router())
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "there is nothing at this address of /api/v1"))
}

/// A part of the request that could not be read, in words.
pub(super) fn unreadable(rejection: impl std::fmt::Display) -> Problem {
    let text = rejection.to_string();
    // What stands before our own sentence is about types.
    let sentence = text.split_once("target type: ").map_or(text.as_str(), |(_, sentence)| sentence);
    Problem::new(StatusCode::BAD_REQUEST, sentence)
}

#[derive(Deserialize)]
struct InstrumentsQuery {
    #[serde(default)]
    search: String,
}

async fn instruments(
    State(site): State<Site>,
    query: Result<Query<InstrumentsQuery>, QueryRejection>,
) -> Answer<Json<InstrumentsDocument>> {
    let Query(query) = query.map_err(|rejection| unreadable(rejection.body_text()))?;
    Ok(Json(InstrumentsDocument::search(&site.engine, &query.search).await?))
}

/// An empty list would be a lie where nothing is known yet: then it is 503 with what it waits for, and the list
/// is being asked for.
fn known_or_later<T>(known: Known<T>) -> Answer<T> {
    match (known.value, known.waits) {
        (Some(value), _) => Ok(value),
        (None, Some(wait)) => Err(EngineError::Waits(wait).into()),
        (None, None) => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not known yet: ask again")),
    }
}

#[derive(Deserialize)]
struct ExpiriesQuery {
    underlying: UnderlyingName,
    /// What "collected" is said of; the default is that of an order.
    #[serde(default)]
    days: HistoricalDays,
    #[serde(default)]
    interval: Interval,
}

async fn expiries(
    State(site): State<Site>,
    query: Result<Query<ExpiriesQuery>, QueryRejection>,
) -> Answer<Json<ExpiriesDocument>> {
    let Query(ExpiriesQuery { underlying, days, interval }) =
        query.map_err(|rejection| unreadable(rejection.body_text()))?;
    let underlying = site.engine.instruments().find(&underlying).await?;
    let span = Span { days, interval };
    let known = site.engine.lists().expiries(&underlying, span, Looker::Program).await?;
    let waits = known.waits.clone();
    let rows = known_or_later(known)?;
    Ok(Json(ExpiriesDocument::told(&site.engine, underlying, span, rows, waits).await?))
}

#[derive(Deserialize)]
struct ContractsQuery {
    underlying: UnderlyingName,
    expiry: Day,
    #[serde(default, rename = "type")]
    kinds: ContractKinds,
}

async fn contracts(
    State(site): State<Site>,
    query: Result<Query<ContractsQuery>, QueryRejection>,
) -> Answer<Json<ContractsDocument>> {
    let Query(ContractsQuery { underlying, expiry, kinds }) =
        query.map_err(|rejection| unreadable(rejection.body_text()))?;
    let underlying = site.engine.instruments().find(&underlying).await?;
    let (contracts, lists) =
        known_or_later(site.engine.lists().contracts(&underlying, expiry, kinds, Looker::Program).await?)?;
    Ok(Json(ContractsDocument { underlying, expiry, contracts, lists }))
}

#[derive(Deserialize)]
struct CandlesQuery {
    #[serde(default)]
    interval: ChartInterval,
    from: Option<Day>,
    to: Option<Day>,
    #[serde(default)]
    format: CandlesFormat,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum CandlesFormat {
    #[default]
    Json,
    Csv,
    Columns,
}

async fn candles(
    State(site): State<Site>,
    key: Result<Path<String>, PathRejection>,
    query: Result<Query<CandlesQuery>, QueryRejection>,
) -> Answer<Response> {
    let Path(key) = key.map_err(|rejection| unreadable(rejection.body_text()))?;
    let key: ExpiredKey = key.parse().map_err(Problem::refused)?;
    let Query(query) = query.map_err(|rejection| unreadable(rejection.body_text()))?;
    let range = day_range(query.from, query.to)?;
    let bars = site.engine.market_data().bars(&key, query.interval, range).await?;
    Ok(match query.format {
        CandlesFormat::Json => Json(CandlesDocument::from(bars)).into_response(),
        CandlesFormat::Columns => Json(CandleColumns::from_iter(bars.bars)).into_response(),
        CandlesFormat::Csv => csv_answer(bars, site.engine.source().is_simulated())?,
    })
}

fn csv_answer(bars: Bars, simulated: bool) -> Answer<Response> {
    let disposition =
        format!("attachment; filename=\"{}\"", csv_name(&bars.contract, bars.interval, simulated));
    let mut text = Vec::new();
    export::write_csv(bars.bars, &mut text)
        .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, disposition)], text)
        .into_response())
}

/// With the whole key: contracts of one symbol may be twins, and no two contracts share a name.
fn csv_name(contract: &Contract, interval: ChartInterval, simulated: bool) -> String {
    let mark = if simulated { "simulated " } else { "" };
    let key = contract.expired_key.to_string().replace('|', "-");
    let name = format!("{mark}{} {key} {interval}.csv", contract.trading_symbol);
    // Symbols are letters, digits and spaces; whatever else one may carry stays out of the header.
    let safe: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || " .-_&".contains(*c)).collect();
    safe.replace(' ', "_")
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

async fn coverage(
    State(site): State<Site>,
    query: Result<Query<CoverageQuery>, QueryRejection>,
) -> Answer<Response> {
    let Query(CoverageQuery { underlying, expiry, interval, days, before, limit }) =
        query.map_err(|rejection| unreadable(rejection.body_text()))?;
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
    body: Result<Json<Sample>, JsonRejection>,
) -> Answer<Json<Check>> {
    let Json(Sample { underlying, count }) = body.map_err(|rejection| unreadable(rejection.body_text()))?;
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
    body: Result<Json<Mend>, JsonRejection>,
) -> Answer<Json<Reopened>> {
    let Json(Mend { underlying }) = body.map_err(|rejection| unreadable(rejection.body_text()))?;
    Ok(Json(site.engine.reopen_wrongly_settled(underlying.as_ref()).await?))
}

async fn jobs(State(site): State<Site>) -> Answer<Json<JobsDocument>> {
    Ok(Json(JobsDocument { jobs: site.engine.jobs().list().await? }))
}

/// What an order will cost; nothing is started.
async fn estimate(
    State(site): State<Site>,
    body: Result<Json<CollectOrder<UnderlyingName>>, JsonRejection>,
) -> Answer<Json<Estimate>> {
    let Json(order) = body.map_err(|rejection| unreadable(rejection.body_text()))?;
    let order = site.engine.instruments().find_order(order).await?;
    Ok(Json(known_or_later(site.engine.lists().estimate(&order).await?)?))
}

async fn create_job(
    State(site): State<Site>,
    body: Result<Json<NewJob>, JsonRejection>,
) -> Answer<(StatusCode, Json<JobPicture>)> {
    let Json(NewJob { order, take_up }) = body.map_err(|rejection| unreadable(rejection.body_text()))?;
    let order = site.engine.instruments().find_order(order).await?;
    let jobs = site.engine.jobs();
    let (job, taken_up) =
        if take_up { jobs.take_up_or_create(&order).await? } else { (jobs.create(&order).await?, false) };
    let status = if taken_up { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(jobs.whole(job).await?)))
}

pub(super) type JobPath = Result<Path<i64>, PathRejection>;

pub(super) fn job_id(path: JobPath) -> Answer<JobId> {
    let Path(id) = path.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "a job's id is a whole number"))?;
    Ok(JobId(id))
}

async fn job(State(site): State<Site>, id: JobPath) -> Answer<Json<JobPicture>> {
    Ok(Json(site.engine.jobs().whole(job_id(id)?).await?))
}

#[derive(Deserialize)]
struct EventsQuery {
    #[serde(default)]
    after: i64,
}

async fn events(
    State(site): State<Site>,
    id: JobPath,
    query: Result<Query<EventsQuery>, QueryRejection>,
) -> Answer<Json<EventsDocument>> {
    let Query(query) = query.map_err(|rejection| unreadable(rejection.body_text()))?;
    Ok(Json(EventsDocument { events: site.engine.jobs().events(job_id(id)?, query.after).await? }))
}

async fn command_job(
    State(site): State<Site>,
    path: Result<Path<(i64, String)>, PathRejection>,
) -> Answer<Json<JobPicture>> {
    let Path((id, command)) =
        path.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "a job's id is a whole number"))?;
    let command: JobCommand =
        command.parse().map_err(|error| Problem::new(StatusCode::NOT_FOUND, format!("{error}")))?;
    Ok(Json(site.engine.jobs().tell(JobId(id), command).await?))
}

async fn session(State(site): State<Site>) -> Answer<Json<Value>> {
    session_document(&site, None)
}

#[derive(Deserialize)]
struct NewSession {
    token: SecretString,
}

async fn sign_in(
    State(site): State<Site>,
    body: Result<Json<NewSession>, JsonRejection>,
) -> Answer<Json<Value>> {
    // The rejection's own words could quote the token.
    let Json(NewSession { token }) =
        body.map_err(|_| unreadable("send {\"token\": \"…\"} as application/json"))?;
    let remark = site.engine.session().sign_in(token).await?;
    session_document(&site, remark)
}

async fn sign_out(State(site): State<Site>) -> Answer<Json<Value>> {
    site.engine.session().sign_out().await?;
    session_document(&site, None)
}

fn session_document(site: &Site, remark: Option<String>) -> Answer<Json<Value>> {
    let picture = serde_json::to_value(site.engine.session().picture());
    let mut document =
        picture.map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    if let Some(remark) = remark {
        document["remark"] = json!(remark);
    }
    Ok(Json(document))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(key: &str) -> Contract {
        Contract {
            expired_key: key.parse().unwrap(),
            underlying_key: "NSE_EQ|INE155A01022".parse().unwrap(),
            expiry: "2025-10-28".parse().unwrap(),
            kind: market::ContractKind::Put,
            strike: market::Strike::from_rupees(700.0),
            trading_symbol: "TATAMOTORS 700 PE 28 OCT 25".to_owned(),
            lot_size: 800,
            tick_size: 5,
            weekly: None,
        }
    }

    #[test]
    fn files_of_twins_have_different_names() {
        let name = |key| csv_name(&put(key), ChartInterval::Minute5, false);
        let old = name("NSE_FO|52012|28-10-2025");
        assert_eq!(old, "TATAMOTORS_700_PE_28_OCT_25_NSE_FO-52012-28-10-2025_5minute.csv");
        assert_ne!(old, name("NSE_FO|64013|28-10-2025"));
        assert!(
            csv_name(&put("NSE_FO|52012|28-10-2025"), ChartInterval::Day, true).starts_with("simulated_")
        );
    }
}
