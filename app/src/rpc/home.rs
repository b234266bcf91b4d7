//! What the home page reads.

use leptos::prelude::server;
use protocol::HomePicture;

#[cfg(feature = "ssr")]
use super::engine;
use super::{Answer, Json};

/// What is stored, the last jobs, and who is signed in.
#[server(prefix = "/rpc", endpoint = "home", input = Json, output = Json)]
pub async fn home() -> Answer<HomePicture> {
    Ok(engine()?.home().await?)
}
