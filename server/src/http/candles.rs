//! REST of candles, under `/api/v1/candles`: rows, columns or a file.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use engine::CandlesWish;
use export::{CandlesJson, Format};
use market::{ChartInterval, Day, ExpiredKey};
use protocol::{Candles, CandlesBeside, ComparedKeys};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Path, Query};
use super::problem::Problem;
use super::rest::Answer;
use super::{Chosen, Site};
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
    /// What stands beside the candles.
    #[serde(default)]
    #[param(inline)]
    with: CandlesBeside,
    /// Contracts whose closes stand beside them.
    #[serde(default)]
    #[param(inline)]
    compare: ComparedKeys,
    #[serde(default = "rows")]
    #[param(inline)]
    format: Format,
}

fn rows() -> Format {
    Format::Json
}

/// The candles of a contract, of all days or from one to another, with what is asked for beside them.
#[utoipa::path(
    get,
    path = "/candles/{expired_key}",
    params(CandlesPath, CandlesQuery),
    responses((status = OK, content((CandlesJson = "application/json"), (String = "text/csv"))))
)]
async fn candles(
    Chosen(engine): Chosen,
    Path(CandlesPath { expired_key }): Path<CandlesPath>,
    Query(query): Query<CandlesQuery>,
) -> Answer<Response> {
    let range = day_range(query.from, query.to)?;
    let CandlesQuery { interval, with, compare, format, .. } = query;
    let wish = CandlesWish { key: expired_key, interval, range, beside: with, compared: compare };
    let candles = engine.market_data().candles(&wish).await?;
    file(format, candles, engine.source().is_simulated())
}

fn file(format: Format, candles: Candles, simulated: bool) -> Answer<Response> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    if format.is_saved() {
        let name = format.file_name(&candles.contract, candles.interval, simulated);
        let disposition =
            HeaderValue::try_from(format!("attachment; filename=\"{name}\"")).map_err(unwritable)?;
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    let mut bytes = Vec::new();
    format.write(candles, &mut bytes).map_err(unwritable)?;
    Ok((headers, bytes).into_response())
}

fn unwritable(error: impl std::error::Error) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}
