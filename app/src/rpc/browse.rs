//! What the browse pages read: everything that is stored, nothing of the broker's.

use leptos::prelude::server;
use market::{Day, ExpiredKey, Interval, Underlying, UnderlyingName};
use protocol::{ContractRow, ExpiryRow, StoredUnderlying};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use super::engine;
use super::{Answer, Json};
#[cfg(feature = "ssr")]
use crate::pages::browse::reading;
use crate::pages::browse::{Neighbours, short_name, told_apart};

/// The expiries of an underlying.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiriesPicture {
    pub underlying: Underlying,
    /// Newest first, also the ones of which nothing is stored.
    pub expiries: Vec<ExpiryRow>,
}

/// The contracts of an expiry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractsPicture {
    pub underlying: Underlying,
    pub expiry: Day,
    pub weekly: Option<bool>,
    /// The series that the figures should be of; without one, each contract's best.
    pub chosen: Option<Interval>,
    /// The series that any of the contracts has.
    pub stored: Vec<Interval>,
    pub contracts: Vec<ContractRow>,
    /// The next expiries with contracts, for going through them.
    pub newer: Option<Day>,
    pub older: Option<Day>,
}

/// One contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractPicture {
    pub underlying: Underlying,
    /// What tells it from others of its kind and strike, where there are some.
    pub distinction: Option<String>,
    pub row: ContractRow,
    pub neighbours: Neighbours,
}

impl ContractPicture {
    /// `NIFTY 24500 CE 28 AUG 25`; no two contracts have the same.
    pub fn name(&self) -> String {
        told_apart(&self.row.contract.trading_symbol, self.distinction.as_deref())
    }

    /// `24500 CE`, as different within its expiry.
    pub fn short_name(&self) -> String {
        told_apart(&short_name(&self.row.contract), self.distinction.as_deref())
    }
}

/// Whom an address names, of what is stored. A name of nobody is an address of nothing.
#[cfg(feature = "ssr")]
async fn key_of(engine: &engine::Engine, name: &UnderlyingName) -> Answer<market::InstrumentKey> {
    let found = engine.coverage().find(name).await;
    found.map_err(|error| super::Problem { kind: super::ProblemKind::NotFound, ..error.into() })
}

/// Underlyings with candles.
#[server(prefix = "/rpc", endpoint = "browse/underlyings", input = Json, output = Json)]
pub async fn stored_underlyings() -> Answer<Vec<StoredUnderlying>> {
    Ok(engine()?.market_data().collected_underlyings().await?)
}

/// The known expiries of an underlying.
#[server(prefix = "/rpc", endpoint = "browse/expiries", input = Json, output = Json)]
pub async fn stored_expiries(underlying: UnderlyingName) -> Answer<ExpiriesPicture> {
    let engine = engine()?;
    let key = key_of(&engine, &underlying).await?;
    Ok(reading::expiries(&engine, &key).await?)
}

/// The listed contracts of an expiry; with the figures of the interval where a contract has it,
/// else of its best series.
#[server(prefix = "/rpc", endpoint = "browse/contracts", input = Json, output = Json)]
pub async fn stored_contracts(
    underlying: UnderlyingName,
    expiry: Day,
    interval: Option<Interval>,
) -> Answer<ContractsPicture> {
    let engine = engine()?;
    let key = key_of(&engine, &underlying).await?;
    Ok(reading::contracts(&engine, &key, expiry, interval).await?)
}

/// A contract with its figures and its neighbours.
#[server(prefix = "/rpc", endpoint = "browse/contract", input = Json, output = Json)]
pub async fn stored_contract(key: ExpiredKey) -> Answer<ContractPicture> {
    Ok(reading::contract(&engine()?, &key).await?)
}
