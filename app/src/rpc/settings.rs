//! What the pages of settings read and command, but for notices and access.

use leptos::prelude::server;
use protocol::{About, Preferences, SettingsPicture};

#[cfg(feature = "ssr")]
use super::engine;
use super::{Answer, Json};

/// The settings, and what the environment of the program does to them.
#[server(prefix = "/rpc", endpoint = "settings", input = Json, output = Json)]
pub async fn settings() -> Answer<SettingsPicture> {
    Ok(engine()?.preferences().picture())
}

/// Puts these in place of all settings.
#[server(prefix = "/rpc", endpoint = "settings/put", input = Json, output = Json)]
pub async fn put(new: Preferences) -> Answer<SettingsPicture> {
    Ok(engine()?.preferences().put(new).await?)
}

/// The program that answers.
#[server(prefix = "/rpc", endpoint = "settings/about", input = Json, output = Json)]
pub async fn program() -> Answer<About> {
    crate::server::about()
}
