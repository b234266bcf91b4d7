//! What the coverage page reads, drawn, and what it commands: asking again.

use leptos::prelude::server;
use market::{Day, ExpiredKey, InstrumentKey, UnderlyingName};
use protocol::{AddressReader, BhavcopyExchange, JobId, QualityExpiries};
use serde::{Deserialize, Serialize};

use super::{Answer, Json, Judged};
#[cfg(feature = "ssr")]
use super::{engine, judged};
use crate::drawn::{CoverageDrawn, TakenFiles};

/// What the address of the page names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CoverageWish {
    pub underlying: Option<UnderlyingName>,
    pub expiry: Option<Day>,
    /// Contracts before the first one of the map.
    pub from: u32,
    pub contract: Option<ExpiredKey>,
    pub day: Option<Day>,
    /// Expiries that the quality report looks at.
    pub expiries: QualityExpiries,
}

impl CoverageWish {
    /// What cannot be read takes its default.
    pub fn read(address: &mut AddressReader<'_>) -> Self {
        Self {
            underlying: address.part("underlying"),
            expiry: address.part("expiry"),
            from: address.part_as("from", "a number of contracts", |text| text.parse().ok()).unwrap_or(0),
            contract: address.part("contract"),
            day: address.part("day"),
            expiries: address.part("expiries").unwrap_or_default(),
        }
    }
}

/// What is asked for again: a day of a contract, or all that is missing of an expiry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AgainWish {
    Day(ExpiredKey, Day),
    Expiry(InstrumentKey, Day),
}

#[server(prefix = "/rpc", endpoint = "coverage", input = Json, output = Json)]
pub async fn coverage(wish: CoverageWish) -> Answer<CoverageDrawn> {
    crate::server::drawing::coverage::page(&engine()?, &wish).await
}

/// The exchange's files that were taken in.
#[server(prefix = "/rpc", endpoint = "coverage/files", input = Json, output = Json)]
pub async fn list_taken_files() -> Answer<TakenFiles> {
    crate::server::drawing::coverage::taken_files(&engine()?).await
}

/// Takes back what a file proves; what came of it, a sentence each.
#[server(prefix = "/rpc", endpoint = "coverage/withdraw", input = Json, output = Json)]
pub async fn withdraw(exchange: BhavcopyExchange, day: Day) -> Judged<Vec<String>> {
    let withdrawn = engine()?.bhavcopy().withdraw(day, Some(exchange)).await;
    judged(withdrawn.map(|withdrawn| withdrawn.sentences))
}

/// The job that does it.
#[server(prefix = "/rpc", endpoint = "coverage/again", input = Json, output = Json)]
pub async fn ask_again(wish: AgainWish) -> Judged<JobId> {
    use protocol::{AgainOrder, CollectOrder, ExpiryChoice};
    let engine = engine()?;
    judged(match wish {
        AgainWish::Day(expired_key, day) => engine.jobs().ask_again(&AgainOrder { expired_key, day }).await,
        AgainWish::Expiry(underlying, expiry) => {
            let order = CollectOrder {
                underlyings: vec![underlying],
                expiries: ExpiryChoice::Dates(vec![expiry]),
                kinds: Default::default(),
                strikes: None,
                interval: Default::default(),
                days: Default::default(),
                workers: None,
                with_underlying: true,
            };
            engine.jobs().take_up_or_create(&order).await.map(|(job, _)| job)
        }
    })
}
