//! What takes how much room, of totals alone: it takes no longer for a hundred million candles than for none.

use std::collections::HashMap;

use market::{InstrumentKey, Underlying};
use protocol::{ExpiryShare, PrunedLine, StoragePicture, StorageShare};
use store::{CandlesOf, UnderlyingId, free_bytes};

use super::service::StorageService;
use crate::error::EngineError;
use crate::verified::last_verify;

/// A database with few candles is mostly something else: a candle and what is kept for it takes no more than this.
const BYTES_A_CANDLE_MAX: u64 = 64;
/// What was pruned is told for so many times.
const PRUNED_LINES: u32 = 10;

impl StorageService {
    /// The picture, with the expiries of an underlying where one is named.
    pub async fn picture(&self, of: Option<&InstrumentKey>) -> Result<StoragePicture, EngineError> {
        let (database_bytes, log_bytes) = self.store.file_bytes();
        let pages = self.store.page_counts().await?;
        let candles = self.store.candles_by_underlying().await?;
        let all = candles.iter().map(all_of).sum();
        let rate = Rate::of(pages.bytes_in_use(), all);
        let shares: Vec<StorageShare> = candles.iter().map(|of| share(of, rate)).collect();
        let taken: u64 = shares.iter().map(|share| share.bytes).sum();
        let backups = self.backups.list().await?;
        let data_dir = self.data_dir();
        Ok(StoragePicture {
            data_dir: std::path::absolute(data_dir)
                .unwrap_or_else(|_| data_dir.to_owned())
                .display()
                .to_string(),
            database_bytes,
            log_bytes,
            free_disk_bytes: free_bytes(data_dir),
            free_bytes: pages.free_bytes(),
            candles: all,
            archived_candles: candles.iter().map(|of| of.archived).sum(),
            other_bytes: Some(pages.bytes_in_use().saturating_sub(taken))
                .filter(|rest| *rest >= pages.page_bytes)
                .unwrap_or(0),
            shares,
            expiries: self.expiry_shares(of, rate).await?,
            last_backup: backups.backups.first().map(|newest| newest.made_at),
            backup_rule: backups.rule,
            next_backup: backups.next_run,
            last_verify: last_verify(data_dir),
            pruned: self.pruned_lines().await?,
        })
    }

    /// About the bytes that so many candles take.
    pub(super) async fn rate(&self) -> Result<Rate, EngineError> {
        let pages = self.store.page_counts().await?;
        let candles = self.store.candles_by_underlying().await?.iter().map(all_of).sum();
        Ok(Rate::of(pages.bytes_in_use(), candles))
    }

    async fn expiry_shares(
        &self,
        of: Option<&InstrumentKey>,
        rate: Rate,
    ) -> Result<Vec<ExpiryShare>, EngineError> {
        let Some(key) = of else { return Ok(Vec::new()) };
        let Some((id, _)) = self.store.underlying(key).await? else {
            return Err(EngineError::NothingStored { key: key.to_string() });
        };
        let stored = self.store.candles_by_expiry(id).await?.into_iter();
        Ok(stored
            .map(|of| ExpiryShare {
                expiry: of.date,
                candles: of.candles,
                archived_candles: of.archived,
                bytes: rate.bytes(of.candles),
            })
            .collect())
    }

    async fn pruned_lines(&self) -> Result<Vec<PrunedLine>, EngineError> {
        let mut names: HashMap<UnderlyingId, Underlying> = HashMap::new();
        let mut lines = Vec::new();
        for row in self.store.pruned(PRUNED_LINES).await? {
            let underlying = match names.get(&row.underlying) {
                Some(known) => known.clone(),
                None => self.store.underlying_by_id(row.underlying).await?.1,
            };
            names.insert(row.underlying, underlying.clone());
            let store::PrunedRow { at, expiries, own, candles, .. } = row;
            lines.push(PrunedLine { at, underlying, expiries, own, candles });
        }
        Ok(lines)
    }
}

/// What a candle takes on average, with all that is kept beside.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    bytes: u64,
    candles: u64,
}

impl Rate {
    fn of(bytes_in_use: u64, candles: u64) -> Self {
        Self { bytes: bytes_in_use.min(candles.saturating_mul(BYTES_A_CANDLE_MAX)), candles: candles.max(1) }
    }

    pub(super) fn bytes(self, candles: u64) -> u64 {
        let bytes = u128::from(self.bytes) * u128::from(candles) / u128::from(self.candles);
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

fn all_of(candles: &CandlesOf) -> u64 {
    candles.contracts + candles.own
}

fn share(of: &CandlesOf, rate: Rate) -> StorageShare {
    StorageShare {
        underlying: of.underlying.clone(),
        contract_candles: of.contracts,
        own_candles: of.own,
        archived_candles: of.archived,
        bytes: rate.bytes(all_of(of)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_what_candles_take_on_average_and_no_more_than_a_candle_can() {
        let large = Rate::of(3_600, 100);
        assert_eq!((large.bytes(60), large.bytes(100), large.bytes(0)), (2_160, 3_600, 0));
        let small = Rate::of(1_000_000, 10);
        assert_eq!(small.bytes(10), 640);
        assert_eq!(Rate::of(1_000_000, 0).bytes(5), 0);
    }
}
