//! How the program, its database and its use of the broker are: what the status page shows and a helper asks for.
//! Whatever is read here is bounded, however much is stored.

use market::EpochSeconds;
use protocol::{About, HealthPicture, StatusPicture};
use store::free_bytes;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::process::resident_bytes;
use crate::verified::last_verify;

impl Engine {
    /// The program and where its data are; of its environment the engine knows nothing.
    pub fn about(&self) -> About {
        let data_dir = self.data_dir();
        About {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: self.commit().map(str::to_owned),
            sqlite: store::sqlite_version().to_owned(),
            licence: env!("CARGO_PKG_LICENSE").to_owned(),
            data_dir: std::path::absolute(data_dir)
                .unwrap_or_else(|_| data_dir.to_owned())
                .display()
                .to_string(),
            environment: Vec::new(),
        }
    }

    /// What runs here, what it keeps, and how it does.
    pub async fn status(&self) -> Result<StatusPicture, EngineError> {
        let (store, requests) = (self.store(), self.requests());
        let (api_use, endpoints) = requests.lately().await?;
        Ok(StatusPicture {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            sqlite: store::sqlite_version().to_owned(),
            schema: store.schema_version().await?,
            database: store.path().display().to_string(),
            database_bytes: store.file_bytes().0,
            health: self.health().await?,
            api_use,
            requests: store.request_count().await?.unsigned_abs(),
            endpoints,
            windows: requests.windows().await?,
            refused: requests.refused_counts().await?,
            loops: requests.loops(),
        })
    }

    async fn health(&self) -> Result<HealthPicture, EngineError> {
        let now = self.clock().wall().as_seconds();
        let runs_for = self.clock().monotonic().saturating_sub(self.started_at());
        Ok(HealthPicture {
            commit: self.commit().map(str::to_owned),
            started_at: EpochSeconds(now.saturating_sub_unsigned(runs_for.as_secs())),
            memory_bytes: resident_bytes(),
            log_bytes: self.store().file_bytes().1,
            free_bytes: free_bytes(self.data_dir()),
            last_verify: last_verify(self.data_dir()),
            last_backup: self.backups().how_it_goes().await?.0,
            errors: self.store().newest_job_errors().await?,
        })
    }
}
