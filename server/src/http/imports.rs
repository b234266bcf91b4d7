//! REST of what other programs have collected, under `/api/v1/imports`: bringing files of the server's machine in, what
//! came of them, and their refused rows.

use protocol::{ImportOrder, ImportWork};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::documents::{ImportRefusalsDocument, ImportsDocument};
use super::extract::{Json, Path};
use super::paging::{Paging, Piece};
use super::rest::Answer;
use super::{Chosen, Site};

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(imports, start)).routes(routes!(work, stop)).routes(routes!(refused))
}

/// Files that were brought in, the newest hundred.
#[utoipa::path(get, path = "/imports", responses((status = OK, body = ImportsDocument)))]
async fn imports(Chosen(engine): Chosen) -> Answer<Json<ImportsDocument>> {
    Ok(Json(ImportsDocument { imports: engine.import().list().await? }))
}

/// Brings in a file or a folder of the server's machine: the database of the first ExpiryTrack, Parquet, CSV. It answers
/// when that is done, or after a moment with how it stands; it goes on by itself.
#[utoipa::path(post, path = "/imports", request_body = ImportOrder, responses((status = OK, body = ImportWork)))]
async fn start(Chosen(engine): Chosen, Json(order): Json<ImportOrder>) -> Answer<Json<ImportWork>> {
    Ok(Json(engine.import().start(order).await?))
}

/// What is brought in now, and how the last import ended since the server was started.
#[utoipa::path(get, path = "/imports/work", responses((status = OK, body = ImportWork)))]
async fn work(Chosen(engine): Chosen) -> Answer<Json<ImportWork>> {
    Ok(Json(engine.import().work()))
}

/// Stops the import after the rows at hand; what came in stays, and the same files again go on from there.
#[utoipa::path(delete, path = "/imports/work", responses((status = OK, body = ImportWork)))]
async fn stop(Chosen(engine): Chosen) -> Answer<Json<ImportWork>> {
    Ok(Json(engine.import().stop()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct ImportPath {
    /// As the list of imports has it.
    id: i64,
}

type RefusedPaging = Paging<100, 1000>;

/// Rows of a file that could not be taken, with the reason of each: the first thousand are kept, all are counted.
#[utoipa::path(
    get,
    path = "/imports/{id}/refused",
    params(ImportPath, RefusedPaging),
    responses((status = OK, body = Piece<ImportRefusalsDocument>))
)]
async fn refused(
    Chosen(engine): Chosen,
    Path(ImportPath { id }): Path<ImportPath>,
    paging: RefusedPaging,
) -> Answer<Piece<ImportRefusalsDocument>> {
    let from: u32 = paging.position()?.unwrap_or_default();
    let (import, refused) = engine.import().refused(id, from, paging.limit()).await?;
    let next = paging.last_of(&refused).map(|_| from.saturating_add(paging.limit()));
    Ok(paging.piece(ImportRefusalsDocument { import, refused }, next))
}
