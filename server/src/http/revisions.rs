//! REST of stored candles that later answers changed, under `/api/v1/revisions`.

use axum::response::Response;
use market::{ExpiredKey, UnderlyingName};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accept::{Rows, RowsQuery};
use super::documents::RevisionsDocument;
use super::extract::Query;
use super::file::{named, rows};
use super::paging::{Paging, Piece};
use super::rest::Answer;
use super::{Chosen, Site, tables};

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(revisions))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RevisionsQuery {
    /// Of this one and its contracts alone.
    underlying: Option<UnderlyingName>,
    /// Of this contract alone.
    #[param(value_type = Option<String>, example = "NSE_FO|71706|28-08-2025")]
    expired_key: Option<ExpiredKey>,
}

type RevisionsPaging = Paging<100, 1000>;

/// Stored candles that a later answer changed, as they were and as they are, the newest change first.
#[utoipa::path(
    get,
    path = "/revisions",
    params(RevisionsQuery, RevisionsPaging, RowsQuery),
    responses((status = OK, content((Piece<RevisionsDocument> = "application/json"), (String = "text/csv"))))
)]
async fn revisions(
    Chosen(engine): Chosen,
    Query(RevisionsQuery { underlying, expired_key }): Query<RevisionsQuery>,
    paging: RevisionsPaging,
    Rows(format): Rows,
) -> Answer<Response> {
    let underlying = match &underlying {
        Some(name) => Some(engine.browse().find(name).await?),
        None => None,
    };
    let (before, most) = (paging.position()?, paging.limit());
    let of = (underlying.as_ref(), expired_key.as_ref());
    let revisions = engine.requests().changed_candles(of.0, of.1, before, most).await?;
    let next = paging.last_of(&revisions).map(|revision| revision.id);
    let name = named(&engine, "revisions");
    rows(&paging, (RevisionsDocument { revisions }, next), format, &name, |of, bytes| {
        tables::revisions(&of.revisions, format, bytes)
    })
}
