//! REST of candles, under `/api/v1/candles`: rows, columns or a file.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use export::{CandlesJson, Format};
use market::{Bars, ChartInterval, Day, ExpiredKey};
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
    #[serde(default = "rows")]
    #[param(inline)]
    format: Format,
}

fn rows() -> Format {
    Format::Json
}

/// The candles of a contract, of all days or from one to another.
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
    let bars = engine.market_data().bars(&expired_key, query.interval, range).await?;
    file(query.format, bars, engine.source().is_simulated())
}

fn file(format: Format, bars: Bars, simulated: bool) -> Answer<Response> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    if format.is_saved() {
        let name = format.file_name(&bars.contract, bars.interval, simulated);
        let disposition =
            HeaderValue::try_from(format!("attachment; filename=\"{name}\"")).map_err(unwritable)?;
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    let mut bytes = Vec::new();
    format.write(bars, &mut bytes).map_err(unwritable)?;
    Ok((headers, bytes).into_response())
}

fn unwritable(error: impl std::error::Error) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}
