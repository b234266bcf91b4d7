//! REST of the exchange's daily files: one is sent as it is, and what came of it is answered.

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use market::Day;
use protocol::{BHAVCOPY_BYTES_MAX, BhavcopyExchange, BhavcopyLines, BhavcopyReport, BhavcopyWithdrawal};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Json, Path, Query};
use super::problem::Problem;
use super::rest::Answer;
use super::{Chosen, Site};

/// Where a file is sent: its body may be larger than others.
pub(super) const ADDRESS: &str = "/api/v1/bhavcopy";
/// A page of another site can send none of these unasked.
const TYPES: [&str; 3] = ["application/octet-stream", "application/zip", "text/csv"];

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(files, take)).routes(routes!(withdraw))
}

/// Files that were taken in, the newest day first.
#[utoipa::path(get, path = "/bhavcopy", responses((status = OK, body = BhavcopyLines)))]
async fn files(Chosen(engine): Chosen) -> Answer<Json<BhavcopyLines>> {
    Ok(Json(engine.bhavcopy().list().await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FileQuery {
    /// What the file is called, as `BhavCopy_NSE_FO_0_0_0_20250801_F_0000.csv.zip`.
    name: String,
    /// A special session was held on the day of the file, though the market is taken to have been closed.
    #[serde(default)]
    special_session: bool,
}

/// Takes in the exchange's file of a day (UDiFF, NSE or BSE, zipped or not, at most 32 MB): holes that it proves are
/// asked for again, days that it proves to be empty never. One of a day on which the market was closed is refused, and so
/// is one with fewer rows, or without contracts, of the file of its day that is kept: that is withdrawn first.
#[utoipa::path(
    post,
    path = "/bhavcopy",
    params(FileQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = OK, body = BhavcopyReport))
)]
async fn take(
    Chosen(engine): Chosen,
    Query(FileQuery { name, special_session }): Query<FileQuery>,
    request: Request,
) -> Answer<Json<BhavcopyReport>> {
    if !is_file(request.headers()) {
        let types = TYPES.join(", ");
        let detail = format!("send the file as one of {types}: the header Content-Type says otherwise");
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let bytes = to_bytes(request.into_body(), BHAVCOPY_BYTES_MAX + 1).await;
    let bytes =
        bytes.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "the file is too large, or it broke off"))?;
    Ok(Json(engine.bhavcopy().take(&name, bytes.into(), special_session).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct DayPath {
    /// Of the file.
    day: Day,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ExchangeQuery {
    /// Whose file; needed where there are files of both.
    #[param(inline)]
    exchange: Option<BhavcopyExchange>,
}

/// Withdraws the file of a day: what it proved counts no more, and the job that asks again because of it is cancelled.
/// No candle is touched.
#[utoipa::path(
    delete,
    path = "/bhavcopy/{day}",
    params(DayPath, ExchangeQuery),
    responses((status = OK, body = BhavcopyWithdrawal))
)]
async fn withdraw(
    Chosen(engine): Chosen,
    Path(DayPath { day }): Path<DayPath>,
    Query(ExchangeQuery { exchange }): Query<ExchangeQuery>,
) -> Answer<Json<BhavcopyWithdrawal>> {
    Ok(Json(engine.bhavcopy().withdraw(day, exchange).await?))
}

fn is_file(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    TYPES.contains(&media_type.as_str())
}
