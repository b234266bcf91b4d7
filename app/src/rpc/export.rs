//! What the page of exports reads and commands.

use leptos::prelude::server;

use super::{Answer, Json, Judged};
#[cfg(feature = "ssr")]
use super::{engine, judged};
use crate::drawn::export::{ExportDrawn, ExportLine, Texts};

/// The names that an address of the page may have.
pub const NAMES: [&str; 22] = [
    "underlying",
    "expiry",
    "contract",
    "kinds",
    "strike_from",
    "strike_to",
    "own",
    "chain",
    "series",
    "set",
    "interval",
    "from",
    "to",
    "preset",
    "format",
    "times",
    "columns",
    "symbols",
    "split",
    "volatility",
    "expiry_from",
    "expiry_to",
];

/// What an address says of an export; what it does not say is left out.
pub fn texts(text: impl Fn(&str) -> String) -> Texts {
    let said = NAMES.into_iter().map(|name| (name.to_owned(), text(name)));
    said.filter(|(_, value)| !value.is_empty()).collect()
}

#[server(prefix = "/rpc", endpoint = "exports", input = Json, output = Json)]
pub async fn exports(wish: Texts) -> Answer<ExportDrawn> {
    crate::server::drawing::export::page(&engine()?, &wish).await
}

#[server(prefix = "/rpc", endpoint = "exports/list", input = Json, output = Json)]
pub async fn list() -> Answer<Vec<ExportLine>> {
    crate::server::drawing::export::lines(&engine()?).await
}

/// The number of the export.
#[server(prefix = "/rpc", endpoint = "exports/create", input = Json, output = Json)]
pub async fn create(wish: Texts) -> Judged<i64> {
    let engine = engine()?;
    let order = match crate::server::drawing::export::order(&engine, &wish).await {
        Ok(order) => order,
        Err(refused) => return Ok(Err(refused)),
    };
    judged(engine.exports().create(order).await.map(|export| export.id))
}

#[server(prefix = "/rpc", endpoint = "exports/cancel", input = Json, output = Json)]
pub async fn cancel(id: i64) -> Judged<()> {
    judged(engine()?.exports().cancel(id).await.map(drop))
}

#[server(prefix = "/rpc", endpoint = "exports/remove", input = Json, output = Json)]
pub async fn remove(id: i64) -> Judged<()> {
    judged(engine()?.exports().remove(id).await)
}
