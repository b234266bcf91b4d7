//! What the page of schedules reads and commands.

use leptos::prelude::server;
use leptos::server_fn::codec::Json;
use protocol::{ScheduleId, ScheduleOrder, SchedulePicture, SchedulePreview, ScheduleTime};
use serde::{Deserialize, Serialize};

use super::Answer;
#[cfg(feature = "ssr")]
use super::engine;

/// All schedules, oldest first.
#[server(prefix = "/rpc", endpoint = "schedules/list")]
pub async fn schedules() -> Answer<Vec<SchedulePicture>> {
    Ok(engine()?.schedules().list().await?)
}

#[server(prefix = "/rpc", endpoint = "schedules/add", input = Json)]
pub async fn add(order: ScheduleOrder) -> Answer<SchedulePicture> {
    Ok(engine()?.schedules().add(&order).await?)
}

/// What a time means, in words, and its next runs.
#[server(prefix = "/rpc", endpoint = "schedules/preview", input = Json)]
pub async fn preview(when: ScheduleTime) -> Answer<SchedulePreview> {
    Ok(engine()?.schedules().preview(&when)?)
}

/// What a person can tell a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScheduleCommand {
    Run,
    /// Holds it until it is resumed.
    Pause,
    Resume,
    /// Forgets it; its jobs and what they brought stay.
    Remove,
}

/// Tells a schedule something, and gives back how all of them stand then.
#[server(prefix = "/rpc", endpoint = "schedules/command")]
pub async fn command(id: ScheduleId, command: ScheduleCommand) -> Answer<Vec<SchedulePicture>> {
    let engine = engine()?;
    let schedules = engine.schedules();
    match command {
        ScheduleCommand::Run => drop(schedules.run_now(id).await?),
        ScheduleCommand::Pause => drop(schedules.enable(id, false).await?),
        ScheduleCommand::Resume => drop(schedules.enable(id, true).await?),
        ScheduleCommand::Remove => schedules.remove(id).await?,
    }
    Ok(schedules.list().await?)
}
