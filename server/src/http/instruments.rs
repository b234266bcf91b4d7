//! REST of what there is: instruments, the expiries of one, the contracts of an expiry, and a contract.

use axum::response::Response;
use engine::Looker;
use market::{Contract, ContractKinds, Day, ExpiredKey, Interval, Strike, UnderlyingName};
use protocol::{ContractPicture, HistoricalDays, MasterState, Span};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accept::{Rows, RowsQuery};
use super::documents::{ContractsDocument, ExpiriesDocument, InstrumentsDocument};
use super::extract::{Json, Path, Query};
use super::file::{named, rows};
use super::paging::{Paging, Piece};
use super::rest::{Answer, known_or_later};
use super::{Chosen, Site, tables};

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(instruments))
        .routes(routes!(master))
        .routes(routes!(expiries))
        .routes(routes!(contracts))
        .routes(routes!(contract))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct InstrumentsQuery {
    /// A symbol, a name or a part of one; all, without it.
    #[serde(default)]
    search: String,
}

/// Everything at once where nobody asks for less: there are some thousands.
type InstrumentsPaging = Paging<10_000, 10_000>;
/// An underlying has a hundred a year.
pub(super) type ExpiriesPaging = Paging<2_000, 2_000>;
/// The largest expiries have some hundreds.
pub(super) type ContractsPaging = Paging<5_000, 5_000>;

/// Indices and shares whose expired contracts can be asked for.
#[utoipa::path(
    get,
    path = "/instruments",
    params(InstrumentsQuery, InstrumentsPaging, RowsQuery),
    responses((status = OK, content((Piece<InstrumentsDocument> = "application/json"), (String = "text/csv"))))
)]
async fn instruments(
    Chosen(engine): Chosen,
    Query(query): Query<InstrumentsQuery>,
    paging: InstrumentsPaging,
    Rows(format): Rows,
) -> Answer<Response> {
    let document = InstrumentsDocument::search(&engine, &query.search).await?;
    let (instruments, next) = paging.cut(document.instruments, |row| row.underlying.key.to_string())?;
    let document = InstrumentsDocument { instruments, ..document };
    rows(&paging, (document, next), format, &named(&engine, "instruments"), |of, bytes| {
        tables::instruments(&of.instruments, format, bytes)
    })
}

/// Asks Upstox for its list of instruments now, however short ago it was asked for.
#[utoipa::path(post, path = "/instruments/master", responses((status = OK, body = MasterState)))]
async fn master(Chosen(engine): Chosen) -> Answer<Json<MasterState>> {
    Ok(Json(engine.instruments().ask_for_master().await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ExpiriesQuery {
    underlying: UnderlyingName,
    /// What "collected" is said of; the default is that of an order.
    #[serde(default)]
    days: HistoricalDays,
    #[serde(default)]
    interval: Interval,
    /// The oldest and the newest that are told.
    from: Option<Day>,
    to: Option<Day>,
}

/// The expiries of an underlying, and what is collected of each.
#[utoipa::path(
    get,
    path = "/expiries",
    params(ExpiriesQuery, ExpiriesPaging, RowsQuery),
    responses((status = OK, content((Piece<ExpiriesDocument> = "application/json"), (String = "text/csv"))))
)]
async fn expiries(
    Chosen(engine): Chosen,
    Query(ExpiriesQuery { underlying, days, interval, from, to }): Query<ExpiriesQuery>,
    paging: ExpiriesPaging,
    Rows(format): Rows,
) -> Answer<Response> {
    let underlying = engine.instruments().find(&underlying).await?;
    let span = Span { days, interval };
    let known = engine.lists().expiries(&underlying, span, Looker::Program).await?;
    let waits = known.waits.clone();
    let mut expiries = known_or_later(known)?;
    expiries.retain(|row| from.is_none_or(|from| row.date >= from) && to.is_none_or(|to| row.date <= to));
    let (expiries, next) = paging.cut(expiries, |row| row.date.to_string())?;
    let symbol = engine.instruments().symbol_of(&underlying).await?;
    let name = named(&engine, format_args!("expiries {symbol}"));
    let document = ExpiriesDocument::told(&engine, underlying, span, expiries, waits).await?;
    rows(&paging, (document, next), format, &name, |of, bytes| tables::expiries(&of.expiries, format, bytes))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ContractsQuery {
    underlying: UnderlyingName,
    expiry: Day,
    #[serde(default, rename = "type")]
    kinds: ContractKinds,
}

/// A range of strikes; futures have none and are no part of it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(try_from = "StrikeEnds")]
pub(super) struct Strikes {
    /// The lowest strike, in rupees.
    #[param(value_type = Option<String>, example = "24000")]
    strike_from: Option<WrittenStrike>,
    /// The highest.
    #[param(value_type = Option<String>, example = "25000")]
    strike_to: Option<WrittenStrike>,
}

/// What was written, before it is held against itself.
#[derive(Deserialize)]
struct StrikeEnds {
    strike_from: Option<WrittenStrike>,
    strike_to: Option<WrittenStrike>,
}

impl TryFrom<StrikeEnds> for Strikes {
    type Error = String;

    fn try_from(StrikeEnds { strike_from, strike_to }: StrikeEnds) -> Result<Self, String> {
        if let (Some(WrittenStrike(from)), Some(WrittenStrike(to))) = (strike_from, strike_to)
            && from > to
        {
            return Err(format!("strike_from {from} lies above strike_to {to}: write the lower one first"));
        }
        Ok(Self { strike_from, strike_to })
    }
}

/// As people write it.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct WrittenStrike(Strike);

impl TryFrom<String> for WrittenStrike {
    type Error = <Strike as std::str::FromStr>::Err;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

impl Strikes {
    /// The lowest and the highest.
    pub fn bounds(&self) -> (Option<Strike>, Option<Strike>) {
        let bound = |written: Option<WrittenStrike>| written.map(|WrittenStrike(strike)| strike);
        (bound(self.strike_from), bound(self.strike_to))
    }

    pub fn include(&self, contract: &Contract) -> bool {
        let (from, to) = self.bounds();
        match contract.strike {
            Some(strike) => from.is_none_or(|from| strike >= from) && to.is_none_or(|to| strike <= to),
            None => from.is_none() && to.is_none(),
        }
    }
}

/// The contracts of an expiry, with what was paid for each, and where the underlying stood at the end.
#[utoipa::path(
    get,
    path = "/contracts",
    params(ContractsQuery, Strikes, ContractsPaging, RowsQuery),
    responses((status = OK, content((Piece<ContractsDocument> = "application/json"), (String = "text/csv"))))
)]
async fn contracts(
    Chosen(engine): Chosen,
    Query(ContractsQuery { underlying, expiry, kinds }): Query<ContractsQuery>,
    Query(strikes): Query<Strikes>,
    paging: ContractsPaging,
    Rows(format): Rows,
) -> Answer<Response> {
    let underlying = engine.instruments().find(&underlying).await?;
    let (mut contracts, lists) =
        known_or_later(engine.lists().contracts(&underlying, expiry, kinds, Looker::Program).await?)?;
    contracts.retain(|contract| strikes.include(contract));
    let (contracts, next) = paging.cut(contracts, |contract| contract.expired_key.to_string())?;
    let symbol = engine.instruments().symbol_of(&underlying).await?;
    let name = named(&engine, format_args!("contracts {symbol} {expiry}"));
    let document = ContractsDocument::told(&engine, underlying, expiry, contracts, lists).await?;
    rows(&paging, (document, next), format, &name, |of, bytes| {
        tables::contracts(&of.contracts, format, bytes)
    })
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct ContractPath {
    expired_key: ExpiredKey,
}

/// A contract with its figures, and the contracts beside it.
#[utoipa::path(
    get,
    path = "/contracts/{expired_key}",
    params(ContractPath),
    responses((status = OK, body = ContractPicture))
)]
async fn contract(
    Chosen(engine): Chosen,
    Path(ContractPath { expired_key }): Path<ContractPath>,
) -> Answer<Json<ContractPicture>> {
    Ok(Json(engine.browse().contract(&expired_key).await?))
}
