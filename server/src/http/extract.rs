//! What a handler takes of a request: query, path and body. What cannot be read is refused as a [`Problem`] of status
//! 400, a body of another type with 415, before the handler runs, in a sentence that names what was wrong.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::given::Given;
use super::problem::Problem;

fn refused(sentence: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, sentence)
}

/// The texts of an address, by their names.
fn read_texts<T: DeserializeOwned>(
    pairs: impl IntoIterator<Item = (String, String)>,
    whole: &str,
) -> Result<T, Problem> {
    let given = Given::texts(pairs).map_err(|misfit| refused(misfit.sentence(whole, "")))?;
    given.read(whole).map_err(refused)
}

pub(super) fn query_pairs(uri: &Uri) -> Result<Vec<(String, String)>, Problem> {
    let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri);
    pairs.map(|axum::extract::Query(pairs)| pairs).map_err(|_| refused("the query cannot be read"))
}

/// What stands after the question mark.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        read_texts(query_pairs(&parts.uri)?, "query").map(Self)
    }
}

/// The same, where not all names are known beforehand.
pub struct Texts(Vec<(String, String)>);

impl Texts {
    /// What has these names as a type, and the others as they were written.
    pub fn split<T: DeserializeOwned>(self, names: &[&str]) -> Result<(T, Vec<(String, String)>), Problem> {
        let is_named = |(name, _): &(String, String)| names.contains(&name.as_str());
        let (named, others) = self.0.into_iter().partition::<Vec<_>, _>(is_named);
        Ok((read_texts(named, "query")?, others))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Texts {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        query_pairs(&parts.uri).map(Self)
    }
}

/// The parts of the address that a route names.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|_| refused("the address is not written in UTF-8"))?;
        let pairs = params.iter().map(|(name, text)| (name.to_owned(), text.to_owned()));
        read_texts(pairs, "address").map(Self)
    }
}

/// A body of JSON, of a request and of an answer.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        // A form of a foreign page could send any other type unasked.
        let (is_json, is_typed) = (is_json(request.headers()), request.headers().contains_key(CONTENT_TYPE));
        let bytes = Bytes::from_request(request, state).await;
        let bytes = bytes.map_err(|_| refused("the body is too large, or it broke off"))?;
        if bytes.is_empty() && !is_typed {
            return Err(refused("the body is missing: send it as application/json"));
        }
        if !is_json {
            let sentence = "send the body as application/json: the header Content-Type says otherwise";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, sentence));
        }
        let value = serde_json::from_slice(&bytes).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            refused(format!(
                "the body is no JSON: what stands in line {line}, column {column} cannot be read"
            ))
        })?;
        Given::body(value).read("body").map(Self).map_err(refused)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media_type == "application/json"
        || media_type.starts_with("application/") && media_type.ends_with("+json")
}

/// A body that carries secrets.
pub trait Confidential: DeserializeOwned {
    /// How it is written, for whoever wrote it otherwise.
    const FORM: &'static str;
}

/// Like [`Json`], but a refusal repeats nothing of what was sent: it could be a secret.
pub struct SecretJson<T>(pub T);

impl<T: Confidential, S: Send + Sync> FromRequest<S> for SecretJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let Json(body) = Json::from_request(request, state)
            .await
            .map_err(|problem| problem.saying(format!("send {} as application/json", T::FORM)))?;
        Ok(Self(body))
    }
}
