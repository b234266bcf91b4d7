//! REST of what is stored, as the browse pages show it, under `/api/v1/stored`: underlyings, the expiries of one, the
//! contracts of an expiry. It asks nobody, so it needs no sign-in.

use axum::response::Response;
use market::{ContractKinds, Day, Interval, UnderlyingName};
use protocol::{ContractsPicture, ExpiriesPicture};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accept::{Rows, RowsQuery};
use super::documents::StoredDocument;
use super::extract::Query;
use super::file::{named, rows, whole};
use super::instruments::{ContractsPaging, ExpiriesPaging, Strikes};
use super::paging::Piece;
use super::rest::Answer;
use super::{Chosen, Site, tables};

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(stored)).routes(routes!(expiries)).routes(routes!(contracts))
}

/// Underlyings with candles of contracts, and how many.
#[utoipa::path(
    get,
    path = "/stored",
    params(RowsQuery),
    responses((status = OK, content((StoredDocument = "application/json"), (String = "text/csv"))))
)]
async fn stored(Chosen(engine): Chosen, Rows(format): Rows) -> Answer<Response> {
    let document = StoredDocument { underlyings: engine.market_data().collected_underlyings().await? };
    whole(&document, format, &named(&engine, "stored"), |bytes| {
        tables::stored(&document.underlyings, format, bytes)
    })
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ExpiriesQuery {
    underlying: UnderlyingName,
    /// The oldest and the newest that are told.
    from: Option<Day>,
    to: Option<Day>,
}

/// The known expiries of an underlying, newest first, with what is collected of each.
#[utoipa::path(
    get,
    path = "/stored/expiries",
    params(ExpiriesQuery, ExpiriesPaging, RowsQuery),
    responses((status = OK, content((Piece<ExpiriesPicture> = "application/json"), (String = "text/csv"))))
)]
async fn expiries(
    Chosen(engine): Chosen,
    Query(ExpiriesQuery { underlying, from, to }): Query<ExpiriesQuery>,
    paging: ExpiriesPaging,
    Rows(format): Rows,
) -> Answer<Response> {
    let key = engine.browse().find(&underlying).await?;
    let mut picture = engine.browse().expiries(&key).await?;
    picture
        .expiries
        .retain(|row| from.is_none_or(|from| row.date >= from) && to.is_none_or(|to| row.date <= to));
    let (expiries, next) = paging.cut(picture.expiries, |row| row.date.to_string())?;
    let name = named(&engine, format_args!("stored expiries {}", picture.underlying.symbol));
    let document = ExpiriesPicture { expiries, ..picture };
    rows(&paging, (document, next), format, &name, |of, bytes| {
        tables::stored_expiries(&of.expiries, format, bytes)
    })
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ContractsQuery {
    underlying: UnderlyingName,
    expiry: Day,
    #[serde(default, rename = "type")]
    kinds: ContractKinds,
    /// The series that the figures should be of; without it each contract's best.
    interval: Option<Interval>,
}

/// The contracts of an expiry with their stored figures, and where the underlying stood at the end.
#[utoipa::path(
    get,
    path = "/stored/contracts",
    params(ContractsQuery, Strikes, ContractsPaging, RowsQuery),
    responses((status = OK, content((Piece<ContractsPicture> = "application/json"), (String = "text/csv"))))
)]
async fn contracts(
    Chosen(engine): Chosen,
    Query(ContractsQuery { underlying, expiry, kinds, interval }): Query<ContractsQuery>,
    Query(strikes): Query<Strikes>,
    paging: ContractsPaging,
    Rows(format): Rows,
) -> Answer<Response> {
    let key = engine.browse().find(&underlying).await?;
    let mut picture = engine.browse().contracts(&key, expiry, interval).await?;
    picture.contracts.retain(|row| kinds.includes(row.contract.kind) && strikes.include(&row.contract));
    let (contracts, next) = paging.cut(picture.contracts, |row| row.contract.expired_key.to_string())?;
    let name = named(&engine, format_args!("stored contracts {} {expiry}", picture.underlying.symbol));
    let document = ContractsPicture { contracts, ..picture };
    rows(&paging, (document, next), format, &name, |of, bytes| {
        tables::stored_contracts(&of.contracts, format, bytes)
    })
}
