//! Compacting: the pages that hold nothing go back to the disk, a few at a time through the one writer, so that jobs and
//! pages go on. Then the write-ahead log is folded into the file.

use protocol::{StorageDeed, StorageWork};

use super::service::StorageService;
use crate::error::EngineError;

/// Two megabytes a step.
const PAGES_A_STEP: u32 = 256;

impl StorageService {
    /// Begins, and answers how it stands.
    pub async fn compact(&self) -> Result<StorageWork, EngineError> {
        let turn = self.take_turn()?;
        let pages = self.store.page_counts().await?;
        let service = self.clone();
        let work = async move { service.give_back(pages.page_bytes).await };
        Ok(self.carry_out(turn, (StorageDeed::Compact, pages.free_bytes()), work).await)
    }

    /// What came back until it was stopped is given to the disk all the same.
    async fn give_back(&self, page_bytes: u64) -> Result<(), EngineError> {
        let given = self.give_back_pages(page_bytes).await;
        self.store.fold_log().await?;
        given
    }

    /// What comes back is told by what the files were and are: a job writes meanwhile, too.
    async fn give_back_pages(&self, page_bytes: u64) -> Result<(), EngineError> {
        let before = self.store.page_counts().await?;
        let (mut free, mut given) = (before.free, 0);
        while free > 0 {
            self.work.go_on()?;
            let left = self.store.give_back_pages(PAGES_A_STEP).await?;
            // Where a step gives nothing back no later one will.
            if left >= free {
                break;
            }
            given += free - left;
            free = left;
            self.work.stands_at(given * page_bytes, (given + left) * page_bytes);
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}
