//! Which of the server's two markets this browser looks at.

use leptos::prelude::server;
use protocol::Market;

#[cfg(feature = "ssr")]
use super::switch_to;
use super::{Json, Judged};

/// Opens the market; the next load of any page shows it.
#[server(prefix = "/rpc", endpoint = "market/show", input = Json, output = Json)]
pub async fn show(market: Market) -> Judged<()> {
    switch_to(market).await
}
