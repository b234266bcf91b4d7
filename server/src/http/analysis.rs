//! REST of what is asked of an expiry as a whole, under `/api/v1/analysis`.

use axum::response::Response;
use engine::{AnalysisService, AnalysisWish, EngineError};
use export::{AnalysisJson, Format};
use market::{ChartInterval, Day, UnderlyingName};
use protocol::{AnalysisName, Minute};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accept::{Accepted, COLUMNS};
use super::documents::AnalysisListDocument;
use super::extract::{Json, Path, Query};
use super::file::file;
use super::rest::Answer;
use super::series::WrittenRate;
use super::{Chosen, Site};

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(analysis))
}

/// The analyses that can be had, each with its rule, what it takes and its columns.
#[utoipa::path(get, path = "/analysis", responses((status = OK, body = AnalysisListDocument)))]
async fn list() -> Answer<Json<AnalysisListDocument>> {
    Ok(Json(AnalysisListDocument { analyses: AnalysisService::kinds()? }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct AnalysisPath {
    name: String,
}

/// Which of them an analysis takes, `GET /api/v1/analysis` says.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AnalysisQuery {
    underlying: UnderlyingName,
    /// The newest with minutes without it.
    expiry: Option<Day>,
    /// In IST, as `2025-08-01T10:30`; the last stored minute without it. Of a surface the time of each day.
    #[param(value_type = Option<String>)]
    at: Option<Minute>,
    /// The minute that is compared with; the first of the same day without it.
    #[param(value_type = Option<String>)]
    since: Option<Minute>,
    /// The first day; all of the expiry without it.
    from: Option<Day>,
    to: Option<Day>,
    /// Minutes of a day, five of up to five days, fifteen of more without it. A bar longer than a minute has the values of
    /// the last minute in it, or why that has none.
    interval: Option<ChartInterval>,
    /// A year, continuous, as `6.5%` or `0.065`.
    #[param(value_type = Option<String>)]
    rate: Option<WrittenRate>,
    /// Without it the header `Accept` says.
    #[param(inline)]
    format: Option<Format>,
}

/// What stored minutes say of an expiry: by strike, by day, by expiry or over time, each with its rule in words.
#[utoipa::path(
    get,
    path = "/analysis/{name}",
    params(AnalysisPath, AnalysisQuery),
    responses((status = OK, content((AnalysisJson = "application/json"), (String = "text/csv"))))
)]
async fn analysis(
    Chosen(engine): Chosen,
    Path(AnalysisPath { name }): Path<AnalysisPath>,
    Query(query): Query<AnalysisQuery>,
    accepted: Accepted,
) -> Answer<Response> {
    let name: AnalysisName =
        name.parse().map_err(|error: protocol::UnknownAnalysis| EngineError::NoSeries(error.to_string()))?;
    let AnalysisQuery { underlying, expiry, at, since, from, to, interval, rate, format } = query;
    let format = accepted.choose(format, &COLUMNS)?;
    let underlying = engine.browse().find(&underlying).await?;
    let rate = rate.map(|WrittenRate(rate)| rate);
    let wish = AnalysisWish { name, underlying, expiry, at, since, from, to, interval, rate };
    let document = engine.analysis().make(&wish).await?;
    let symbol = engine.instruments().symbol_of(&document.head.underlying).await?;
    let name = format.analysis_file_name(&document.head, &symbol, engine.source().is_simulated());
    let origin = engine.browse().origin().await?;
    file(format, &name, |bytes| format.write_analysis(document, &origin, bytes))
}
