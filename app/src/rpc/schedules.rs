//! What the page of schedules reads and commands.

use leptos::prelude::server;
use protocol::{ScheduleId, ScheduleOrder, SchedulePicture, SchedulePreview, ScheduleTime};
use serde::{Deserialize, Serialize};

use super::{Answer, Json, Judged};
#[cfg(feature = "ssr")]
use super::{engine, judged};

/// All schedules, oldest first.
#[server(prefix = "/rpc", endpoint = "schedules/list", input = Json, output = Json)]
pub async fn schedules() -> Answer<Vec<SchedulePicture>> {
    Ok(engine()?.schedules().list().await?)
}

#[server(prefix = "/rpc", endpoint = "schedules/add", input = Json, output = Json)]
pub async fn add(order: ScheduleOrder) -> Judged<SchedulePicture> {
    judged(engine()?.schedules().add(&order).await)
}

/// Gives a schedule another rule, where it is still as it was seen.
#[server(prefix = "/rpc", endpoint = "schedules/change", input = Json, output = Json)]
pub async fn change(id: ScheduleId, seen: ScheduleOrder, order: ScheduleOrder) -> Judged<SchedulePicture> {
    judged(engine()?.schedules().change_as_seen(id, &seen, &order).await)
}

/// What a time means, in words, and its next runs.
#[server(prefix = "/rpc", endpoint = "schedules/preview", input = Json, output = Json)]
pub async fn preview(when: ScheduleTime) -> Judged<SchedulePreview> {
    judged(engine()?.schedules().preview(&when))
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
#[server(prefix = "/rpc", endpoint = "schedules/command", input = Json, output = Json)]
pub async fn command(id: ScheduleId, command: ScheduleCommand) -> Judged<Vec<SchedulePicture>> {
    let engine = engine()?;
    let schedules = engine.schedules();
    let carried_out = match command {
        ScheduleCommand::Run => schedules.run_now(id).await.map(drop),
        ScheduleCommand::Pause => schedules.enable(id, false).await.map(drop),
        ScheduleCommand::Resume => schedules.enable(id, true).await.map(drop),
        ScheduleCommand::Remove => schedules.remove(id).await,
    };
    match carried_out {
        Ok(()) => judged(schedules.list().await),
        Err(error) => judged(Err(error)),
    }
}
