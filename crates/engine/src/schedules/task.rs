//! The one loop that runs schedules while a server owns the data. It sleeps on the engine's clock and looks
//! at least once a minute, so that it notices a clock that was set and a machine that slept. The daily
//! instrument master is its errand too.

use std::time::Duration;

use market::EpochSeconds;
use tracing::error;

use super::service::{ScheduleService, rule_of};
use crate::error::EngineError;
use crate::loops::pause_until;

const LOOK_EVERY: Duration = Duration::from_secs(60);

impl ScheduleService {
    /// Runs what is due and refreshes the instrument master once a day, until the engine closes.
    pub fn start_in_background(&self) {
        self.served();
        let (closing, service) = (self.closing(), self.clone());
        self.loops().start(
            "schedules",
            move || *closing.borrow(),
            move || {
                let service = service.clone();
                async move { service.work_until_closing().await }
            },
        );
    }

    async fn work_until_closing(&self) {
        let mut closing = self.closing();
        let mut signed_in = self.session().changes();
        loop {
            // Counted from before the look, so that a clock that is set meanwhile is not slept over.
            let began = self.clock().monotonic();
            let work = async {
                let wait = self.work_once().await;
                tokio::select! {
                    () = self.clock().sleep_until(began + wait) => {}
                    () = self.woken() => {}
                    // The session lives as long as the service, so this is no error.
                    _ = signed_in.changed() => {}
                }
            };
            tokio::select! {
                biased;
                _ = closing.wait_for(|closing| *closing) => return,
                () = work => {}
            }
        }
    }

    /// How long there is nothing to do after it.
    async fn work_once(&self) -> Duration {
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
