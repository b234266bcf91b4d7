//! The built browser part, carried inside the executable and served from memory.
//!
//! `cargo xtask build` writes `target/site`, a quick build `target/site-quick`; what was there when this crate was
//! compiled is what is served.
//! Nothing is read from disk at run time, and a name that was not embedded does not exist, so a path cannot
//! lead anywhere else. Compressed twins (`.br`, `.gz`) are answers to `Accept-Encoding`, never addresses.

use std::borrow::Cow;

use anyhow::Context;
use app::site::SiteManifest;
use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[cfg_attr(debug_assertions, folder = "../target/site-quick")]
#[cfg_attr(not(debug_assertions), folder = "../target/site")]
#[allow_missing = true]
struct Embedded;

const MANIFEST: &str = "manifest.json";

/// The names of the built files; `None` when this executable was compiled without the browser part.
pub fn manifest() -> anyhow::Result<Option<SiteManifest>> {
    let Some(file) = Embedded::get(MANIFEST) else { return Ok(None) };
    let manifest = serde_json::from_slice(&file.data)
        .context("the embedded browser part has a manifest of another version: run cargo xtask build")?;
    Ok(Some(manifest))
}

/// Routes for everything embedded: `/pkg/…` and, one by one, the files of `public/`.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let mut router = Router::new().route("/pkg/{*name}", get(package_file));
    for name in Embedded::iter().filter(|name| is_public(name)) {
        let address = format!("/{name}");
        router =
            router.route(&address, get(move |headers: HeaderMap| async move { answer(&name, &headers) }));
    }
    router
}

/// Whether this is the address of an embedded file. They are the same for everybody.
pub fn serves(path: &str) -> bool {
    let Some(name) = path.strip_prefix('/') else { return false };
    (name.starts_with("pkg/") || is_public(name)) && Embedded::get(name).is_some()
}

fn is_public(name: &str) -> bool {
    !name.starts_with("pkg/") && name != MANIFEST && Encoding::ALL.iter().all(|e| !name.ends_with(e.suffix()))
}

async fn package_file(Path(name): Path<String>, headers: HeaderMap) -> Response {
    answer(&format!("pkg/{name}"), &headers)
}

/// Answers with one embedded file, in the best encoding that the browser takes.
fn answer(name: &str, request: &HeaderMap) -> Response {
    let Some(media_type) = media_type(name) else { return not_found() };
    let Some((file, encoding)) = choose(name, request) else { return not_found() };

    let etag = entity_tag(&file);
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching(name)));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding.token()));
    }
    if let Ok(value) = HeaderValue::from_str(&etag) {
        headers.insert(ETAG, value);
    }
    if names_tag(request, &etag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, body(file)).into_response()
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "There is no such file.\n").into_response()
}

fn body(file: EmbeddedFile) -> Body {
    match file.data {
        Cow::Borrowed(bytes) => Body::from(bytes),
        Cow::Owned(bytes) => Body::from(bytes),
    }
}

/// The file itself or its smallest compressed twin that the request takes.
fn choose(name: &str, request: &HeaderMap) -> Option<(EmbeddedFile, Option<Encoding>)> {
    let accepted = request.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Encoding::ALL
        .into_iter()
        .filter(|encoding| encoding.is_accepted(accepted))
        .find_map(|encoding| {
            let twin = Embedded::get(&format!("{name}{}", encoding.suffix()))?;
            Some((twin, Some(encoding)))
        })
        .or_else(|| Some((Embedded::get(name)?, None)))
}

/// A compression that the build made a twin in, the smaller one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Brotli,
    Gzip,
}

impl Encoding {
    const ALL: [Encoding; 2] = [Encoding::Brotli, Encoding::Gzip];

    fn token(self) -> &'static str {
        match self {
            Encoding::Brotli => "br",
            Encoding::Gzip => "gzip",
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Encoding::Brotli => ".br",
            Encoding::Gzip => ".gz",
        }
    }

    /// Whether an `Accept-Encoding` takes this: named, or covered by `*`, with a weight above zero. Between
    /// several weights above zero the smaller answer wins, not the heavier weight.
    fn is_accepted(self, accepted: &str) -> bool {
        let weight_of = |wanted: &str| {
            accepted.split(',').find_map(|item| {
                let (token, parameters) = item.split_once(';').unwrap_or((item, ""));
                token.trim().eq_ignore_ascii_case(wanted).then(|| weight(parameters))
            })
        };
        weight_of(self.token()).or_else(|| weight_of("*")).is_some_and(|weight| weight > 0.0)
    }
}

fn weight(parameters: &str) -> f32 {
    let value = parameters.trim().strip_prefix("q=").unwrap_or("1");
    value.trim().parse().unwrap_or(0.0)
}

fn entity_tag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let digits: String = hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{digits}\"")
}

fn names_tag(request: &HeaderMap, etag: &str) -> bool {
    let Some(tags) = request.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()) else { return false };
    tags.split(',').map(|tag| tag.trim().trim_start_matches("W/")).any(|tag| tag == etag || tag == "*")
}

/// A name that carries the hash of its content never means anything else, so it is kept for a year.
fn caching(name: &str) -> &'static str {
    if has_content_hash(name) { "public, max-age=31536000, immutable" } else { "no-cache" }
}

fn has_content_hash(name: &str) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let hash = stem.rsplit_once('-').map_or("", |(_, hash)| hash);
    hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The media type by the name's ending; `None` for what the site has no business serving.
fn media_type(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    Some(match ending {
        "wasm" => "application/wasm",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "txt" => "text/plain; charset=utf-8",
        "webmanifest" => "application/manifest+json",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_taken_by_name_or_star_and_refused_by_a_weight_of_zero() {
        let cases = [
            ("", false, false),
            ("gzip, deflate, br, zstd", true, true),
            ("gzip;q=0.8", false, true),
            ("br;q=0, *", false, true),
            ("*;q=0.1", true, true),
            ("*;q=0", false, false),
            ("identity", false, false),
            ("br;q=nonsense", false, false),
        ];
        for (accepted, brotli, gzip) in cases {
            assert_eq!(Encoding::Brotli.is_accepted(accepted), brotli, "br in {accepted:?}");
            assert_eq!(Encoding::Gzip.is_accepted(accepted), gzip, "gzip in {accepted:?}");
        }
    }

    #[test]
    fn only_names_with_a_content_hash_are_kept_for_ever() {
        assert!(has_content_hash("pkg/expirytrack-0123456789abcdef.wasm"));
        assert!(!has_content_hash("pkg/LICENSES.txt"));
        assert!(!has_content_hash("pkg/lightweight-charts.js"));
        assert!(!has_content_hash("favicon.svg"));
    }

    #[test]
    fn nothing_outside_the_site_can_be_named() {
        let headers = HeaderMap::new();
        for name in
            ["pkg/../manifest.json", "pkg/../../Cargo.toml", "../Cargo.toml", "pkg//etc/passwd.txt", "pkg/"]
        {
            assert_eq!(answer(name, &headers).status(), StatusCode::NOT_FOUND, "{name}");
        }
    }

    #[test]
    fn no_page_is_a_file() {
        for path in
            ["", "/", "/manifest.json", "/jobs", "/pkg", "/pkg/", "/api/v1/jobs", "/pkg/../api/v1/jobs"]
        {
            assert!(!serves(path), "{path}");
        }
    }

    #[test]
    fn a_known_entity_tag_is_recognised_in_any_list() {
        let mut headers = HeaderMap::new();
        headers.insert(IF_NONE_MATCH, HeaderValue::from_static("\"one\", W/\"two\""));
        assert!(names_tag(&headers, "\"two\""));
        assert!(!names_tag(&headers, "\"three\""));
    }
}
