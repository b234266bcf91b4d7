//! What the chain page reads.

use leptos::prelude::server;
use market::{Day, InstrumentKey};
use protocol::{ChainOpening, ChainPicture, ChainWish, Minute};

#[cfg(feature = "ssr")]
use super::engine;
use super::{Answer, Json};
#[cfg(feature = "ssr")]
use crate::server::opened_at;

/// A chain with what else can be chosen; nothing where no minute is stored.
#[server(prefix = "/rpc", endpoint = "chain/open", input = Json, output = Json)]
pub async fn open_chain(wish: ChainWish) -> Answer<Option<ChainOpening>> {
    let engine = engine()?;
    let Some(choices) = engine.chains().choices(&wish).await? else { return Ok(None) };
    let protocol::ChainChoices { underlyings, days } = choices;
    let at = wish.at.unwrap_or_else(|| opened_at(&days));
    let chain = engine.chains().chain(&days.underlying, days.expiry, Some(at)).await?;
    Ok(Some(ChainOpening { underlyings, days, chain }))
}

/// The chain at another minute.
#[server(prefix = "/rpc", endpoint = "chain/at", input = Json, output = Json)]
pub async fn chain_at(underlying: InstrumentKey, expiry: Day, at: Minute) -> Answer<ChainPicture> {
    Ok(engine()?.chains().chain(&underlying, expiry, Some(at)).await?)
}
