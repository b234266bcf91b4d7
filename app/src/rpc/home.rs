//! What the home page reads.

use leptos::prelude::server;
use protocol::HomePicture;

use super::Answer;
#[cfg(feature = "ssr")]
use super::engine;

/// What is stored, the last jobs, and who is signed in.
#[server(prefix = "/rpc", endpoint = "home")]
pub async fn home() -> Answer<HomePicture> {
    Ok(engine()?.home().await?)
}
