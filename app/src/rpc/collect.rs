//! What the collect wizard reads and commands.

use leptos::prelude::server;
use market::InstrumentKey;
use protocol::{CollectOrder, Estimate, ExpiryRow, JobId, Span, UnderlyingRow};

#[cfg(feature = "ssr")]
use super::engine;
use super::{Answer, Json};

/// Everything that has expired contracts, with what is stored of each.
#[server(prefix = "/rpc", endpoint = "collect/instruments", input = Json, output = Json)]
pub async fn instruments() -> Answer<Vec<UnderlyingRow>> {
    Ok(engine()?.instruments().underlyings("").await?)
}

/// The expiries of an instrument, newest first, with what is known of each over a span; the broker is asked when
/// the list is older than a day.
#[server(prefix = "/rpc", endpoint = "collect/expiries", input = Json, output = Json)]
pub async fn expiries(instrument: InstrumentKey, span: Span) -> Answer<Vec<ExpiryRow>> {
    Ok(engine()?.expired().expiries_over(&instrument, span).await?)
}

/// What an order will cost. Lists the contracts of up to twelve expiries on the way.
#[server(prefix = "/rpc", endpoint = "collect/estimate", input = Json, output = Json)]
pub async fn estimate_order(order: CollectOrder) -> Answer<Estimate> {
    Ok(engine()?.jobs().estimate(&order).await?)
}

/// Starts an order, or takes up the unfinished job that does the same work.
#[server(prefix = "/rpc", endpoint = "collect/start", input = Json, output = Json)]
pub async fn start_order(order: CollectOrder) -> Answer<JobId> {
    let (job, _) = engine()?.jobs().take_up_or_create(&order).await?;
    Ok(job)
}
