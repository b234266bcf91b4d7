//! The one loop that runs schedules while a server owns the data. It sleeps on the engine's clock and looks
//! at least once a minute, so that it notices a clock that was set and a machine that slept. The daily
//! instrument master is its errand too.

use std::time::Duration;

use market::EpochSeconds;
use ratelimit::Clock;
use tokio::sync::watch;
use tracing::error;

use super::service::{ScheduleService, rule_of};
use crate::error::EngineError;
use crate::loops::{Looks, pause_until};

const LOOK_EVERY: Duration = Duration::from_secs(60);

impl Looks for ScheduleService {
    const LOOP: &'static str = "schedules";

    fn clock(&self) -> &dyn Clock {
        ScheduleService::clock(self)
    }

    fn closing(&self) -> watch::Receiver<bool> {
        ScheduleService::closing(self)
    }
    async fn look(&self) -> Duration {
        if let Err(error) = self.instruments().refresh_daily().await {
            error!(error = error.chain(), "the instrument master could not be refreshed");
        }
        match self.run_all_due().await {
            Ok(Some(next)) => pause_until(next, self.now(), LOOK_EVERY),
            Ok(None) => LOOK_EVERY,
            Err(error) => {
                error!(error = error.chain(), "schedules cannot be run");
                LOOK_EVERY
            }
        }
    }

    fn woken(&self) -> impl Future<Output = ()> + Send {
        let mut signed_in = self.session().changes();
        async move {
            tokio::select! {
                () = self.changed() => {}
                // The session lives as long as the service, so this is no error.
                _ = signed_in.changed() => {}
            }
        }
    }
}

impl ScheduleService {
    /// Runs what is due and refreshes the instrument master once a day, until the engine closes.
    pub fn start_in_background(&self) {
        self.served();
        self.loops().start_looking(self.clone());
    }

    /// Says when the next run is due.
    async fn run_all_due(&self) -> Result<Option<EpochSeconds>, EngineError> {
        for row in self.store().schedules().await? {
            self.run_if_due(row.id).await?;
        }
        let mut next = None;
        for row in self.store().schedules().await? {
            if row.enabled && row.waits_since.is_none() {
                next = next.into_iter().chain(self.due_at(&row, &rule_of(&row)?).await?).min();
            }
        }
        Ok(next)
    }

    async fn run_if_due(&self, id: i64) -> Result<(), EngineError> {
        let _turn = self.turn().lock().await;
        // Before the schedule is read, so that one that is held by then is not found due by a later clock.
        let now = self.now();
        // A person may have run, held or removed it meanwhile.
        let row = self.store().schedule(id).await?;
        let Some(row) = row.filter(|row| row.enabled || row.asked_at.is_some()) else { return Ok(()) };
        let rule = rule_of(&row)?;
        let is_due = match row.waits_since {
            Some(_) => self.session().token().is_ok(),
            None if row.asked_at.is_some() => true,
            None => self.due_at(&row, &rule).await?.is_some_and(|due| due <= now),
        };
        if !is_due {
            return Ok(());
        }
        let done = {
            let _running = self.running(&row);
            self.run_due(&row, &rule).await
        };
        self.run_ended();
        done
    }
}
