//! What is long comes in pieces: `limit` and `cursor` of a query, `next` and the header `Link` of an answer. A cursor says
//! of which query it is, so that one of another is refused and never goes on somewhere else.

use std::fmt::Display;
use std::str::FromStr;

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::header::LINK;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use market::schemas;
use ring::digest::{Context, SHA256};
use serde::Serialize;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, Required, Type};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Json, query_pairs};
use super::problem::Problem;

const LIMIT: &str = "limit";
const CURSOR: &str = "cursor";
/// Of the hash of a query: two queries of one person do not meet.
const FINGERPRINT_BYTES: usize = 9;

/// How much of a list is wanted, and from where on. `LIMIT` pieces without a wish, and at most `MAX`.
pub struct Paging<const LIMIT: u32, const MAX: u32> {
    limit: u32,
    /// As the handler wrote it.
    position: Option<String>,
    fingerprint: String,
    /// Without its cursor, and up to where the next one is written.
    address: String,
}

fn refused(sentence: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, sentence)
}

/// What a name of the query says.
fn given<'p>(pairs: &'p [(String, String)], name: &str) -> Result<Option<&'p str>, Problem> {
    let mut texts = pairs.iter().filter(|(of, _)| of == name).map(|(_, text)| text.as_str());
    match (texts.next(), texts.next()) {
        (_, Some(_)) => Err(refused(format!("{name} stands in the query more than once"))),
        (text, None) => Ok(text),
    }
}

fn limit_of<const DEFAULT: u32, const MAX: u32>(pairs: &[(String, String)]) -> Result<u32, Problem> {
    let Some(text) = given(pairs, LIMIT)? else { return Ok(DEFAULT) };
    let number = text.parse().ok().filter(|number| (1..=MAX).contains(number));
    number.ok_or_else(|| refused(format!("limit must be a whole number from 1 to {MAX}, not \"{text}\"")))
}

/// How much is wanted of what does not go on: the newest, the first or the best.
pub struct Limit<const DEFAULT: u32, const MAX: u32>(pub u32);

impl<const DEFAULT: u32, const MAX: u32, S: Send + Sync> FromRequestParts<S> for Limit<DEFAULT, MAX> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        limit_of::<DEFAULT, MAX>(&query_pairs(&parts.uri)?).map(Self)
    }
}

impl<const DEFAULT: u32, const MAX: u32> IntoParams for Limit<DEFAULT, MAX> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let limit = schemas::whole_number(1, MAX, Some(DEFAULT));
        vec![parameter(LIMIT, "At most so many.").schema(Some(limit)).build()]
    }
}

fn parameter(name: &str, words: &str) -> ParameterBuilder {
    let new = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query);
    new.required(Required::False).description(Some(words.to_owned()))
}

impl<const DEFAULT: u32, const MAX: u32, S: Send + Sync> FromRequestParts<S> for Paging<DEFAULT, MAX> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let pairs = query_pairs(&parts.uri)?;
        let limit = limit_of::<DEFAULT, MAX>(&pairs)?;
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |OriginalUri(uri)| uri);
        let fingerprint = fingerprint(uri.path(), &pairs);
        let position = given(&pairs, CURSOR)?.map(|cursor| position(cursor, &fingerprint)).transpose()?;
        Ok(Self { limit, position, fingerprint, address: address_before_cursor(uri) })
    }
}

impl<const DEFAULT: u32, const MAX: u32> Paging<DEFAULT, MAX> {
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// Where this piece begins; nothing for the first one.
    pub fn position<T: FromStr>(&self) -> Result<Option<T>, Problem> {
        let Some(text) = &self.position else { return Ok(None) };
        text.parse().map(Some).map_err(|_| unreadable())
    }

    /// A piece of a list that is at hand as a whole: what stands behind the one that `name` names, and the name of the
    /// last one where there are more.
    pub fn cut<T>(
        &self,
        mut all: Vec<T>,
        name: impl Fn(&T) -> String,
    ) -> Result<(Vec<T>, Option<String>), Problem> {
        if let Some(last) = &self.position {
            let at = all.iter().position(|of| name(of) == *last);
            let gone = || refused("the list has changed, and what this cursor stood at is gone: begin anew");
            all.drain(..=at.ok_or_else(gone)?);
        }
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let next = (all.len() > limit).then(|| all.get(limit - 1).map(&name)).flatten();
        all.truncate(limit);
        Ok((all, next))
    }

    /// The last one of a full piece, behind which there may be more.
    pub fn last_of<'a, T>(&self, piece: &'a [T]) -> Option<&'a T> {
        piece.last().filter(|_| piece.len() as u64 >= u64::from(self.limit))
    }

    /// Leaves the first of a piece that may be longer; the last one of them, where there may be more behind it.
    pub fn shorten<'a, T>(&self, piece: &'a mut Vec<T>) -> Option<&'a T> {
        piece.truncate(usize::try_from(self.limit).unwrap_or(usize::MAX));
        self.last_of(piece)
    }

    /// The answer; `next` is where another piece begins.
    pub fn piece<T>(&self, document: T, next: Option<impl Display>) -> Piece<T> {
        let next = next.map(|position| self.cursor(&position.to_string()));
        let link = next.as_deref().and_then(|cursor| self.link(cursor));
        Piece { document, next, link }
    }

    /// For an answer that is no document.
    pub fn link_header(&self, next: Option<impl Display>) -> Option<HeaderValue> {
        next.and_then(|position| self.link(&self.cursor(&position.to_string())))
    }

    fn cursor(&self, position: &str) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}{position}", self.fingerprint))
    }

    fn link(&self, cursor: &str) -> Option<HeaderValue> {
        HeaderValue::try_from(format!("<{}{CURSOR}={cursor}>; rel=\"next\"", self.address)).ok()
    }
}

/// Of the path and what else the query says.
fn fingerprint(path: &str, pairs: &[(String, String)]) -> String {
    let mut pairs: Vec<_> = pairs.iter().filter(|(name, _)| name != CURSOR && name != LIMIT).collect();
    pairs.sort_unstable();
    let mut hash = Context::new(&SHA256);
    for text in [path].into_iter().chain(pairs.iter().flat_map(|(name, text)| [name.as_str(), text])) {
        hash.update(&text.len().to_le_bytes());
        hash.update(text.as_bytes());
    }
    URL_SAFE_NO_PAD.encode(&hash.finish().as_ref()[..FINGERPRINT_BYTES])
}

/// What a cursor says, where it is one of this query.
fn position(cursor: &str, fingerprint: &str) -> Result<String, Problem> {
    let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let text = text.ok_or_else(unreadable)?;
    let (of, position) = text.split_at_checked(fingerprint.len()).ok_or_else(unreadable)?;
    if of != fingerprint {
        let sentence =
            "cursor: it belongs to another query: send it with all that its own query had, or leave it out";
        return Err(refused(sentence));
    }
    Ok(position.to_owned())
}

fn unreadable() -> Problem {
    refused("cursor: it is none of this server's: send back what next said, or leave it out")
}

fn address_before_cursor(uri: &Uri) -> String {
    let query = uri.query().unwrap_or_default();
    let kept = query.split('&').filter(|pair| !pair.is_empty() && pair.split('=').next() != Some(CURSOR));
    let kept: String = kept.map(|pair| format!("{pair}&")).collect();
    format!("{}?{kept}", uri.path())
}

/// What both are in the document of REST.
impl<const DEFAULT: u32, const MAX: u32> IntoParams for Paging<DEFAULT, MAX> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let limit = schemas::whole_number(1, MAX, Some(DEFAULT));
        let cursor = ObjectBuilder::new().schema_type(Type::String).build();
        vec![
            parameter(LIMIT, "At most so many at once.").schema(Some(limit)).build(),
            parameter(CURSOR, "`next` of the piece before, with the same query.")
                .schema(Some(cursor))
                .build(),
        ]
    }
}

/// A piece of something long.
#[derive(Serialize, ToSchema)]
pub struct Piece<T> {
    #[serde(flatten)]
    document: T,
    /// The cursor of the next piece; there is none in the last one. The header `Link` has its whole address.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(skip)]
    link: Option<HeaderValue>,
}

impl<T: Serialize> IntoResponse for Piece<T> {
    fn into_response(mut self) -> Response {
        let link = self.link.take();
        let mut answer = Json(self).into_response();
        answer.headers_mut().extend(link.map(|link| (LINK, link)));
        answer
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    type OfTest = Paging<2, 5>;

    async fn read(address: &str) -> Result<OfTest, String> {
        let (mut parts, ()) = Request::builder().uri(address).body(()).unwrap().into_parts();
        let read = OfTest::from_request_parts(&mut parts, &()).await;
        read.map_err(|problem| problem.detail().to_owned())
    }

    fn cursor_of(piece: &Piece<()>) -> String {
        piece.next.clone().unwrap()
    }

    #[tokio::test]
    async fn a_list_is_read_to_its_end_and_each_of_it_once() {
        let all: Vec<u32> = (1..=5).collect();
        let (mut address, mut seen) = ("/list?kind=a".to_owned(), Vec::new());
        loop {
            let paging = read(&address).await.unwrap();
            let (part, next) = paging.cut(all.clone(), u32::to_string).unwrap();
            seen.push(part);
            let piece = paging.piece((), next);
            let Some(link) = &piece.link else { break };
            let link = link.to_str().unwrap();
            address = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned();
            assert!(address.starts_with("/list?kind=a&cursor="), "{address}");
        }
        assert_eq!(seen, [vec![1, 2], vec![3, 4], vec![5]]);
    }

    #[tokio::test]
    async fn a_cursor_holds_for_its_own_query_whatever_its_order_and_limit() {
        let cursor = cursor_of(&read("/list?a=1&b=2").await.unwrap().piece((), Some(7)));
        for address in ["/list?b=2&a=1", "/list?limit=5&a=1&b=2"] {
            let paging = read(&format!("{address}&cursor={cursor}")).await.unwrap();
            assert_eq!(paging.position::<i64>().unwrap(), Some(7));
        }
        for address in ["/list?a=1&b=3", "/list?a=1", "/other?a=1&b=2"] {
            let refusal = read(&format!("{address}&cursor={cursor}")).await.err().unwrap();
            assert!(refusal.contains("belongs to another query"), "{refusal}");
        }
    }

    #[tokio::test]
    async fn what_is_no_cursor_and_no_limit_is_refused() {
        for cursor in ["x", "%00", "zzzz", "AAAAAAAAAAAAAAAAAAAA", "%F0%9F%98%80"] {
            let refusal = read(&format!("/list?cursor={cursor}")).await.err().unwrap();
            assert!(refusal.starts_with("cursor: it "), "{refusal}");
        }
        let cursor = cursor_of(&read("/list").await.unwrap().piece((), Some("nonsense")));
        let paging = read(&format!("/list?cursor={cursor}")).await.unwrap();
        assert!(paging.position::<i64>().unwrap_err().detail().starts_with("cursor: it is none"));
        assert!(paging.cut(vec![1], u32::to_string).unwrap_err().detail().contains("begin anew"));
        for limit in ["0", "6", "-1", "", "2.5", "many"] {
            let refusal = read(&format!("/list?limit={limit}")).await.err().unwrap();
            assert_eq!(refusal, format!("limit must be a whole number from 1 to 5, not \"{limit}\""));
        }
        assert!(read("/list?limit=1&limit=2").await.err().unwrap().contains("more than once"));
    }
}
