//! What the chain page reads.

use leptos::prelude::server;
use market::{Day, InstrumentKey};
use protocol::{ChainOpening, ChainPicture, ChainWish, Minute};

#[cfg(feature = "ssr")]
use super::engine;
use super::{Answer, Json};

/// A chain with what else can be chosen; nothing where no minute is stored.
#[server(prefix = "/rpc", endpoint = "chain/open", input = Json, output = Json)]
pub async fn open_chain(wish: ChainWish) -> Answer<Option<ChainOpening>> {
    Ok(engine()?.chains().opening(&wish).await?)
}

/// The chain at another minute.
#[server(prefix = "/rpc", endpoint = "chain/at", input = Json, output = Json)]
pub async fn chain_at(underlying: InstrumentKey, expiry: Day, at: Minute) -> Answer<ChainPicture> {
    Ok(engine()?.chains().chain(&underlying, expiry, Some(at)).await?)
}
