//! What whoever has an answer already need not be sent again: each document that is read has an `ETag`, and 304 is
//! answered to the one who names it. Of candles it is made of a stamp, before any is read; of all else of the bytes. What
//! is answered for good may be kept for a day without asking.

use std::ops::ControlFlow;

use axum::body::{Body, HttpBody};
use axum::extract::{FromRequestParts, OriginalUri, Request};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engine::CandlesStamp;
use export::Format;
use http_body_util::BodyExt;
use ring::digest::{Context, SHA256};

/// Larger answers have a tag only where a stamp makes it.
const HASHED_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Of a hash, so many that no two answers meet.
const TAG_BYTES: usize = 15;
/// Asked again each time, and sent again only if it is another one.
const ASK: HeaderValue = HeaderValue::from_static("private, no-cache");
/// A person may ask for anything again and prune everything: then it is another one within a day.
const KEEP: HeaderValue = HeaderValue::from_static("private, max-age=86400, immutable");

/// What chooses the format of an answer and the market that it is of: whoever keeps answers keeps one of each.
const CHOSEN_BY: HeaderValue = HeaderValue::from_static("accept, x-expirytrack-market, cookie");

/// The validator of an answer.
#[derive(Clone)]
struct Tag(HeaderValue);

impl Tag {
    fn of<'p>(parts: impl IntoIterator<Item = &'p [u8]>) -> Option<Self> {
        let mut hash = Context::new(&SHA256);
        for part in parts {
            hash.update(&part.len().to_le_bytes());
            hash.update(part);
        }
        let hash = URL_SAFE_NO_PAD.encode(&hash.finish().as_ref()[..TAG_BYTES]);
        HeaderValue::try_from(format!("\"{hash}\"")).ok().map(Self)
    }
}

/// Whether a header names a tag. What is weak stands for the same.
pub fn names(header: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(header), Ok(tag)) = (header.to_str(), tag.to_str()) else { return false };
    header.split(',').map(|of| of.trim().trim_start_matches("W/")).any(|of| of == tag)
}

fn are_held(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    headers.get_all(IF_NONE_MATCH).iter().any(|header| header == "*" || names(header, tag))
}

/// What whoever asks has already.
pub struct Held {
    headers: HeaderMap,
    address: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Held {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let address = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |OriginalUri(uri)| uri);
        Ok(Self { headers: parts.headers.clone(), address: address.to_string() })
    }
}

impl Held {
    /// The headers of the answer to this address in a format, made of the stamp; or the whole answer, where whoever asks has
    /// that one.
    pub fn check(
        &self,
        stamp: &CandlesStamp,
        source: &str,
        format: Format,
    ) -> ControlFlow<Response, HeaderMap> {
        let parts = [env!("CARGO_PKG_VERSION"), source, &self.address, format.as_str(), &stamp.text];
        let Some(Tag(tag)) = Tag::of(parts.map(str::as_bytes)) else {
            return ControlFlow::Continue(HeaderMap::new());
        };
        let is_held = are_held(&self.headers, &tag);
        let caching = if stamp.is_final { KEEP } else { ASK };
        let headers = HeaderMap::from_iter([(ETAG, tag), (CACHE_CONTROL, caching)]);
        if is_held {
            ControlFlow::Break((StatusCode::NOT_MODIFIED, headers).into_response())
        } else {
            ControlFlow::Continue(headers)
        }
    }
}

/// Before all that is read.
pub async fn validate(mut request: Request, next: Next) -> Response {
    let is_reading = matches!(*request.method(), Method::GET | Method::HEAD);
    if !is_reading {
        return next.run(request).await;
    }
    let asked = request.headers().clone();
    // Both have the same headers, and those of a body are made of the body. The router leaves it out.
    *request.method_mut() = Method::GET;
    let mut answer = next.run(request).await;
    if answer.status() == StatusCode::OK {
        answer = tagged(answer).await;
        answer.headers_mut().entry(CACHE_CONTROL).or_insert(ASK);
        let is_held = answer.headers().get(ETAG).is_some_and(|tag| are_held(&asked, tag));
        if is_held {
            answer = not_modified(answer.headers());
        }
    }
    answer.headers_mut().append(VARY, CHOSEN_BY);
    answer
}

/// With a tag made of its bytes, where it has none and is a document of a bounded length.
async fn tagged(answer: Response) -> Response {
    let is_stream = answer.headers().get(CONTENT_TYPE).is_some_and(|of| of == "text/event-stream");
    let length = answer.body().size_hint().exact();
    let is_short = length.is_some_and(|length| length <= HASHED_BYTES_MAX as u64);
    if is_stream || !is_short || answer.headers().contains_key(ETAG) {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let Ok(bytes) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let media_type = parts.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    if let Some(Tag(tag)) = Tag::of([media_type, &bytes]) {
        parts.headers.insert(ETAG, tag);
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn not_modified(headers: &HeaderMap) -> Response {
    let kept = [ETAG, CACHE_CONTROL, VARY];
    let kept = kept.into_iter().filter_map(|name| Some((name.clone(), headers.get(name)?.clone())));
    (StatusCode::NOT_MODIFIED, HeaderMap::from_iter(kept)).into_response()
}
