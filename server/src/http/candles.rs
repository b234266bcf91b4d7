//! REST of candles, under `/api/v1/candles`: of one contract with what stands beside them, and of the contracts of an
//! expiry one behind the other, as rows, columns or a file, in pieces.

use std::ops::ControlFlow;

use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use engine::{CandlePlace, CandlesWish, EngineError, ExpiryCandlesWish};
use export::table::TableOptions;
use export::{CandleRows, CandleTable, CandlesJson, ExportError, Format, Made, Subject};
use market::{
    Bar, ChartInterval, ContractKinds, Day, DayRange, EpochSeconds, ExpiredKey, InstrumentKey, UnderlyingName,
};
use protocol::{Candles, CandlesBeside, ComparedKeys};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accept::{Accepted, COLUMNS};
use super::extract::{Path, Query};
use super::file::{named, paged};
use super::instruments::Strikes;
use super::paging::{Paging, Piece};
use super::rest::Answer;
use super::validators::Held;
use super::{Chosen, Site};

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(candles)).routes(routes!(of_expiry))
}

/// All that a contract can have: five years of minutes.
type CandlesPaging = Paging<500_000, 500_000>;
/// Some megabytes, and some tens of them.
type ExpiryPaging = Paging<20_000, 200_000>;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct CandlesPath {
    expired_key: ExpiredKey,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CandlesQuery {
    #[serde(default)]
    interval: ChartInterval,
    from: Option<Day>,
    to: Option<Day>,
    /// What stands beside the candles. Of a bar longer than a minute `volatility` is what held in the minute of its close,
    /// with the reason where there was none; `vwap` is the day's up to the end of the bar, of its minutes, and a bar of
    /// several days has none.
    #[serde(default)]
    #[param(inline)]
    with: CandlesBeside,
    /// Contracts whose closes stand beside them.
    #[serde(default)]
    #[param(inline)]
    compare: ComparedKeys,
    /// Without it the header `Accept` says.
    #[param(inline)]
    format: Option<Format>,
}

/// The candles of a contract, of all days or from one to another, with what is asked for beside them.
#[utoipa::path(
    get,
    path = "/candles/{expired_key}",
    params(CandlesPath, CandlesQuery, CandlesPaging),
    responses((status = OK, content((Piece<CandlesJson> = "application/json"), (String = "text/csv"))))
)]
async fn candles(
    Chosen(engine): Chosen,
    Path(CandlesPath { expired_key }): Path<CandlesPath>,
    Query(query): Query<CandlesQuery>,
    accepted: Accepted,
    held: Held,
    paging: CandlesPaging,
) -> Answer<Response> {
    let format = accepted.choose(query.format, &COLUMNS)?;
    let range = DayRange::between(query.from, query.to).map_err(EngineError::from)?;
    let CandlesQuery { interval, with, compare, .. } = query;
    let mut validators = HeaderMap::new();
    // What stands beside may be of anything.
    if with.iter().next().is_none() && compare.is_empty() {
        let stamp =
            engine.market_data().stamp_of_contract(&expired_key, interval, range, engine.now()).await?;
        match held.check(&stamp, engine.source().market().as_str(), format) {
            ControlFlow::Continue(headers) => validators = headers,
            ControlFlow::Break(answer) => return Ok(answer),
        }
    }
    let behind = paging.position()?.map(EpochSeconds);
    let wish = CandlesWish { key: expired_key, interval, range, beside: with, compared: compare };
    let candles = engine.market_data().candles(&wish).await?;
    let name = format.file_name(&candles.contract, candles.interval, engine.source().is_simulated());
    let origin = engine.browse().origin().await?;
    let (candles, end) = candles.piece(behind, paging.limit() as usize);
    let next = end.map(|EpochSeconds(start)| start);
    let answer = paged(&paging, next, format, &name, |bytes, paging| {
        if !format.is_json() {
            return format.write(candles, &origin, bytes);
        }
        Ok(serde_json::to_writer(bytes, &paging.piece(json_of(format, candles), next))?)
    })?;
    Ok((validators, answer).into_response())
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ExpiryQuery {
    underlying: UnderlyingName,
    expiry: Day,
    #[serde(default, rename = "type")]
    kinds: ContractKinds,
    #[serde(default)]
    interval: ChartInterval,
    from: Option<Day>,
    to: Option<Day>,
    /// Without it the header `Accept` says.
    #[param(inline)]
    format: Option<Format>,
}

/// Candles of several contracts.
#[derive(Serialize, ToSchema)]
struct ExpiryCandles {
    underlying: InstrumentKey,
    expiry: Day,
    interval: ChartInterval,
    /// By strike, calls before puts; a contract goes on in the next piece. Those without a candle are left out.
    contracts: Vec<CandlesJson>,
}

/// The candles of the contracts of an expiry, of all or of a range of strikes, one contract behind the other.
#[utoipa::path(
    get,
    path = "/candles",
    params(ExpiryQuery, Strikes, ExpiryPaging),
    responses((status = OK, content((Piece<ExpiryCandles> = "application/json"), (String = "text/csv"))))
)]
async fn of_expiry(
    Chosen(engine): Chosen,
    Query(query): Query<ExpiryQuery>,
    Query(strikes): Query<Strikes>,
    accepted: Accepted,
    held: Held,
    paging: ExpiryPaging,
) -> Answer<Response> {
    let format = accepted.choose(query.format, &COLUMNS)?;
    let range = DayRange::between(query.from, query.to).map_err(EngineError::from)?;
    let ExpiryQuery { underlying, expiry, kinds, interval, .. } = query;
    let underlying = engine.browse().find(&underlying).await?;
    let behind: Option<CandlePlace> = paging.position()?;
    let wish = ExpiryCandlesWish { underlying, expiry, kinds, strikes: strikes.bounds(), interval, range };
    let stamp = engine.market_data().stamp_of_expiry(&wish, engine.now()).await?;
    let validators = match held.check(&stamp, engine.source().market().as_str(), format) {
        ControlFlow::Continue(headers) => headers,
        ControlFlow::Break(answer) => return Ok(answer),
    };
    let most = paging.limit() as usize;
    let (contracts, next) = engine.market_data().candles_of_expiry(&wish, behind.as_ref(), most).await?;
    let symbol = engine.instruments().symbol_of(&wish.underlying).await?;
    let name = named(&engine, format_args!("{symbol} {expiry} {interval}"));
    let name = format.safe_name(&name);
    let made = Made { interval: Some(interval), ..Made::default() };
    let metadata = engine.browse().origin().await?.metadata(made);
    let options = TableOptions { metadata, ..TableOptions::default() };
    let answer = paged(&paging, next.clone(), format, &name, |bytes, paging| {
        if !format.is_json() {
            return write_table((format, &options), contracts, &symbol, bytes);
        }
        let contracts = contracts.into_iter().map(|of| json_of(format, of)).collect();
        let document = ExpiryCandles { underlying: wish.underlying, expiry, interval, contracts };
        Ok(serde_json::to_writer(bytes, &paging.piece(document, next))?)
    })?;
    Ok((validators, answer).into_response())
}

/// In either form of JSON.
fn json_of(format: Format, candles: Candles) -> CandlesJson {
    if format == Format::Columns { CandlesJson::columns(candles) } else { CandlesJson::rows(candles) }
}

/// As the lake keeps them.
fn write_table(
    (format, options): (Format, &TableOptions),
    contracts: Vec<Candles>,
    symbol: &str,
    bytes: &mut Vec<u8>,
) -> Result<(), ExportError> {
    let columns = CandleTable::lake();
    let mut table = format.table(columns.columns(), options, bytes)?;
    for Candles { contract, interval, rows, .. } in contracts {
        let bars: Vec<Bar> = rows.into_iter().filter_map(|row| row.bar).collect();
        let subject = Subject::Contract { contract, underlying: symbol.to_owned() };
        table.write(&columns.batch(CandleRows {
            subject: &subject,
            interval,
            bars: &bars,
            twin: None,
        })?)?;
    }
    table.finish()?;
    Ok(())
}
