//! Bringing in at a server: one import at a time, told while it lasts, stopped between two batches of rows, and told again
//! when it has ended, whoever waits for it. It is known in memory alone: what came in is in the database.

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use market::EpochSeconds;
use protocol::{ImportEnd, ImportOrder, ImportProgress, ImportReport, ImportWork};
use tracing::{error, info};

use super::ImportService;
use super::error::ImportError;
use crate::error::EngineError;

/// How long whoever asks for an import waits to see it done; it is done without them, too.
const PATIENCE: Duration = Duration::from_secs(2);

/// A handle; clones share everything.
#[derive(Clone, Debug, Default)]
pub(super) struct Work(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    work: ImportWork,
    is_closing: bool,
}

impl Work {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, path: &Path, began_at: EpochSeconds) {
        let mut state = self.lock();
        let (path, is_stopping) = (path.display().to_string(), state.is_closing);
        state.work.under_way =
            Some(ImportProgress { path, began_at, file: String::new(), rows: 0, is_stopping });
    }

    /// Says whether it goes on.
    fn stands_at(&self, file: &str, rows: u64) -> bool {
        let mut state = self.lock();
        let Some(under_way) = &mut state.work.under_way else { return true };
        file.clone_into(&mut under_way.file);
        under_way.rows = rows;
        !under_way.is_stopping
    }

    fn end(&self, at: EpochSeconds, ended: Result<ImportReport, EngineError>) {
        let mut state = self.lock();
        let path = state.work.under_way.take().map(|under_way| under_way.path).unwrap_or_default();
        let (report, problem) = match ended {
            Ok(report) => (Some(report), None),
            Err(error) => (None, Some(error.chain())),
        };
        state.work.last = Some(ImportEnd { path, at, report, problem });
    }

    fn stop(&self) {
        if let Some(under_way) = &mut self.lock().work.under_way {
            under_way.is_stopping = true;
        }
    }
}

impl ImportService {
    /// Begins to bring in what lies on this machine, and carries it out to its end or until it is stopped, whoever waits
    /// for it. How it stands then, or after a moment.
    pub async fn start(&self, order: ImportOrder) -> Result<ImportWork, EngineError> {
        let path = PathBuf::from(&order.path);
        if !path.is_absolute() {
            return Err(ImportError::NotWhole { path: order.path }.into());
        }
        if !order.dry_run {
            self.store.refuse_frozen()?;
        }
        let turn = self.turn.clone().try_lock_owned().map_err(|_| ImportError::UnderWay)?;
        // What can be refused at once is refused to whoever asks.
        super::files_of(&path)?;
        self.work.begin(&path, self.now());
        let service = self.clone();
        let carried_out = tokio::spawn(async move {
            let work = service.run(&path, order.dry_run, |file, rows| service.work.stands_at(file, rows));
            let ended = AssertUnwindSafe(work).catch_unwind().await;
            let ended = ended.unwrap_or_else(|panic| Err(EngineError::panicked(&*panic)));
            let path = path.display();
            match &ended {
                Ok(report) => info!(%path, files = report.files.len(), "brought in"),
                Err(error) => error!(%path, error = error.chain(), "an import ended before its end"),
            }
            service.work.end(service.now(), ended);
            drop(turn);
        });
        tokio::select! {
            // It tells everything by itself.
            _ = carried_out => {}
            () = self.clock.sleep_until(self.clock.monotonic() + PATIENCE) => {}
        }
        Ok(self.work())
    }

    fn now(&self) -> EpochSeconds {
        EpochSeconds(self.clock.wall().as_seconds())
    }

    /// What is brought in now, and how the last import ended.
    pub fn work(&self) -> ImportWork {
        self.work.lock().work.clone()
    }

    /// Stops after the rows at hand; what came in stays.
    pub fn stop(&self) -> ImportWork {
        self.work.stop();
        self.work()
    }

    /// Stops what is under way and waits until it has; whatever begins from now on stops at once.
    pub(crate) async fn close(&self) {
        self.work.lock().is_closing = true;
        self.work.stop();
        let _turn = self.turn.lock().await;
    }
}
