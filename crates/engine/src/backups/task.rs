//! The loop that makes backups by the rule while a server owns the data. It sleeps on the engine's clock and looks at
//! least once a minute, so that it notices a clock that was set and a machine that slept.

use std::path::Path;
use std::time::Duration;

use protocol::NoticeKind;
use ratelimit::Clock;
use tokio::sync::watch;
use tracing::{error, info, warn};

use super::rule::{KeptRule, keep, read};
use super::service::BackupService;
use crate::error::EngineError;
use crate::loops::{Looks, pause_until};

const LOOK_EVERY: Duration = Duration::from_secs(60);

impl Looks for BackupService {
    const LOOP: &'static str = "backups";

    fn clock(&self) -> &dyn Clock {
        BackupService::clock(self)
    }

    fn closing(&self) -> watch::Receiver<bool> {
        BackupService::closing(self)
    }

    async fn look(&self) -> Duration {
        let next = match self.run_if_due().await {
            Ok(()) => read(self.store()).await.map(|kept| kept.map(|kept| kept.next_run())),
            Err(error) => Err(error),
        };
        match next {
            Ok(Some(next)) => pause_until(next, self.now(), LOOK_EVERY),
            Ok(None) => LOOK_EVERY,
            Err(error) => {
                error!(error = error.chain(), "the rule of backups cannot be carried out");
                LOOK_EVERY
            }
        }
    }

    async fn woken(&self) {
        self.rule_changed().await;
    }
}

impl BackupService {
    /// Makes what is due, until the engine closes.
    pub fn start_in_background(&self) {
        self.loops().start_looking(self.clone());
    }

    /// The rule, where a run of it is due.
    async fn due(&self) -> Result<Option<KeptRule>, EngineError> {
        let now = self.now();
        Ok(read(self.store()).await?.filter(|kept| kept.next_run() <= now))
    }

    async fn run_if_due(&self) -> Result<(), EngineError> {
        if self.due().await?.is_none() {
            return Ok(());
        }
        let made = {
            let _turn = self.turn().lock().await;
            self.make_in_turn().await
        };
        let _changing = self.changing().lock().await;
        // A person may have given another rule meanwhile, or none.
        let Some(mut kept) = self.due().await? else { return Ok(()) };
        match made {
            Ok(made) => {
                let name = Path::new(&made.path).file_name().unwrap_or_default();
                kept.succeeded(name.to_string_lossy().into_owned(), self.now());
                self.prune(kept.rule.keep.get());
            }
            Err(error) => {
                let problem = error.chain();
                warn!(error = problem, failures = kept.failures + 1, "a backup has failed");
                // Once for a row of failures.
                if kept.failures == 0 {
                    self.tell_failure(&problem).await?;
                }
                kept.failed(problem, self.now());
            }
        }
        keep(self.store(), Some(&kept)).await
    }

    fn prune(&self, keep: u32) {
        match self.folder().prune(usize::try_from(keep).unwrap_or(usize::MAX)) {
            Ok(removed) if removed.is_empty() => {}
            Ok(removed) => info!(removed = removed.join(", "), "old backups are removed"),
            Err(error) => warn!(%error, "old backups could not be removed"),
        }
    }

    async fn tell_failure(&self, problem: &str) -> Result<(), EngineError> {
        let message = format!("{problem}. It is tried again every hour");
        self.notices()
            .raise_of_program(NoticeKind::BackupFailed, "A backup has failed".to_owned(), message)
            .await
    }
}
