//! REST under `/api/v1`, a file a resource: one-liners over the engine methods that pages and commands use too.

use axum::Router;
use axum::http::{Method, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use engine::EngineError;
use protocol::Known;
use utoipa_axum::router::OpenApiRouter;

use super::known_names::KnownNames;
use super::problem::Problem;
use super::{
    Site, access, analysis, archive, backups, bhavcopy, candles, chain, coverage, exports, feed, find, home,
    imports, instruments, jobs, known_names, lake, notices, once, openapi, packed, replay, revisions,
    schedules, series, session, settings, sql, status, storage, stored, strategy, stream, validators,
};

pub(super) type Answer<T> = Result<T, Problem>;

/// Where all of it is nested.
pub const ADDRESS: &str = "/api/v1";

/// Outermost first: what is packed, what whoever asks has already, what was answered before, what nobody takes.
pub fn router(site: &Site) -> Router<Site> {
    let (router, document) = routes().split_for_parts();
    let names = KnownNames::of(&document, ADDRESS);
    router
        .layer(from_fn_with_state(names, known_names::refuse_others))
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "there is nothing at this address of /api/v1"))
        .method_not_allowed_fallback(other_method)
        .layer(from_fn_with_state(site.clone(), once::answer_once))
        .layer(from_fn(validators::validate))
        .layer(packed::layer())
        .layer(from_fn(packed::mark))
}

/// The router adds the header `Allow`, which says what the address takes.
async fn other_method(method: Method) -> Problem {
    let sentence = format!("this address takes no {method}: the header Allow says what it takes");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, sentence)
}

/// Every route with its part of the document: a handler says both at once.
pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .merge(home::routes())
        .merge(instruments::routes())
        .merge(stored::routes())
        .merge(find::routes())
        .merge(candles::routes())
        .merge(chain::routes())
        .merge(series::routes())
        .merge(analysis::routes())
        .merge(strategy::routes())
        .merge(replay::routes())
        .merge(feed::routes())
        .merge(stream::routes())
        .merge(coverage::routes())
        .merge(sql::routes())
        .merge(revisions::routes())
        .merge(bhavcopy::routes())
        .merge(imports::routes())
        .merge(exports::routes())
        .merge(jobs::routes())
        .merge(schedules::routes())
        .merge(notices::routes())
        .merge(backups::routes())
        .merge(settings::routes())
        .merge(storage::routes())
        .merge(lake::routes())
        .merge(archive::routes())
        .merge(session::routes())
        .merge(access::routes())
        .merge(status::routes())
        .merge(openapi::routes())
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
