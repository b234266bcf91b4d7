//! REST of what is stored, as the browse pages show it, under `/api/v1/stored`: underlyings, the expiries of one, the
//! contracts of an expiry. It asks nobody, so it needs no sign-in.

use market::{ContractKinds, Day, Interval, UnderlyingName};
use protocol::{ContractsPicture, ExpiriesPicture};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::documents::StoredDocument;
use super::extract::{Json, Query};
use super::instruments::{ContractsPaging, ExpiriesPaging, Strikes};
use super::paging::Piece;
use super::rest::Answer;
use super::{Chosen, Site};

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(stored)).routes(routes!(expiries)).routes(routes!(contracts))
}

/// Underlyings with candles of contracts, and how many.
#[utoipa::path(get, path = "/stored", responses((status = OK, body = StoredDocument)))]
async fn stored(Chosen(engine): Chosen) -> Answer<Json<StoredDocument>> {
    Ok(Json(StoredDocument { underlyings: engine.market_data().collected_underlyings().await? }))
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
    params(ExpiriesQuery, ExpiriesPaging),
    responses((status = OK, body = Piece<ExpiriesPicture>))
)]
async fn expiries(
    Chosen(engine): Chosen,
    Query(ExpiriesQuery { underlying, from, to }): Query<ExpiriesQuery>,
    paging: ExpiriesPaging,
) -> Answer<Piece<ExpiriesPicture>> {
    let key = engine.browse().find(&underlying).await?;
    let mut picture = engine.browse().expiries(&key).await?;
    picture
        .expiries
        .retain(|row| from.is_none_or(|from| row.date >= from) && to.is_none_or(|to| row.date <= to));
    let (expiries, next) = paging.cut(picture.expiries, |row| row.date.to_string())?;
    Ok(paging.piece(ExpiriesPicture { expiries, ..picture }, next))
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
    params(ContractsQuery, Strikes, ContractsPaging),
    responses((status = OK, body = Piece<ContractsPicture>))
)]
async fn contracts(
    Chosen(engine): Chosen,
    Query(ContractsQuery { underlying, expiry, kinds, interval }): Query<ContractsQuery>,
    Query(strikes): Query<Strikes>,
    paging: ContractsPaging,
) -> Answer<Piece<ContractsPicture>> {
    let key = engine.browse().find(&underlying).await?;
    let mut picture = engine.browse().contracts(&key, expiry, interval).await?;
    picture.contracts.retain(|row| kinds.includes(row.contract.kind) && strikes.include(&row.contract));
    let (contracts, next) = paging.cut(picture.contracts, |row| row.contract.expired_key.to_string())?;
    Ok(paging.piece(ContractsPicture { contracts, ..picture }, next))
}
