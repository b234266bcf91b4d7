//! A query is refused where it has a name that its address does not take: a misspelt one would be passed over, and the
//! answer would be of something else than what was asked for. Which names an address takes, its part of the document of
//! REST says, as everybody can read it.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{OpenApi, PathItem, RefOr};

use super::extract::query_pairs;
use super::misfit::Misfit;
use super::problem::Problem;

/// By method and address, as a route writes it.
#[derive(Clone)]
pub struct KnownNames(Arc<HashMap<(Method, String), Vec<String>>>);

impl KnownNames {
    /// `nested` is where the paths of the document are reached.
    pub fn of(document: &OpenApi, nested: &str) -> Self {
        let mut names = HashMap::new();
        for (path, item) in document.paths.paths.iter().filter(|(path, _)| !reads_all(path)) {
            for (method, operation) in operations(item) {
                names.insert((method, format!("{nested}{path}")), in_query(operation));
            }
        }
        Self(Arc::new(names))
    }

    fn refuse_others(&self, request: &Request) -> Result<(), Problem> {
        let Some(path) = request.extensions().get::<MatchedPath>() else { return Ok(()) };
        let method = if request.method() == Method::HEAD { Method::GET } else { request.method().clone() };
        let Some(known) = self.0.get(&(method, path.as_str().to_owned())) else { return Ok(()) };
        // What cannot be read at all is refused by whoever reads it.
        let pairs = query_pairs(request.uri()).unwrap_or_default();
        match pairs.iter().find(|(name, _)| !known.contains(name)) {
            Some((name, _)) => {
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let sentence = Misfit::unknown(name, &known).sentence("query", "");
                Err(Problem::new(StatusCode::BAD_REQUEST, sentence))
            }
            None => Ok(()),
        }
    }
}

/// Each series has parameters of its own and says so, and a program that was written for Upstox may send names of Upstox's
/// along.
fn reads_all(path: &str) -> bool {
    path.starts_with("/series/") || path.contains("/upstox/")
}

fn operations(item: &PathItem) -> impl Iterator<Item = (Method, &Operation)> {
    let operations = [
        (Method::GET, &item.get),
        (Method::PUT, &item.put),
        (Method::POST, &item.post),
        (Method::PATCH, &item.patch),
        (Method::DELETE, &item.delete),
    ];
    operations.into_iter().filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
}

fn in_query(operation: &Operation) -> Vec<String> {
    let parameters = operation.parameters.iter().flatten();
    let in_query = parameters.filter_map(|parameter| match parameter {
        RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query => Some(parameter.name.clone()),
        _ => None,
    });
    in_query.collect()
}

pub async fn refuse_others(State(known): State<KnownNames>, request: Request, next: Next) -> Response {
    match known.refuse_others(&request) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}
