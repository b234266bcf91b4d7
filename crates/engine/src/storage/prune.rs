//! Pruning: what a preview has counted is removed, in short transactions through the one writer. Cut off anywhere the
//! database is whole, and the same order finishes it.

use protocol::{PruneOrder, StorageDeed, StorageWork};
use store::{Prunable, PruneStep, WantedBy};

use super::preview::{Counted, Part};
use super::service::StorageService;
use super::work::Undertaking;
use crate::error::EngineError;

impl StorageService {
    /// Begins to remove what a preview has counted, and answers how it stands. Refused where what is stored has changed
    /// since, and where a job would bring it again.
    pub async fn prune(&self, order: &PruneOrder, token: &str) -> Result<StorageWork, EngineError> {
        let turn = self.take_turn()?;
        let Counted { parts, preview } = self.count(order).await?;
        for part in &parts {
            if let Some(wanted) = self.store.wanted_by(part.of).await? {
                return Err(self.wanted(StorageDeed::Prune, wanted).await?);
            }
        }
        if preview.token != token {
            return Err(EngineError::StalePreview);
        }
        let (service, total) = (self.clone(), preview.candles);
        let of_parts: Vec<Prunable> = parts.iter().map(|Part { of, .. }| *of).collect();
        let work = async move { service.remove(of_parts, total).await };
        Ok(self.carry_out(turn, Undertaking { deed: StorageDeed::Prune, total }, work).await)
    }

    async fn remove(&self, parts: Vec<Prunable>, total: u64) -> Result<(), EngineError> {
        let (at, mut removed) = (self.now(), 0);
        for part in parts {
            loop {
                self.work.go_on()?;
                match self.store.prune_step(part, at).await? {
                    PruneStep::Removed { candles } => removed += candles,
                    PruneStep::Done => break,
                    // It was ordered after the first look.
                    PruneStep::Wanted(wanted) => return Err(self.wanted(StorageDeed::Prune, wanted).await?),
                }
                self.work.stands_at(removed, total);
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }

    /// Why a job does not let a deed be done.
    pub(super) async fn wanted(
        &self,
        deed: StorageDeed,
        WantedBy { job, retry_at }: WantedBy,
    ) -> Result<EngineError, EngineError> {
        let Some(row) = self.store.job(job.0).await? else { return Ok(EngineError::UnknownJob(job)) };
        Ok(EngineError::StillWanted { deed, job, title: row.title, status: row.status, retry_at })
    }
}
