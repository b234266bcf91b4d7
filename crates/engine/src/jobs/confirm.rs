//! Empty answers are asked again at the end of the job: one false empty in ten must not become a hole.
//!
//! A contract is *confirmed empty* after two empty answers when a strike next to it is empty too or has fewer
//! than thirty rows, else only after four. A piece before a contract's first row is asked once more.

use std::collections::HashMap;

use market::{ContractKind, DayRange, Strike};
use store::{ContractStats, ExpiryId, UnitEnd, UnitState};

use crate::error::EngineError;
use crate::jobs::fetch::Unanswered;
use crate::jobs::run::{Halt, Run};

const EMPTIES_BESIDE_QUIET: u32 = 2;
const EMPTIES_BESIDE_TRADED: u32 = 4;
/// A neighbour with fewer rows says nothing against an empty strike.
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
        let contract = &left.stored.contract;
        let own_rows = ladder.iter().find(|stats| stats.stored.id == left.stored.id).map_or(0, |s| s.candles);
        let needed = if own_rows > 0 {
            EMPTIES_BESIDE_QUIET
        } else {
            empties_needed(contract.kind, contract.strike, ladder)
        };
        let mut traded = own_rows > 0;
        for range in &left.ranges {
            traded |= self.ask_until_sure(left, *range, needed).await?;
        }
        let end = UnitEnd {
            unit: left.unit.id,
            state: if traded { UnitState::Done } else { UnitState::Empty },
            candles: 0,
            attempts: needed,
            error: None,
        };
        let events = if traded { Vec::new() } else { vec![self.empty_event(&left.stored, needed)] };
        Ok(self.service.store().end_unit(&end, &events).await?)
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

fn empties_needed(kind: ContractKind, strike: Option<Strike>, ladder: &[ContractStats]) -> u32 {
    let is_quiet = |rows: &u64| *rows < QUIET_ROWS_MAX;
    if next_strikes(kind, strike, ladder).iter().any(is_quiet) {
        EMPTIES_BESIDE_QUIET
    } else {
        EMPTIES_BESIDE_TRADED
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
