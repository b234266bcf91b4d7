//! What the strategy page reads.

use leptos::prelude::server;

#[cfg(feature = "ssr")]
use super::engine;
use super::{Answer, Json, Judged};
use crate::drawn_strategy::{RunPart, StrategyPage};
use crate::strategy_address::StrategyAddress;

/// The page of an address; nothing where no minute of any contract is stored. What cannot be opened is said in it.
#[server(prefix = "/rpc", endpoint = "strategy/open", input = Json, output = Json)]
pub async fn open_strategy(address: StrategyAddress) -> Answer<Option<StrategyPage>> {
    Ok(crate::server::strategy_page(&engine()?, address).await?)
}

/// The next expiries of a run, behind those whose profits are known.
#[server(prefix = "/rpc", endpoint = "strategy/run", input = Json, output = Json)]
pub async fn run_strategy(address: StrategyAddress, before: Vec<Option<f64>>) -> Judged<RunPart> {
    super::judged(crate::server::strategy_run(&engine()?, address, before).await)
}
