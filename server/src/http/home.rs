//! REST of the home page, `/api/v1/home`: everything at a glance.

use protocol::HomePicture;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Json;
use super::rest::Answer;
use super::{Chosen, Site};

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(home))
}

/// What is stored, what runs and comes next, and what may be lost.
#[utoipa::path(get, path = "/home", responses((status = OK, body = HomePicture)))]
async fn home(Chosen(engine): Chosen) -> Answer<Json<HomePicture>> {
    Ok(Json(engine.home().await?))
}
