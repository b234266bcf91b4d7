//! Empty answers are asked again at the end of the job: one false empty in ten must not become a hole.
//!
//! An empty answer that is likely is believed after two, one that is not only after four. Likely is it for a
//! contract without a row when a strike next to it is quiet (fewer than thirty rows); for a piece of a contract
//! that traded when the piece lies before its birth, or the contract itself is quiet.

use std::collections::HashMap;

use market::{Contract, ContractKind, DayRange, Strike};
use store::{ContractStats, ExpiryId, UnitEnd, UnitState};

use crate::error::EngineError;
use crate::jobs::evidence::contradicts_birth;
use crate::jobs::fetch::Unanswered;
use crate::jobs::run::{Halt, Run};

const EMPTIES_IF_LIKELY: u32 = 2;
const EMPTIES_IF_UNLIKELY: u32 = 4;
/// A contract with fewer rows says nothing against an empty answer of its own or of a strike beside it.
const QUIET_ROWS_MAX: u64 = 30;

impl Run {
    pub(crate) async fn confirm_phase(&self, unanswered: Vec<Unanswered>) -> Result<(), Halt> {
        let mut ladders: HashMap<ExpiryId, Vec<ContractStats>> = HashMap::new();
        for left in unanswered {
            let expiry = left.unit.expiry;
            if let std::collections::hash_map::Entry::Vacant(entry) = ladders.entry(expiry) {
                entry.insert(self.service.store().contract_stats(expiry, self.plan.interval).await?);
            }
            let ladder = ladders.get(&expiry).map_or(&[][..], Vec::as_slice);
            match self.confirm(&left, ladder).await {
                Ok(()) => {}
                Err(Halt::Broken(error @ EngineError::Broker { .. })) => {
                    self.unit_failed(&left, error).await?
                }
                Err(halt) => return Err(halt),
            }
            self.service.changed();
        }
        Ok(())
    }

    async fn confirm(&self, left: &Unanswered, ladder: &[ContractStats]) -> Result<(), Halt> {
        let own = ladder.iter().find(|stats| stats.stored.id == left.stored.id && stats.candles > 0);
        let (mut traded, mut most_needed) = (own.is_some(), EMPTIES_IF_LIKELY);
        for range in &left.ranges {
            let needed = match own {
                Some(own) => self.empties_needed_within(own, *range).await?,
                None => empties_needed_beside(&left.stored.contract, ladder),
            };
            traded |= self.ask_until_sure(left, *range, needed).await?;
            most_needed = most_needed.max(needed);
        }
        let end = UnitEnd {
            unit: left.unit.id,
            state: if traded { UnitState::Done } else { UnitState::Empty },
            candles: 0,
            attempts: most_needed,
            error: None,
        };
        let events = if traded { Vec::new() } else { vec![self.empty_event(&left.stored, most_needed)] };
        Ok(self.service.store().end_unit(&end, &events).await?)
    }

    /// For a piece of a contract that traded. Weeks without a row between rows, or after them, are odd; days
    /// before the first row are odd only when that row shows that others came before it.
    async fn empties_needed_within(&self, own: &ContractStats, range: DayRange) -> Result<u32, Halt> {
        let (Some(series), Some(first)) = (own.series, own.first) else { return Ok(EMPTIES_IF_UNLIKELY) };
        if own.candles < QUIET_ROWS_MAX {
            return Ok(EMPTIES_IF_LIKELY);
        }
        let first_day = first.day();
        if first_day < range.from() {
            return Ok(EMPTIES_IF_UNLIKELY);
        }
        let day_end = first_day.next().at_minute(0);
        let rows = self.service.store().candles(series, first, day_end).await?;
        Ok(if contradicts_birth(&rows) { EMPTIES_IF_UNLIKELY } else { EMPTIES_IF_LIKELY })
    }

    /// The first empty answer came in the fetching phase. Says whether rows came after all.
    async fn ask_until_sure(&self, left: &Unanswered, range: DayRange, needed: u32) -> Result<bool, Halt> {
        let mut to_ask = vec![range];
        let mut has_rows = false;
        for _ in 2..=needed {
            let mut empty = Vec::new();
            for range in to_ask {
                let brought = self.bring(&left.stored, range).await?;
                has_rows |= brought.has_rows;
                empty.extend(brought.unanswered);
            }
            to_ask = empty;
        }
        for range in to_ask {
            self.service.store().confirm_empty(left.stored.id, self.plan.interval, range).await?;
        }
        Ok(has_rows)
    }
}

/// For a contract without a row.
fn empties_needed_beside(contract: &Contract, ladder: &[ContractStats]) -> u32 {
    let is_quiet = |rows: &u64| *rows < QUIET_ROWS_MAX;
    if next_strikes(contract.kind, contract.strike, ladder).iter().any(is_quiet) {
        EMPTIES_IF_LIKELY
    } else {
        EMPTIES_IF_UNLIKELY
    }
}

/// Rows of the strikes next below and next above, of the same kind.
fn next_strikes(kind: ContractKind, strike: Option<Strike>, ladder: &[ContractStats]) -> Vec<u64> {
    let same_side = || ladder.iter().filter(|stats| stats.stored.contract.kind == kind);
    let strike_of = |stats: &&ContractStats| stats.stored.contract.strike;
    let below = same_side().filter(|stats| strike_of(stats) < strike).max_by_key(strike_of);
    let above = same_side().filter(|stats| strike_of(stats) > strike).min_by_key(strike_of);
    below.into_iter().chain(above).map(|stats| stats.candles).collect()
}
