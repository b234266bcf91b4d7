//! HTTP answers: JSON bodies, gzip where it is asked for, and the broken answers that faults call for.

use std::io::Write;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::{StreamExt, stream};
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::faults::Faults;
use crate::wire::errors::ApiError;

/// Below this gzip gains nothing.
const GZIP_BYTES_MIN: usize = 1_024;
const CLOUDFLARE_PAGE: &str = "<!doctype html><html><head><title>Access denied | api.upstox.com used Cloudflare to restrict access</title></head><body><h1>Error 1010</h1><p>The owner of this website has banned your access based on your browser's signature.</p></body></html>\n";

pub fn json(status: u16, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(Body::from(body.into()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

pub fn error(error: ApiError, faults: &Faults) -> Response {
    json(error.status, error.body(faults))
}

pub fn html(status: StatusCode, page: impl Into<Bytes>) -> Response {
    let mut response = json(status.as_u16(), page);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

pub fn too_many(error_body: Vec<u8>, retry_after_seconds: Option<u64>) -> Response {
    let mut response = json(429, error_body);
    if let Some(seconds) = retry_after_seconds {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// 403 with error 1010 [OBS].
pub fn cloudflare() -> Response {
    html(StatusCode::FORBIDDEN, CLOUDFLARE_PAGE)
}

/// A body, compressed if the client takes gzip. HTTP/1.1 plain and gzip is what the simulator serves; what
/// the real host compresses is UNCERTAIN.
pub fn compressed(body: Bytes, request: &HeaderMap) -> Response {
    if body.len() < GZIP_BYTES_MIN || !takes_gzip(request) {
        return json(200, body);
    }
    let mut response = json(200, gzip(&body));
    response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    response
}

fn takes_gzip(request: &HeaderMap) -> bool {
    let accepted = request.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|coding| {
        let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
        name.trim() == "gzip" && parameters.replace(' ', "") != "q=0"
    })
}

/// Fast rather than small: a candle answer is up to two megabytes and goes over loopback.
pub fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 6), Compression::fast());
    // Writing into memory does not fail.
    let written = encoder.write_all(body).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}

/// Half of the body and its true length.
pub fn cut_off(body: Bytes) -> Response {
    json(200, body.slice(..body.len() / 2))
}

/// Half of the body under the length of the whole; then the connection ends.
pub fn cut_off_in_transfer(body: Bytes) -> Response {
    let half = body.slice(..body.len() / 2);
    let failure = stream::once(async {
        // The pause in which the server sends the half; without it nothing would go out at all.
        tokio::task::yield_now().await;
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    });
    let parts = stream::once(async { Ok(half) }).chain(failure);
    let mut response = json(200, Bytes::new());
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    *response.body_mut() = Body::from_stream(parts);
    response
}

/// A body that fails at once: what a reset is to a client without a socket.
pub fn broken_body() -> Response {
    let failure = [Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset))];
    let mut response = json(200, Bytes::new());
    *response.body_mut() = Body::from_stream(stream::iter(failure));
    response
}
