//! Compacting: the pages that hold nothing go back to the disk, a few at a time through the one writer, so that jobs and
//! pages go on. Then the write-ahead log is folded into the file.

use protocol::{StorageDeed, StorageWork};

use super::service::StorageService;
use super::work::Undertaking;
use crate::error::EngineError;

/// Two megabytes a step.
const PAGES_A_STEP: u32 = 256;

/// How far the free pages have gone back to the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GivenBack {
    /// Pages.
    pub given: u64,
    pub left: u64,
}

impl StorageService {
    /// Begins, and answers how it stands.
    pub async fn compact(&self) -> Result<StorageWork, EngineError> {
        let turn = self.take_turn()?;
        let pages = self.store.page_counts().await?;
        let (service, page_bytes) = (self.clone(), pages.page_bytes);
        let work = async move {
            let stands = |GivenBack { given, left }: GivenBack| {
                service.work.stands_at(given * page_bytes, (given + left) * page_bytes);
            };
            service.give_room_back(stands).await
        };
        let undertaking = Undertaking { deed: StorageDeed::Compact, total: pages.free_bytes() };
        Ok(self.carry_out(turn, undertaking, work).await)
    }

    /// Until nothing is left or somebody stops it; `each` learns after a step how far it is. What came back until then is
    /// given to the disk all the same.
    pub(super) async fn give_room_back(&self, each: impl Fn(GivenBack)) -> Result<(), EngineError> {
        let given = self.give_pages_back(each).await;
        self.store.fold_log().await?;
        given
    }

    /// What comes back is told by what the files were and are: a job writes meanwhile, too.
    async fn give_pages_back(&self, each: impl Fn(GivenBack)) -> Result<(), EngineError> {
        let (mut free, mut given) = (self.store.page_counts().await?.free, 0);
        while free > 0 {
            self.work.go_on()?;
            let left = self.store.give_back_pages(PAGES_A_STEP).await?;
            // Where a step gives nothing back no later one will.
            if left >= free {
                break;
            }
            given += free - left;
            free = left;
            each(GivenBack { given, left });
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}
