//! The loop that makes exports, one at a time and the oldest first, while a server owns the data. An export that a
//! restart cut off goes on with the file that was not whole.

use std::path::Path;
use std::time::Duration;

use protocol::ExportStatus;
use ratelimit::Clock;
use store::ExportRow;
use tokio::sync::watch;
use tracing::{error, info};

use super::new_folders::NewFolders;
use super::service::{ExportService, read};
use crate::error::EngineError;
use crate::loops::Looks;

/// An order wakes the loop; it looks by itself only for what a fault of the database kept from it.
const LOOK_EVERY: Duration = Duration::from_secs(60);

impl Looks for ExportService {
    const LOOP: &'static str = "exports";

    fn clock(&self) -> &dyn Clock {
        ExportService::clock(self)
    }

    fn closing(&self) -> watch::Receiver<bool> {
        ExportService::closing(self)
    }

    async fn look(&self) -> Duration {
        if let Err(error) = self.make_all().await {
            error!(error = error.chain(), "exports cannot be made");
        }
        LOOK_EVERY
    }

    async fn woken(&self) {
        self.ordered().await;
    }
}

impl ExportService {
    /// Makes what is ordered, until the engine closes.
    pub fn start_in_background(&self) {
        self.loops().start_looking(self.clone());
    }

    async fn make_all(&self) -> Result<(), EngineError> {
        while let Some(row) = self.store().next_export().await? {
            let id = row.id;
            let made = self.make(row).await;
            self.end();
            let (status, problem) = match made {
                Ok(true) => (ExportStatus::Done, None),
                // The row says so already.
                Ok(false) => continue,
                Err(error) => (ExportStatus::Failed, Some(error.chain())),
            };
            info!(export = id, status = status.as_str(), problem, "an export has ended");
            self.store().change_export(id, status, problem, self.now()).await?;
        }
        Ok(())
    }

    /// `false`: it was cancelled meanwhile.
    async fn make(&self, row: ExportRow) -> Result<bool, EngineError> {
        let id = row.id;
        let order = read(&row.wish)?;
        let done = self.store().export_files(id).await?;
        let mut begun = self.begin(id, done.iter().map(|file| file.rows).sum());
        if !self.store().change_export(id, ExportStatus::Running, None, self.now()).await? {
            return Ok(false);
        }
        let folder = self.make_folder(id)?;
        // Where nothing comes of it nothing stays.
        let _new = NewFolders::of(folder.ancestors().take(2).map(Path::to_owned).collect());
        let write = self.reader().go_on(id, order, &folder, &begun.progress, self.now());
        tokio::select! {
            biased;
            _ = begun.cancelled.wait_for(|cancelled| *cancelled) => Ok(false),
            made = write => made.map(|_| true),
        }
    }
}
