//! Bodies are read to their end before a handler sees them, within a bound and a time: whoever sends a byte now and then
//! holds nothing.

use std::error::Error;
use std::time::Duration;

use access::Caller;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{CONNECTION, CONTENT_LENGTH};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::LengthLimitError;
use protocol::BHAVCOPY_BYTES_MAX;
use tokio::time::timeout;

use super::bhavcopy;
use super::problem::Problem;

/// Nothing that a page or a program sends is larger, but the exchange's file; a job of ten thousand expiries is 400 kB.
const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// A password and where to go on.
const STRANGER_BODY_BYTES_MAX: usize = 16 * 1024;
/// How long a body may take to arrive.
const BODY_PATIENCE: Duration = Duration::from_secs(20);
/// The exchange's daily file is the one thing that is larger; 2 Mbit/s carry it.
const FILE_PATIENCE: Duration = Duration::from_secs(120);

pub async fn read_whole(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let is_stranger = parts.extensions.get::<Caller>().is_none_or(Caller::is_stranger);
    let is_file = parts.uri.path() == bhavcopy::ADDRESS;
    let (bytes_max, patience) = match (is_stranger, is_file) {
        (true, _) => (STRANGER_BODY_BYTES_MAX, BODY_PATIENCE),
        (false, true) => (BHAVCOPY_BYTES_MAX, FILE_PATIENCE),
        (false, false) => (BODY_BYTES_MAX, BODY_PATIENCE),
    };
    if announced(&parts.headers).is_some_and(|length| length > bytes_max) {
        return too_large(bytes_max);
    }
    match timeout(patience, to_bytes(body, bytes_max)).await {
        Ok(Ok(bytes)) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Ok(Err(error)) if is_of_length(&error) => too_large(bytes_max),
        Ok(Err(_)) => refused(StatusCode::BAD_REQUEST, "the body broke off".to_owned()),
        Err(_) => {
            let seconds = patience.as_secs();
            refused(StatusCode::REQUEST_TIMEOUT, format!("the body did not arrive within {seconds} seconds"))
        }
    }
}

fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn is_of_length(error: &axum::Error) -> bool {
    error.source().is_some_and(|source| source.is::<LengthLimitError>())
}

fn too_large(bytes_max: usize) -> Response {
    let kilobytes = bytes_max / 1024;
    refused(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is too large: at most {kilobytes} kB are read"))
}

/// The rest of the body is not waited for.
fn refused(status: StatusCode, sentence: String) -> Response {
    let mut answer = Problem::new(status, sentence).into_response();
    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    answer
}
