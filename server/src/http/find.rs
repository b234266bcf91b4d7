//! REST of the search over what is known here.

use protocol::{FOUND, FindText};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::documents::FindDocument;
use super::extract::{Json, Query};
use super::rest::Answer;
use super::{Chosen, Site};

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(find))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FindQuery {
    /// What is looked for.
    #[param(inline)]
    q: FindText,
    /// At most so many are told, 1 to 50; 12 without it.
    limit: Option<u32>,
}

/// Underlyings, expiries, contracts and jobs by what people type, best first. Reads what is stored and asks nobody.
#[utoipa::path(get, path = "/find", params(FindQuery), responses((status = OK, body = FindDocument)))]
async fn find(
    Chosen(engine): Chosen,
    Query(FindQuery { q, limit }): Query<FindQuery>,
) -> Answer<Json<FindDocument>> {
    let limit = limit.and_then(|limit| limit.try_into().ok()).unwrap_or(FOUND);
    Ok(Json(FindDocument { found: engine.find().find(&q, limit).await? }))
}
