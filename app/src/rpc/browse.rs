//! What the browse pages read: everything that is stored, nothing of the broker's.

use leptos::prelude::server;
use market::{Day, ExpiredKey, Interval, UnderlyingName};
use protocol::{ContractPicture, ContractsPicture, ExpiriesPicture, StoredUnderlying};

#[cfg(feature = "ssr")]
use super::engine;
use super::{Answer, Json};

/// Whom an address names, of what is stored. A name of nobody is an address of nothing.
#[cfg(feature = "ssr")]
async fn key_of(engine: &engine::Engine, name: &UnderlyingName) -> Answer<market::InstrumentKey> {
    let found = engine.browse().find(name).await;
    found.map_err(|error| match error.kind() {
        engine::ErrorKind::Refused => super::Problem { kind: super::ProblemKind::NotFound, ..error.into() },
        _ => error.into(),
    })
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
    Ok(engine.browse().expiries(&key).await?)
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
    Ok(engine.browse().contracts(&key, expiry, interval).await?)
}

/// A contract of an expiry, with its figures and its neighbours.
#[server(prefix = "/rpc", endpoint = "browse/contract", input = Json, output = Json)]
pub async fn stored_contract(
    underlying: UnderlyingName,
    expiry: Day,
    key: ExpiredKey,
) -> Answer<ContractPicture> {
    let engine = engine()?;
    let underlying = key_of(&engine, &underlying).await?;
    Ok(engine.browse().contract_of(&underlying, expiry, &key).await?)
}
