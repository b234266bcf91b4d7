//! REST of what there is: instruments, the expiries of one, the contracts of an expiry, and a contract.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use engine::Looker;
use market::{ContractKinds, Day, ExpiredKey, Interval, UnderlyingName};
use protocol::{ContractPicture, HistoricalDays, Span};
use serde::Deserialize;

use super::Site;
use super::documents::{ContractsDocument, ExpiriesDocument, InstrumentsDocument};
use super::extract::{Json, Path, Query};
use super::rest::{Answer, known_or_later};

pub fn router() -> Router<Site> {
    Router::new()
        .route("/instruments", get(instruments))
        .route("/expiries", get(expiries))
        .route("/contracts", get(contracts))
        .route("/contracts/{expired_key}", get(contract))
}

#[derive(Deserialize)]
struct InstrumentsQuery {
    #[serde(default)]
    search: String,
}

async fn instruments(
    State(site): State<Site>,
    Query(query): Query<InstrumentsQuery>,
) -> Answer<Json<InstrumentsDocument>> {
    Ok(Json(InstrumentsDocument::search(&site.engine, &query.search).await?))
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
    Query(ExpiriesQuery { underlying, days, interval }): Query<ExpiriesQuery>,
) -> Answer<Json<ExpiriesDocument>> {
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
    Query(ContractsQuery { underlying, expiry, kinds }): Query<ContractsQuery>,
) -> Answer<Json<ContractsDocument>> {
    let underlying = site.engine.instruments().find(&underlying).await?;
    let (contracts, lists) =
        known_or_later(site.engine.lists().contracts(&underlying, expiry, kinds, Looker::Program).await?)?;
    Ok(Json(ContractsDocument { underlying, expiry, contracts, lists }))
}

#[derive(Deserialize)]
struct ContractPath {
    expired_key: ExpiredKey,
}

/// With its figures, and the contracts beside it.
async fn contract(
    State(site): State<Site>,
    Path(ContractPath { expired_key }): Path<ContractPath>,
) -> Answer<Json<ContractPicture>> {
    Ok(Json(site.engine.browse().contract(&expired_key).await?))
}
