//! What an order will cost, before it starts.

use std::collections::BTreeSet;

use market::{Day, EpochSeconds};
use protocol::{CollectOrder, Estimate, EstimateBasis};
use store::{StoredExpiry, UnderlyingId};

use crate::broker::Asking;
use crate::disk::free_bytes;
use crate::error::EngineError;
use crate::final_days::wanted_range;
use crate::jobs::create::{LISTED_BEFORE_MAX, Resolved};
use crate::jobs::service::JobService;

/// Bytes of a stored candle with its share of the indexes, measured on full databases.
const BYTES_A_CANDLE: f64 = 36.0;
/// Before anything was listed or collected: a weekly expiry of Nifty has 160 to 284 contracts, median 196.
const OPTIONS_GUESS: u64 = 196;
const CANDLES_GUESS: f64 = 6_000.0;

struct Count {
    contracts: u64,
    candle_requests: u64,
    listing_requests: u64,
    /// Of the underlyings' own candles.
    months: u64,
    unlisted: u32,
}

impl JobService {
    /// Lists the contracts of up to twelve expiries on the way (they are kept, and used by the job); beyond
    /// that the median of the listed ones stands in, and the basis says so.
    pub async fn estimate(&self, order: &CollectOrder) -> Result<Estimate, EngineError> {
        let mut resolved = self.resolve(order).await?;
        if resolved.expiries.len() <= LISTED_BEFORE_MAX {
            self.list_all(&mut resolved).await?;
        }
        let known = self.store().listed_contract_counts(true).await?;
        let count = self.count(&resolved, median(&known)).await?;
        let requests = count.candle_requests + count.listing_requests + count.months;
        let wait = self.forecast(requests, resolved.plan.workers.get());
        let candles_each = self.store().candles_a_contract().await?.unwrap_or(CANDLES_GUESS);
        let candles = count.candle_requests as f64 * candles_each;
        Ok(Estimate {
            expiries: resolved.expiries.len().try_into().unwrap_or(u32::MAX),
            contracts: count.contracts,
            requests,
            candles: candles as u64,
            bytes: (candles * BYTES_A_CANDLE) as u64,
            disk_free_bytes: free_bytes(self.data_dir()),
            seconds: wait.as_secs(),
            done_at: EpochSeconds(self.now().0 + wait.as_secs().try_into().unwrap_or(0)),
            basis: if count.unlisted == 0 {
                EstimateBasis::Listed
            } else {
                EstimateBasis::Median {
                    unlisted: count.unlisted,
                    known: known.len().try_into().unwrap_or(u32::MAX),
                }
            },
        })
    }

    async fn list_all(&self, resolved: &mut Resolved) -> Result<(), EngineError> {
        for (target, expiry) in resolved.plan.targets.iter().zip(&mut resolved.expiries) {
            let kinds = resolved.plan.kinds;
            self.expired().list(&target.underlying, expiry, kinds, &Asking::for_person()).await?;
            *expiry = self.store().expiry_by_id(expiry.id).await?.1;
        }
        Ok(())
    }

    async fn count(&self, resolved: &Resolved, options_guess: Option<u64>) -> Result<Count, EngineError> {
        let kinds = resolved.plan.kinds;
        let mut count =
            Count { contracts: 0, candle_requests: 0, listing_requests: 0, months: 0, unlisted: 0 };
        let mut months: BTreeSet<(UnderlyingId, Day)> = BTreeSet::new();
        for expiry in &resolved.expiries {
            if resolved.plan.with_underlying {
                let missing = self.missing_months(expiry.underlying, expiry.date, resolved.plan.days).await?;
                months.extend(missing.into_iter().map(|month| (expiry.underlying, month)));
            }
            if self.expired().is_listed(expiry, kinds).await? {
                let (contracts, uncovered) = self.uncovered(resolved, expiry).await?;
                count.contracts += contracts;
                count.candle_requests += uncovered;
                continue;
            }
            count.unlisted += 1;
            count.listing_requests += u64::from(kinds.options()) + u64::from(kinds.futures());
            let guess = u64::from(kinds.futures())
                + if kinds.options() { options_guess.unwrap_or(OPTIONS_GUESS) } else { 0 };
            count.contracts += guess;
            count.candle_requests += guess;
        }
        count.months = months.len() as u64;
        Ok(count)
    }

    async fn uncovered(&self, resolved: &Resolved, expiry: &StoredExpiry) -> Result<(u64, u64), EngineError> {
        let range = wanted_range(expiry.date, resolved.plan.days);
        let contracts = self.store().contracts(expiry.id, resolved.plan.kinds).await?;
        let mut uncovered = 0;
        for contract in &contracts {
            let covered = self.store().covered_ranges(contract.id.into(), resolved.plan.interval).await?;
            uncovered += range.without(|day| covered.iter().any(|range| range.contains(day))).len() as u64;
        }
        Ok((contracts.len() as u64, uncovered))
    }
}

/// Of an ascending list.
fn median(counts: &[u64]) -> Option<u64> {
    counts.get(counts.len() / 2).copied()
}
