//! REST of the option chains of past minutes.

use axum::http::StatusCode;
use axum::response::Response;
use market::{Day, UnderlyingName};
use protocol::{ChainDays, ChainPicture, ChainWish, Minute};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accept::{Rows, RowsQuery};
use super::extract::{Json, Query};
use super::file::{file, named};
use super::problem::Problem;
use super::rest::Answer;
use super::{Chosen, Site};

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(chain)).routes(routes!(days))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ChainQuery {
    underlying: UnderlyingName,
    expiry: Day,
    /// In IST, as `2025-08-01T10:30`; the last stored minute without it.
    #[param(value_type = Option<String>)]
    at: Option<Minute>,
}

/// The chain of an expiry at a minute, from what is stored: prices, open interest, volatility and greeks.
#[utoipa::path(
    get,
    path = "/chain",
    params(ChainQuery, RowsQuery),
    responses((status = OK, content((ChainPicture = "application/json"), (String = "text/csv"))))
)]
async fn chain(
    Chosen(engine): Chosen,
    Query(ChainQuery { underlying, expiry, at }): Query<ChainQuery>,
    Rows(format): Rows,
) -> Answer<Response> {
    let key = engine.browse().find(&underlying).await?;
    let chain = engine.chains().chain(&key, expiry, at).await?;
    // To the minute.
    let at = chain.at.get(..16).unwrap_or(&chain.at).replace(['T', ':'], "-");
    let symbol = engine.instruments().symbol_of(&key).await?;
    let name = named(&engine, format_args!("chain {symbol} {expiry} {at}"));
    let name = format.safe_name(&name);
    let origin = engine.browse().origin().await?;
    file(format, &name, |bytes| format.write_chain(&chain, &origin, bytes))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DaysQuery {
    /// The one with most candles without it.
    underlying: Option<UnderlyingName>,
    /// The newest with minutes without it.
    expiry: Option<Day>,
}

/// The days of an expiry of which a chain can be had, with their first and last minutes.
#[utoipa::path(get, path = "/chain/days", params(DaysQuery), responses((status = OK, body = ChainDays)))]
async fn days(
    Chosen(engine): Chosen,
    Query(DaysQuery { underlying, expiry }): Query<DaysQuery>,
) -> Answer<Json<ChainDays>> {
    let wish = ChainWish { underlying, expiry, at: None };
    let nothing = || Problem::new(StatusCode::NOT_FOUND, "no minute of any contract is stored");
    Ok(Json(engine.chains().choices(&wish).await?.ok_or_else(nothing)?.days))
}
