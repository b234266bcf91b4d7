//! REST of what there is: instruments, the expiries of one, the contracts of an expiry, and a contract.

use engine::Looker;
use market::{ContractKinds, Day, ExpiredKey, Interval, UnderlyingName};
use protocol::{ContractPicture, HistoricalDays, Span};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::documents::{ContractsDocument, ExpiriesDocument, InstrumentsDocument};
use super::extract::{Json, Path, Query};
use super::rest::{Answer, known_or_later};
use super::{Chosen, Site};

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(instruments))
        .routes(routes!(expiries))
        .routes(routes!(contracts))
        .routes(routes!(contract))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct InstrumentsQuery {
    /// A symbol, a name or a part of one; all, without it.
    #[serde(default)]
    search: String,
}

/// Indices and shares whose expired contracts can be asked for.
#[utoipa::path(
    get,
    path = "/instruments",
    params(InstrumentsQuery),
    responses((status = OK, body = InstrumentsDocument))
)]
async fn instruments(
    Chosen(engine): Chosen,
    Query(query): Query<InstrumentsQuery>,
) -> Answer<Json<InstrumentsDocument>> {
    Ok(Json(InstrumentsDocument::search(&engine, &query.search).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ExpiriesQuery {
    underlying: UnderlyingName,
    /// What "collected" is said of; the default is that of an order.
    #[serde(default)]
    days: HistoricalDays,
    #[serde(default)]
    interval: Interval,
}

/// The expiries of an underlying, and what is collected of each.
#[utoipa::path(
    get,
    path = "/expiries",
    params(ExpiriesQuery),
    responses((status = OK, body = ExpiriesDocument))
)]
async fn expiries(
    Chosen(engine): Chosen,
    Query(ExpiriesQuery { underlying, days, interval }): Query<ExpiriesQuery>,
) -> Answer<Json<ExpiriesDocument>> {
    let underlying = engine.instruments().find(&underlying).await?;
    let span = Span { days, interval };
    let known = engine.lists().expiries(&underlying, span, Looker::Program).await?;
    let waits = known.waits.clone();
    let rows = known_or_later(known)?;
    Ok(Json(ExpiriesDocument::told(&engine, underlying, span, rows, waits).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ContractsQuery {
    underlying: UnderlyingName,
    expiry: Day,
    #[serde(default, rename = "type")]
    kinds: ContractKinds,
}

/// The contracts of an expiry, with what was paid for each, and where the underlying stood at the end.
#[utoipa::path(
    get,
    path = "/contracts",
    params(ContractsQuery),
    responses((status = OK, body = ContractsDocument))
)]
async fn contracts(
    Chosen(engine): Chosen,
    Query(ContractsQuery { underlying, expiry, kinds }): Query<ContractsQuery>,
) -> Answer<Json<ContractsDocument>> {
    let underlying = engine.instruments().find(&underlying).await?;
    let (contracts, lists) =
        known_or_later(engine.lists().contracts(&underlying, expiry, kinds, Looker::Program).await?)?;
    Ok(Json(ContractsDocument::told(&engine, underlying, expiry, contracts, lists).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct ContractPath {
    expired_key: ExpiredKey,
}

/// A contract with its figures, and the contracts beside it.
#[utoipa::path(
    get,
    path = "/contracts/{expired_key}",
    params(ContractPath),
    responses((status = OK, body = ContractPicture))
)]
async fn contract(
    Chosen(engine): Chosen,
    Path(ContractPath { expired_key }): Path<ContractPath>,
) -> Answer<Json<ContractPicture>> {
    Ok(Json(engine.browse().contract(&expired_key).await?))
}
