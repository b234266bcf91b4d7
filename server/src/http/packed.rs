//! Documents of REST are packed by gzip for whoever takes it: texts from a kilobyte on, and nothing else. Streams must not
//! wait for a packer, and files of other formats are packed already.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, Version};
use axum::middleware::Next;
use axum::response::Response;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{And, Predicate, SizeAbove};

use super::validators::names;

/// Below it the packing costs more than it saves.
const BYTES_MIN: u16 = 1024;
const TEXTS: [&str; 3] = ["application/json", "application/problem+json", "text/csv"];
/// A packed answer is another one than the answer itself, and its tag says so.
const MARK: &str = "-gzip\"";

type IsText = fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool;

pub fn layer() -> CompressionLayer<And<SizeAbove, IsText>> {
    let is_text: IsText = |_, _, headers, _| is_text(headers);
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(BYTES_MIN).and(is_text))
}

fn is_text(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    TEXTS.contains(&media_type.split(';').next().unwrap_or_default().trim())
}

/// Stands before the packer: it marks the tags of what was packed, and knows them again.
pub async fn mark(mut request: Request, next: Next) -> Response {
    let asked: Vec<HeaderValue> = request.headers().get_all(IF_NONE_MATCH).iter().cloned().collect();
    if !asked.is_empty() {
        let plain = asked.iter().filter_map(|header| header.to_str().ok());
        let plain = plain.map(|text| text.replace(MARK, "\"")).collect::<Vec<_>>().join(", ");
        match HeaderValue::try_from(plain) {
            Ok(plain) => drop(request.headers_mut().insert(IF_NONE_MATCH, plain)),
            Err(_) => drop(request.headers_mut().remove(IF_NONE_MATCH)),
        }
    }
    let mut answer: Response<Body> = next.run(request).await;
    let Some(packed) = answer.headers().get(ETAG).and_then(packed_tag) else { return answer };
    let was_packed = answer.headers().contains_key(CONTENT_ENCODING)
        || answer.status() == StatusCode::NOT_MODIFIED && asked.iter().any(|header| names(header, &packed));
    if was_packed {
        answer.headers_mut().insert(ETAG, packed);
    }
    answer
}

fn packed_tag(tag: &HeaderValue) -> Option<HeaderValue> {
    let tag = tag.to_str().ok()?.strip_suffix('"')?;
    HeaderValue::try_from(format!("{tag}{MARK}")).ok()
}
