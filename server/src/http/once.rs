//! A POST with the header `Idempotency-Key` is carried out once: sent again with the same key and the same body, it gets
//! the answer of the first time, for a day and over a restart. It is carried out to its end also where whoever asked is
//! gone meanwhile.

use access::Caller;
use axum::body::{Body, to_bytes};
use axum::extract::{OriginalUri, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use engine::{AnswerKey, Begun, KEPT_ANSWER_BYTES_MAX, KeptAnswer, Once};
use ring::digest::{Context, SHA256};

use super::Site;
use super::problem::Problem;

pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Said of an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
const KEY_LENGTH_MAX: usize = 128;
/// Resources with secrets in their answers or bodies: nothing of them is kept.
pub const WITH_SECRETS: [&str; 2] = ["/api/v1/access", "/api/v1/session"];

/// Where only what is stored is read: nothing is done that could be done twice.
const READING: [&str; 5] = [
    "/api/v1/estimate",
    "/api/v1/exports/estimate",
    "/api/v1/lake/prune/preview",
    "/api/v1/sql",
    "/api/v1/storage/prune/preview",
];

pub async fn answer_once(State(site): State<Site>, request: Request, next: Next) -> Response {
    let is_keyed = *request.method() == Method::POST && request.headers().contains_key(IDEMPOTENCY_KEY);
    if !is_keyed {
        return next.run(request).await;
    }
    match carry_out(site, request, next).await {
        Ok(answer) => answer,
        Err(problem) => problem.into_response(),
    }
}

async fn carry_out(site: Site, request: Request, next: Next) -> Result<Response, Problem> {
    let uri = request.extensions().get::<OriginalUri>().map_or(request.uri(), |OriginalUri(uri)| uri).clone();
    if let Some(resource) = WITH_SECRETS.iter().find(|resource| uri.path().starts_with(*resource)) {
        let detail = format!(
            "{resource} takes no Idempotency-Key: what is answered or sent there holds secrets, and none is kept"
        );
        return Err(Problem::new(StatusCode::BAD_REQUEST, detail));
    }
    let key = key_of(request.headers())?;
    let whose = whose(request.extensions().get::<Caller>());
    let engine = site.markets.of_request(request.headers(), request.extensions()).await?;
    // A copy cannot keep an answer, and need not.
    if !engine.once().keeps() && READING.contains(&uri.path()) {
        return Ok(next.run(request).await);
    }
    let (parts, body) = request.into_parts();
    // It was read to its end, within its bound, before it came here.
    let body = to_bytes(body, usize::MAX).await;
    let body = body.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "the body broke off"))?;
    let mut hash = Context::new(&SHA256);
    for part in [uri.to_string().as_bytes(), &body] {
        hash.update(&part.len().to_le_bytes());
        hash.update(part);
    }
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(hash.finish().as_ref());
    match engine.once().begin(AnswerKey { whose, key }, fingerprint).await? {
        Once::Begun(begun) => {
            let request = Request::from_parts(parts, Body::from(body));
            // A task of its own ends what it began, whoever leaves.
            let carried_out = tokio::spawn(async move { keep(begun, next.run(request).await).await });
            carried_out.await.map_err(|_| {
                Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "what was asked for was cut off")
            })?
        }
        Once::Answered(answer) => replay(answer),
        Once::UnderWay => {
            Err(conflict("the first request with this Idempotency-Key is under way: ask again")
                .after(Some(1)))
        }
        Once::CutOff => Err(conflict(
            "the program ended while the first request with this Idempotency-Key was under way: see what became of it, \
             and send what is missing with another key",
        )),
        Once::OfOther => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "this Idempotency-Key came with another request before: a new request needs a key of its own",
        )),
    }
}

fn conflict(sentence: &str) -> Problem {
    Problem::new(StatusCode::CONFLICT, sentence)
}

/// As it is written, with or without quotation marks around it.
fn key_of(headers: &HeaderMap) -> Result<String, Problem> {
    let mut given = headers.get_all(IDEMPOTENCY_KEY).iter();
    let key = given.next().and_then(|key| key.to_str().ok()).map(|key| key.trim().trim_matches('"'));
    let is_sign = |sign: u8| sign.is_ascii_alphanumeric() || b"_.:-".contains(&sign);
    let is_key = |key: &&str| (1..=KEY_LENGTH_MAX).contains(&key.len()) && key.bytes().all(is_sign);
    let key = key.filter(|key| is_key(key) && given.next().is_none());
    key.map(str::to_owned).ok_or_else(|| {
        let detail = format!(
            "Idempotency-Key must be one text of 1 to {KEY_LENGTH_MAX} letters, digits, _, ., : and -, such as a UUID"
        );
        Problem::new(StatusCode::BAD_REQUEST, detail)
    })
}

/// Two programs may choose the same key.
fn whose(caller: Option<&Caller>) -> String {
    match caller {
        Some(Caller::Program { token, .. }) => format!("program {token}"),
        Some(Caller::Command) => "command".to_owned(),
        _ => "person".to_owned(),
    }
}

/// What was done is kept; what was refused was not done, and may be tried again with the same key.
async fn keep(begun: Begun, answer: Response) -> Result<Response, Problem> {
    let (parts, body) = answer.into_parts();
    if !parts.status.is_success() {
        begun.end(None).await?;
        return Ok(Response::from_parts(parts, body));
    }
    let body = to_bytes(body, usize::MAX).await;
    let body = body.map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the answer broke off"))?;
    let media_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kept = KeptAnswer {
        status: parts.status.as_u16(),
        media_type: media_type.map(str::to_owned),
        body: (body.len() <= KEPT_ANSWER_BYTES_MAX).then(|| body.to_vec()),
    };
    begun.end(Some(kept)).await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn replay(KeptAnswer { status, media_type, body }: KeptAnswer) -> Result<Response, Problem> {
    let Some(body) = body else {
        return Err(conflict("this was done, and its answer was too large to be kept: look at what it made"));
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let mut answer = (status, body).into_response();
    let headers = answer.headers_mut();
    headers.remove(CONTENT_TYPE);
    headers.extend(media_type.and_then(|of| HeaderValue::try_from(of).ok()).map(|of| (CONTENT_TYPE, of)));
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(answer)
}
