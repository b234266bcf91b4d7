//! What pruning would remove and what that means, counted before anything is touched.

use std::collections::BTreeSet;

use export::Sha256;
use market::{Day, EpochSeconds, Underlying};
use protocol::{PruneChoice, PruneOrder, PrunePreview, PruneSum, PrunedExpiry};
use ring::digest::{Context, SHA256};
use store::{Prunable, PrunableStock, StoredExpiry, UnderlyingId};

use super::service::StorageService;
use crate::error::EngineError;
use crate::promise::promised_until;

/// What an order means here and now.
pub(super) struct Counted {
    /// Newest first, and the underlying itself last. Only what holds something.
    pub parts: Vec<Part>,
    pub preview: PrunePreview,
}

/// What is removed together, with its name.
pub(super) struct Part {
    pub of: Prunable,
    /// `None`: the underlying itself.
    pub expiry: Option<StoredExpiry>,
    pub stock: PrunableStock,
}

impl StorageService {
    /// What would be removed, and what that means. Asks the broker for nothing, and changes nothing.
    pub async fn prune_preview(&self, order: &PruneOrder) -> Result<PrunePreview, EngineError> {
        Ok(self.count(order).await?.preview)
    }

    pub(super) async fn count(&self, order: &PruneOrder) -> Result<Counted, EngineError> {
        let Some((id, underlying)) = self.store.underlying(&order.underlying).await? else {
            return Err(EngineError::NothingStored { key: order.underlying.to_string() });
        };
        if order.own_candles && order.expiries != PruneChoice::All {
            return Err(EngineError::OwnCandlesNeeded { underlying: underlying.name });
        }
        let mut parts = Vec::new();
        for expiry in self.chosen(id, &underlying, &order.expiries).await? {
            if self.store.is_archived(expiry.id).await? {
                if let PruneChoice::Dates(_) = order.expiries {
                    return Err(EngineError::PruneArchived {
                        underlying: underlying.name,
                        date: expiry.date,
                    });
                }
                continue;
            }
            let of = Prunable::Expiry(expiry.id);
            parts.push(Part { of, stock: self.store.prunable(of).await?, expiry: Some(expiry) });
        }
        if order.own_candles {
            let of = Prunable::Own(id);
            parts.push(Part { of, stock: self.store.prunable(of).await?, expiry: None });
        }
        parts.retain(|part| part.stock.contracts + part.stock.candles > 0);
        if parts.is_empty() {
            return Err(EngineError::NothingToPrune { underlying: underlying.name });
        }
        let preview = self.preview(underlying, order, &parts).await?;
        Ok(Counted { parts, preview })
    }

    /// Newest first.
    pub(super) async fn chosen(
        &self,
        id: UnderlyingId,
        underlying: &Underlying,
        choice: &PruneChoice,
    ) -> Result<Vec<StoredExpiry>, EngineError> {
        let mut all = self.store.expiries(id).await?;
        match choice {
            PruneChoice::All => {}
            PruneChoice::Before(day) => all.retain(|expiry| expiry.date < *day),
            PruneChoice::Dates(dates) => {
                let known: Vec<Day> = all.iter().map(|expiry| expiry.date).collect();
                if let Some(unknown) = dates.iter().find(|date| !known.contains(date)) {
                    return Err(EngineError::unknown_expiry(underlying, *unknown, known));
                }
                all.retain(|expiry| dates.contains(&expiry.date));
            }
        }
        Ok(all)
    }

    async fn preview(
        &self,
        underlying: Underlying,
        order: &PruneOrder,
        parts: &[Part],
    ) -> Result<PrunePreview, EngineError> {
        let today = self.today();
        let stocks = || parts.iter().map(|part| &part.stock);
        let days: BTreeSet<Day> = stocks().flat_map(|stock| stock.days.iter().copied()).collect();
        let candles = stocks().map(|stock| stock.candles).sum();
        let expiries: Vec<PrunedExpiry> =
            parts.iter().filter_map(|part| pruned_expiry(part, today)).collect();
        let sum = |is_promised: bool| {
            let of = expiries.iter().filter(|expiry| expiry.is_promised == is_promised);
            of.fold(PruneSum::default(), |sum, expiry| PruneSum {
                expiries: sum.expiries + 1,
                candles: sum.candles + expiry.candles,
            })
        };
        let answered_at = stocks().filter_map(|stock| stock.answered_at).max();
        let backup_at = self.backups.list().await?.backups.first().map(|newest| newest.made_at);
        let dates: Vec<Day> = expiries.iter().map(|expiry| expiry.expiry).collect();
        let promised = expiries.iter().filter(|expiry| expiry.is_promised);
        Ok(PrunePreview {
            contracts: stocks().map(|stock| stock.contracts).sum(),
            candles,
            own_candles: parts.iter().find(|part| part.expiry.is_none()).map(|own| own.stock.candles),
            days: days.len() as u64,
            first_day: days.first().copied(),
            last_day: days.last().copied(),
            bytes: self.rate().await?.bytes(candles),
            served: sum(true),
            served_until: promised.map(|expiry| expiry.promised_until).min(),
            lost: sum(false),
            backup_at,
            backup_has_all: has_all(backup_at, answered_at),
            again: self.schedules.would_collect(&order.underlying, &dates).await?,
            token: token(parts),
            underlying,
            expiries,
        })
    }
}

/// A backup is named by the second in which it was begun.
fn has_all(backup_at: Option<EpochSeconds>, answered_at: Option<EpochSeconds>) -> bool {
    match (backup_at, answered_at) {
        (Some(backup), Some(answered)) => backup > answered,
        _ => false,
    }
}

fn pruned_expiry(part: &Part, today: Day) -> Option<PrunedExpiry> {
    let expiry = part.expiry.as_ref()?.date;
    let promised_until = promised_until(expiry);
    Some(PrunedExpiry {
        expiry,
        contracts: part.stock.contracts,
        candles: part.stock.candles,
        promised_until,
        is_promised: promised_until >= today,
    })
}

fn token(parts: &[Part]) -> String {
    let mut all = Context::new(&SHA256);
    parts.iter().for_each(|part| all.update(&part.stock.fingerprint));
    Sha256::of(all).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_has_all_where_it_was_made_after_the_last_answer() {
        let at = |second: i64| Some(EpochSeconds(second));
        for (backup, answered, has) in
            [(at(5), at(4), true), (at(4), at(4), false), (None, at(4), false), (at(5), None, false)]
        {
            assert_eq!(has_all(backup, answered), has);
        }
    }
}
