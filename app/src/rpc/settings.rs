//! What the pages of settings read and command, but for notices and access.

use leptos::prelude::server;
use protocol::{About, SettingChanges, SettingsPicture};

use super::{Answer, Json, Judged};
#[cfg(feature = "ssr")]
use super::{engine, judged};

/// The settings, and what the environment of the program does to them.
#[server(prefix = "/rpc", endpoint = "settings", input = Json, output = Json)]
pub async fn settings() -> Answer<SettingsPicture> {
    Ok(engine()?.preferences().picture())
}

/// Changes these, as they are typed, and leaves all others as they are.
#[server(prefix = "/rpc", endpoint = "settings/change", input = Json, output = Json)]
pub async fn change(changes: SettingChanges) -> Judged<SettingsPicture> {
    judged(engine()?.preferences().change(&changes).await)
}

/// The program that answers.
#[server(prefix = "/rpc", endpoint = "settings/about", input = Json, output = Json)]
pub async fn program() -> Answer<About> {
    crate::server::about()
}
