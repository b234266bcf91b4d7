//! REST of candles, under `/api/v1/candles`: rows, columns or a file.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use engine::Bars;
use market::{ChartInterval, Contract, Day, ExpiredKey};
use protocol::CandleColumns;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Site;
use super::documents::CandlesDocument;
use super::extract::{Json, Path, Query};
use super::problem::Problem;
use super::rest::Answer;
use crate::commands::candles::day_range;

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(candles))
}

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
    #[serde(default)]
    #[param(inline)]
    format: CandlesFormat,
}

#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum CandlesFormat {
    #[default]
    Json,
    Csv,
    Columns,
}

/// Rows or columns, by the format.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum CandlesAnswer {
    Rows(CandlesDocument),
    Columns(CandleColumns),
}

/// The candles of a contract, of all days or from one to another.
#[utoipa::path(
    get,
    path = "/candles/{expired_key}",
    params(CandlesPath, CandlesQuery),
    responses((status = OK, content((CandlesAnswer = "application/json"), (String = "text/csv"))))
)]
async fn candles(
    State(site): State<Site>,
    Path(CandlesPath { expired_key }): Path<CandlesPath>,
    Query(query): Query<CandlesQuery>,
) -> Answer<Response> {
    let range = day_range(query.from, query.to)?;
    let bars = site.engine.market_data().bars(&expired_key, query.interval, range).await?;
    Ok(match query.format {
        CandlesFormat::Json => Json(CandlesAnswer::Rows(bars.into())).into_response(),
        CandlesFormat::Columns => {
            Json(CandlesAnswer::Columns(CandleColumns::from_iter(bars.bars))).into_response()
        }
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
