//! Moving candles into the lake and back, for the page of the storage. What is told of them comes drawn.

use leptos::prelude::server;
use market::{Day, InstrumentKey};
use protocol::StorageWork;

use super::{Json, Judged};
#[cfg(feature = "ssr")]
use super::{engine, judged};
use crate::drawn::ArchiveLook;

/// What of an underlying would be moved.
#[server(prefix = "/rpc", endpoint = "archive/preview", input = Json, output = Json)]
pub async fn preview(underlying: InstrumentKey, lake: Option<String>) -> Judged<ArchiveLook> {
    let preview = engine()?.storage().archive_preview(&whole(underlying, lake)).await;
    judged(preview.map(crate::server::drawing::archive::look))
}

#[server(prefix = "/rpc", endpoint = "archive/move", input = Json, output = Json)]
pub async fn archive(underlying: InstrumentKey, lake: Option<String>, token: String) -> Judged<StorageWork> {
    judged(engine()?.storage().archive(&whole(underlying, lake), &token).await)
}

/// Brings an expiry back.
#[server(prefix = "/rpc", endpoint = "archive/back", input = Json, output = Json)]
pub async fn unarchive(underlying: InstrumentKey, expiry: Day) -> Judged<StorageWork> {
    let expiries = protocol::PruneChoice::Dates(vec![expiry]);
    let order = protocol::ArchiveOrder { underlying, expiries, lake: None };
    judged(engine()?.storage().unarchive(&order).await)
}

#[cfg(feature = "ssr")]
fn whole(underlying: InstrumentKey, lake: Option<String>) -> protocol::ArchiveOrder {
    protocol::ArchiveOrder { underlying, expiries: protocol::PruneChoice::All, lake }
}
