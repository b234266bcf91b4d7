//! What the collect wizard reads and commands.

use leptos::prelude::server;
#[cfg(feature = "ssr")]
use market::Standing;
use market::{InstrumentKey, UnderlyingName};
use protocol::{
    CollectOrder, Estimate, ExpiryRow, InstrumentList, JobId, Known, MasterState, Span, UnderlyingRow,
};

use super::{Answer, Json, Judged};
#[cfg(feature = "ssr")]
use super::{engine, judged};

/// Everything that has or had futures and options, with what is stored of each, and whether that is all.
#[server(prefix = "/rpc", endpoint = "collect/instruments", input = Json, output = Json)]
pub async fn instruments() -> Answer<InstrumentList> {
    let engine = engine()?;
    let rows = engine.instruments().underlyings("").await?;
    Ok(InstrumentList { rows, master: engine.instruments().master().await? })
}

/// Asks the broker for its list of instruments now.
#[server(prefix = "/rpc", endpoint = "collect/master", input = Json, output = Json)]
pub async fn ask_for_master() -> Answer<MasterState> {
    Ok(engine()?.instruments().ask_for_master().await?)
}

/// The keys that a person means.
#[server(prefix = "/rpc", endpoint = "collect/find", input = Json, output = Json)]
pub async fn find(names: Vec<UnderlyingName>) -> Judged<Vec<InstrumentKey>> {
    let engine = engine()?;
    let mut keys = Vec::new();
    for name in &names {
        match engine.instruments().find(name).await {
            Ok(key) => keys.push(key),
            Err(error) => return judged(Err(error)),
        }
    }
    Ok(Ok(keys))
}

/// Shares without live futures and options that a search finds; some had them once.
#[server(prefix = "/rpc", endpoint = "collect/shares", input = Json, output = Json)]
pub async fn shares(search: String) -> Answer<Vec<UnderlyingRow>> {
    let mut rows = engine()?.instruments().underlyings(&search).await?;
    rows.retain(|row| row.standing == Standing::Unknown);
    Ok(rows)
}

/// The expiries of an instrument, newest first, with what is known of each over a span; the broker is asked when
/// the list is older than a day. What has to wait is asked in the background, and the answer says so.
#[server(prefix = "/rpc", endpoint = "collect/expiries", input = Json, output = Json)]
pub async fn expiries(instrument: InstrumentKey, span: Span) -> Answer<Known<Vec<ExpiryRow>>> {
    Ok(engine()?.lists().expiries(&instrument, span, engine::Looker::Page).await?)
}

/// What an order will cost. Lists the contracts of up to twelve expiries on the way, in the background
/// where that has to wait.
#[server(prefix = "/rpc", endpoint = "collect/estimate", input = Json, output = Json)]
pub async fn estimate_order(order: CollectOrder) -> Answer<Known<Estimate>> {
    Ok(engine()?.lists().estimate(&order).await?)
}

/// Starts an order, or takes up the unfinished job that does the same work.
#[server(prefix = "/rpc", endpoint = "collect/start", input = Json, output = Json)]
pub async fn start_order(order: CollectOrder) -> Answer<JobId> {
    let (job, _) = engine()?.jobs().take_up_or_create(&order).await?;
    Ok(job)
}
