//! Schedules, and running one now.

use market::UnderlyingName;
use protocol::{ScheduleId, ScheduleOrder, SchedulePicture};
use serde_json::json;

use super::{Desk, here};
use crate::commands::waiting::{ToldWaits, pause};
use crate::http::documents::SchedulesDocument;
use crate::output::tell;

impl Desk {
    pub async fn schedules(self) -> anyhow::Result<SchedulesDocument> {
        match self {
            Self::Here(engine) => {
                let schedules = here(&engine, engine.schedules().list()).await?;
                Ok(SchedulesDocument { schedules })
            }
            Self::Owner(owner) => owner.get("schedules", &[]).await,
        }
    }

    pub async fn add_schedule(self, order: ScheduleOrder<UnderlyingName>) -> anyhow::Result<SchedulePicture> {
        match self {
            Self::Here(engine) => {
                let add = async {
                    let order = engine.instruments().find_schedule(order).await?;
                    engine.schedules().add(&order).await
                };
                let added = here(&engine, add).await?;
                tell("it runs while `expirytrack serve` runs");
                Ok(added)
            }
            Self::Owner(owner) => owner.post("schedules", serde_json::to_value(order)?).await,
        }
    }

    pub async fn change_schedule(
        self,
        id: ScheduleId,
        order: ScheduleOrder<UnderlyingName>,
    ) -> anyhow::Result<SchedulePicture> {
        match self {
            Self::Here(engine) => {
                let change = async {
                    let order = engine.instruments().find_schedule(order).await?;
                    engine.schedules().change(id, &order).await
                };
                here(&engine, change).await
            }
            Self::Owner(owner) => owner.put(&format!("schedules/{id}"), serde_json::to_value(order)?).await,
        }
    }

    pub async fn remove_schedule(self, id: ScheduleId) -> anyhow::Result<()> {
        match self {
            Self::Here(engine) => here(&engine, engine.schedules().remove(id)).await,
            Self::Owner(owner) => owner.delete(&format!("schedules/{id}")).await,
        }
    }

    pub async fn enable_schedule(self, id: ScheduleId, enabled: bool) -> anyhow::Result<SchedulePicture> {
        match self {
            Self::Here(engine) => here(&engine, engine.schedules().enable(id, enabled)).await,
            Self::Owner(owner) => {
                owner.patch(&format!("schedules/{id}"), json!({ "enabled": enabled })).await
            }
        }
    }

    /// Runs a schedule now, and stays until that run is decided.
    pub async fn run_schedule(self, id: ScheduleId) -> anyhow::Result<SchedulePicture> {
        match self {
            Self::Here(engine) => {
                let run = here(&engine, engine.schedules().run_now(id)).await?;
                if let Some(job) = run.last_run.as_ref().and_then(|run| run.job) {
                    tell(format!("job {job} is queued; `expirytrack serve` carries it out"));
                }
                Ok(run)
            }
            Self::Owner(owner) => {
                let mut run: SchedulePicture = owner.post(&format!("schedules/{id}/run"), json!({})).await?;
                let mut told = ToldWaits::default();
                while run.asked_at.is_some() {
                    run.waits.iter().for_each(|wait| told.tell(wait));
                    pause().await;
                    run = owner.get(&format!("schedules/{id}"), &[]).await?;
                }
                Ok(run)
            }
        }
    }
}
