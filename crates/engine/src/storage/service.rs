//! The service: hands out figures and previews, and carries out one thing at a time. A backup counts as one, because it
//! reads for long what compacting and pruning would change.

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use market::{Day, EpochSeconds};
use protocol::{StorageDeed, StorageProgress, StorageWork};
use ratelimit::Clock;
use store::Store;
use tokio::sync::{Mutex, OwnedMutexGuard, watch};
use tracing::{error, info};

use super::work::{Undertaking, Work};
use crate::backups::BackupService;
use crate::config::Source;
use crate::error::EngineError;
use crate::schedules::ScheduleService;

/// How long whoever asks for something waits to see it done; it is done without them, too.
const PATIENCE: Duration = Duration::from_secs(2);

/// A handle; clones share everything.
#[derive(Clone)]
pub struct StorageService {
    pub(super) store: Store,
    pub(super) backups: BackupService,
    pub(super) schedules: ScheduleService,
    source: Source,
    clock: Arc<dyn Clock>,
    turn: Arc<Mutex<()>>,
    pub(crate) work: Work,
    /// Ticks when something has ended and the turn is free again.
    ended: Arc<watch::Sender<()>>,
}

impl StorageService {
    pub(crate) fn new(
        store: Store,
        backups: BackupService,
        schedules: ScheduleService,
        source: Source,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let turn = backups.shared_turn();
        let (work, ended) = (Work::default(), Arc::new(watch::Sender::new(())));
        Self { store, backups, schedules, source, clock, turn, work, ended }
    }

    pub(super) fn now(&self) -> EpochSeconds {
        EpochSeconds(self.clock.wall().as_seconds())
    }

    /// The simulated market lives on a day of its own.
    pub(super) fn today(&self) -> Day {
        self.source.simulated_day().unwrap_or_else(|| self.now().day())
    }

    pub(super) fn data_dir(&self) -> &Path {
        self.store.path().parent().unwrap_or(Path::new("."))
    }

    /// What is under way, and how the last thing ended.
    pub async fn work(&self) -> Result<StorageWork, EngineError> {
        let work = self.work.picture();
        if work.under_way.is_some() {
            return Ok(work);
        }
        let Some((began_at, done)) = self.backups.being_written() else { return Ok(work) };
        let total = self.store.page_counts().await?.bytes_in_use().max(done);
        let deed = StorageDeed::Backup;
        let backup = StorageProgress { deed, began_at, done, total, is_stopping: false };
        Ok(StorageWork { under_way: Some(backup), ..work })
    }

    /// Stops what is under way after its present step; what was done stays done.
    pub async fn stop(&self) -> Result<StorageWork, EngineError> {
        self.work.stop();
        self.work().await
    }

    pub(crate) fn take_turn(&self) -> Result<OwnedMutexGuard<()>, EngineError> {
        self.store.refuse_frozen()?;
        self.turn.clone().try_lock_owned().map_err(|_| EngineError::StorageBusy)
    }

    /// Carries it out to its end, whoever waits for it, or until it is stopped: then `work` ends as [`EngineError::Stopped`].
    /// How it stands then, or after a moment.
    pub(crate) async fn carry_out(
        &self,
        turn: OwnedMutexGuard<()>,
        undertaking: Undertaking,
        work: impl Future<Output = Result<(), EngineError>> + Send + 'static,
    ) -> StorageWork {
        let mut ended = self.ended.subscribe();
        self.work.begin(undertaking, self.now());
        let (service, deed) = (self.clone(), undertaking.deed);
        tokio::spawn(async move {
            let ended = AssertUnwindSafe(work).catch_unwind().await;
            let ended = ended.unwrap_or_else(|panic| Err(EngineError::panicked(&*panic)));
            let (is_stopped, problem) = match ended {
                Ok(()) => (false, None),
                Err(EngineError::Stopped) => (true, None),
                Err(error) => (false, Some(error.chain())),
            };
            match &problem {
                None => info!(?deed, is_stopped, "ended"),
                Some(problem) => error!(?deed, error = problem, "ended before its end"),
            }
            service.work.end(service.now(), is_stopped, problem);
            drop(turn);
            service.ended.send_replace(());
        });
        let patience = self.clock.monotonic() + PATIENCE;
        tokio::select! {
            // The sender lives as long as the service.
            _ = ended.changed() => {}
            () = self.clock.sleep_until(patience) => {}
        }
        self.work.picture()
    }

    /// Stops what is under way and waits until it has.
    pub(crate) async fn close(&self) {
        self.work.close();
        // Backups end by themselves.
        if self.work.picture().under_way.is_some() {
            let _turn = self.turn.lock().await;
        }
    }
}
