//! REST of the search over what is known here.

use protocol::{FOUND, FindText};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::documents::FindDocument;
use super::extract::{Json, Query};
use super::paging::Limit;
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
}

const FOUND_FIRST: u32 = FOUND as u32;
type FindLimit = Limit<FOUND_FIRST, 50>;

/// Underlyings, expiries, contracts and jobs by what people type, best first. Reads what is stored and asks nobody.
#[utoipa::path(get, path = "/find", params(FindQuery, FindLimit), responses((status = OK, body = FindDocument)))]
async fn find(
    Chosen(engine): Chosen,
    Query(FindQuery { q }): Query<FindQuery>,
    Limit(most): FindLimit,
) -> Answer<Json<FindDocument>> {
    Ok(Json(FindDocument { found: engine.find().find(&q, most as usize).await? }))
}
