//! REST of series made from contracts, under `/api/v1/series`. What every series takes is read here; what is left of
//! the query is the series' own, and refused by it where it does not know it.

use axum::http::StatusCode;
use axum::response::Response;
use engine::{EngineError, Rate, Series, SeriesError, SeriesService, SeriesWish};
use export::{Format, SeriesJson};
use market::{ChartInterval, Day, UnderlyingName};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accept::{Accepted, COLUMNS};
use super::documents::SeriesListDocument;
use super::extract::{Json, Path, Texts};
use super::file::file;
use super::problem::Problem;
use super::rest::Answer;
use super::{Chosen, Site};

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(series))
}

/// The series that can be made, each with its rule, its parameters and its columns.
#[utoipa::path(get, path = "/series", responses((status = OK, body = SeriesListDocument)))]
async fn list() -> Json<SeriesListDocument> {
    Json(SeriesListDocument { series: SeriesService::kinds() })
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct SeriesPath {
    name: String,
}

/// What every series takes.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SeriesQuery {
    underlying: UnderlyingName,
    /// Of a series of one expiry, the newest with minutes without it; of realised volatility that of a future, and of what
    /// is implied beside it: without it, of each day the nearest with minutes.
    expiry: Option<Day>,
    /// The first day; all of the expiry without it, of a series of several expiries the last ninety.
    from: Option<Day>,
    to: Option<Day>,
    /// A bar longer than a minute has the values of the last minute in it, and is a gap where that is one; a continuous
    /// future has bars of its own.
    #[serde(default)]
    interval: ChartInterval,
    /// A year, continuous, as `6.5%` or `0.065`.
    #[param(value_type = Option<String>)]
    rate: Option<WrittenRate>,
    /// Without it the header `Accept` says.
    #[param(inline)]
    format: Option<Format>,
}

const OF_EVERY_SERIES: [&str; 7] = ["underlying", "expiry", "from", "to", "interval", "rate", "format"];

/// As people write it.
#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(super) struct WrittenRate(pub Rate);

impl TryFrom<String> for WrittenRate {
    type Error = <Rate as std::str::FromStr>::Err;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

/// For the document alone: which of them a series takes, `GET /api/v1/series` says.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "read by the series itself, by name")]
struct OwnParameters {
    fixed: Option<String>,
    offset: Option<String>,
    points: Option<String>,
    delta: Option<String>,
    side: Option<String>,
    premium: Option<String>,
    at: Option<String>,
    until: Option<String>,
    strike: Option<String>,
    days: Option<String>,
    window: Option<String>,
    nights: Option<String>,
    month: Option<String>,
    roll: Option<String>,
    adjusted: Option<String>,
    legs: Option<String>,
    since: Option<String>,
}

/// A series made of stored minutes, with its rule in words and the reason of every gap.
#[utoipa::path(
    get,
    path = "/series/{name}",
    params(SeriesPath, SeriesQuery, OwnParameters),
    responses((status = OK, content((SeriesJson = "application/json"), (String = "text/csv"))))
)]
async fn series(
    Chosen(engine): Chosen,
    Path(SeriesPath { name }): Path<SeriesPath>,
    accepted: Accepted,
    given: Texts,
) -> Answer<Response> {
    let (query, own): (SeriesQuery, _) = given.split(&OF_EVERY_SERIES)?;
    let pairs = own.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let series = Series::read(&name, pairs).map_err(refused)?;
    let SeriesQuery { underlying, expiry, from, to, interval, rate, format } = query;
    let format = accepted.choose(format, &COLUMNS)?;
    let underlying = engine.browse().find(&underlying).await?;
    let rate = rate.map(|WrittenRate(rate)| rate);
    let wish = SeriesWish { series, underlying, expiry, from, to, interval, rate };
    let document = engine.series().make(&wish).await?;
    let symbol = engine.instruments().symbol_of(&document.head.underlying).await?;
    let name = format.series_file_name(&document.head, &symbol, engine.source().is_simulated());
    let origin = engine.browse().origin().await?;
    file(format, &name, |bytes| format.write_series(document, &origin, bytes))
}

/// Whoever wrote a wrong name may have meant what every series takes.
fn refused(error: SeriesError) -> Problem {
    match error {
        SeriesError::Unknown { .. } => {
            let [others @ .., last] = OF_EVERY_SERIES;
            let every = format!("every series takes {} and {last}", others.join(", "));
            Problem::new(StatusCode::BAD_REQUEST, format!("{error}; {every}"))
        }
        error => EngineError::from(error).into(),
    }
}
