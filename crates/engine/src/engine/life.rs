//! What an engine is to others while it is open: who owns the data, what runs by itself, and how all of it ends.

use std::path::Path;

use store::{Owner, OwnerLock, OwnerServer, upgrade_copies};
use tracing::{info, warn};

use super::Engine;
use crate::error::EngineError;

impl Engine {
    /// Who holds a data directory, as it says itself.
    pub fn owner(data_dir: &Path) -> Option<Owner> {
        OwnerLock::owner(data_dir)
    }

    /// Says how this engine can be reached, for the commands that find the directory taken.
    pub fn announce(&self, server: OwnerServer) -> std::io::Result<()> {
        self.inner.lock.announce(self.inner.source.market(), Some(server))
    }

    /// From now on nothing is changed here: whatever would is refused in a sentence. For who serves a copy, and says of
    /// what.
    pub fn freeze(&self, replica_of: &str) {
        self.inner.store.freeze();
        self.inner.sessions.is_replica_of(replica_of);
    }

    /// Whether the database can be read just now.
    pub async fn is_answered(&self) -> Result<(), EngineError> {
        Ok(self.inner.store.is_answered().await?)
    }

    /// Runs jobs, schedules and backups and sends notices by themselves until the engine closes. For a server;
    /// commands do their own work and no other.
    pub fn start_in_background(&self) {
        self.forget_upgrade_copies();
        self.jobs().start_in_background();
        self.schedules().start_in_background();
        self.notices().start_in_background();
        self.inner.sign_in_watch.start_in_background();
        self.backups().start_in_background();
        self.exports().start_in_background();
        self.inner.lake.recover_in_background();
        self.inner.after_collecting.start_in_background();
    }

    /// A server that starts on a database of its own version has no more need of what the database was before.
    fn forget_upgrade_copies(&self) {
        if self.inner.store.upgraded().is_some() {
            return;
        }
        for copy in upgrade_copies(self.data_dir()) {
            let path = copy.display();
            match std::fs::remove_file(&copy) {
                Ok(()) => {
                    info!(%path, "the copy of before the upgrade is removed: this start went well without it")
                }
                Err(error) => warn!(%path, %error, "the copy of before the upgrade could not be removed"),
            }
        }
    }

    /// Stops the jobs where they are (they go on at the next start), and closes limiter and database.
    pub async fn close(&self) -> Result<(), EngineError> {
        self.inner.schedules.stop();
        self.inner.notices.stop();
        self.inner.sign_in_watch.stop();
        self.inner.backups.stop();
        self.inner.after_collecting.stop();
        self.inner.exports.stop();
        self.inner.storage.close().await;
        self.inner.import.close().await;
        self.inner.jobs.stop().await;
        self.inner.limiter.close().await?;
        self.inner.store.close().await?;
        Ok(())
    }
}
