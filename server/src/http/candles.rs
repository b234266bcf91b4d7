//! REST of candles, under `/api/v1/candles`: rows, columns or a file.

use axum::response::Response;
use engine::CandlesWish;
use export::{CandlesJson, Format};
use market::{ChartInterval, Day, ExpiredKey};
use protocol::{CandlesBeside, ComparedKeys};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Path, Query};
use super::file::file;
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
    let name = format.file_name(&candles.contract, candles.interval, engine.source().is_simulated());
    file(format, &name, |bytes| format.write(candles, bytes))
}
