//! REST under `/api/v1`, a file a resource: one-liners over the engine methods that pages and commands use too.

use axum::Router;
use axum::http::StatusCode;
use engine::EngineError;
use protocol::Known;

use super::problem::Problem;
use super::{Site, candles, coverage, instruments, jobs, notices, schedules, session, status};

pub(super) type Answer<T> = Result<T, Problem>;

pub fn router() -> Router<Site> {
    Router::new()
        .merge(instruments::router())
        .nest("/candles", candles::router())
        .merge(coverage::router())
        .merge(jobs::router())
        .nest("/schedules", schedules::router())
        .nest("/notices", notices::router())
        .nest("/session", session::router())
        .merge(status::router())
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "there is nothing at this address of /api/v1"))
}

/// An empty list would be a lie where nothing is known yet: then it is 503 with what it waits for, and the list
/// is being asked for.
pub(super) fn known_or_later<T>(known: Known<T>) -> Answer<T> {
    match (known.value, known.waits) {
        (Some(value), _) => Ok(value),
        (None, Some(wait)) => Err(EngineError::Waits(wait).into()),
        (None, None) => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not known yet: ask again")),
    }
}
