//! What the browse pages read: everything that is stored, nothing of the broker's.

use leptos::prelude::server;
use market::{Day, ExpiredKey, InstrumentKey, Interval, Underlying};
use protocol::{ContractRow, ExpiryRow, StoredUnderlying};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use super::engine;
use super::{Answer, Json};
use crate::pages::browse::Neighbours;
#[cfg(feature = "ssr")]
use crate::pages::browse::reading;

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
    /// The series that the figures are of.
    pub interval: Interval,
    pub contracts: Vec<ContractRow>,
    /// The next expiries with contracts, for going through them.
    pub newer: Option<Day>,
    pub older: Option<Day>,
}

/// One contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractPicture {
    pub underlying: Underlying,
    /// The series that the figures are of.
    pub interval: Interval,
    pub row: ContractRow,
    pub neighbours: Neighbours,
}

/// Underlyings with candles.
#[server(prefix = "/rpc", endpoint = "browse/underlyings", input = Json, output = Json)]
pub async fn stored_underlyings() -> Answer<Vec<StoredUnderlying>> {
    Ok(engine()?.market_data().collected_underlyings().await?)
}

/// The known expiries of an underlying.
#[server(prefix = "/rpc", endpoint = "browse/expiries", input = Json, output = Json)]
pub async fn stored_expiries(underlying: InstrumentKey) -> Answer<ExpiriesPicture> {
    Ok(reading::expiries(&engine()?, &underlying).await?)
}

/// The listed contracts of an expiry; without an interval, with the figures of the first one that has any.
#[server(prefix = "/rpc", endpoint = "browse/contracts", input = Json, output = Json)]
pub async fn stored_contracts(
    underlying: InstrumentKey,
    expiry: Day,
    interval: Option<Interval>,
) -> Answer<ContractsPicture> {
    Ok(reading::contracts(&engine()?, &underlying, expiry, interval).await?)
}

/// A contract with its figures and its neighbours.
#[server(prefix = "/rpc", endpoint = "browse/contract", input = Json, output = Json)]
pub async fn stored_contract(key: ExpiredKey) -> Answer<ContractPicture> {
    Ok(reading::contract(&engine()?, &key).await?)
}
