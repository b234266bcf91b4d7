//! What the palette looks for.

use leptos::prelude::server;
#[cfg(feature = "ssr")]
use protocol::FOUND;
use protocol::{FindText, Found};

#[cfg(feature = "ssr")]
use super::engine;
use super::{Answer, Json};

/// Underlyings, expiries, contracts and jobs by what a person types, best first.
#[server(prefix = "/rpc", endpoint = "find", input = Json, output = Json)]
pub async fn find(text: FindText) -> Answer<Vec<Found>> {
    Ok(engine()?.find().find(&text, FOUND).await?)
}
