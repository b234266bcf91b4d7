//! Empty answers are asked again at the end of the job: one false empty in ten must not become a hole.
//!
//! A contract is *confirmed empty* after two empty answers when the next strike on its side is empty too or
//! has fewer than thirty rows, else only after four.

use std::collections::HashMap;

use market::{ContractKind, DayRange, Strike};
use store::{ContractStats, ExpiryId, UnitEnd, UnitState};

use crate::error::EngineError;
use crate::jobs::fetch::{Brought, Unanswered};
use crate::jobs::run::{Halt, Run};

const EMPTIES_BESIDE_QUIET: u32 = 2;
const EMPTIES_BESIDE_TRADED: u32 = 4;
/// A neighbour with fewer rows says nothing against an empty strike.
const QUIET_ROWS_MAX: u64 = 30;

impl Run {
    pub(crate) async fn confirm_phase(&self, unanswered: Vec<Unanswered>) -> Result<(), Halt> {
        let mut neighbours: HashMap<ExpiryId, Vec<ContractStats>> = HashMap::new();
        for left in unanswered {
            let expiry = left.unit.expiry;
            if let std::collections::hash_map::Entry::Vacant(entry) = neighbours.entry(expiry) {
                entry.insert(self.service.store().contract_stats(expiry, self.plan.interval).await?);
            }
            let needed = empties_needed(&left, neighbours.get(&expiry).map_or(&[], Vec::as_slice));
            self.confirm(&left, needed).await?;
            self.service.changed();
        }
        Ok(())
    }

    async fn confirm(&self, left: &Unanswered, needed: u32) -> Result<(), Halt> {
        let mut has_rows = false;
        for range in &left.ranges {
            match self.ask_until_sure(left, *range, needed).await {
                Ok(Brought::Rows) => has_rows = true,
                Ok(Brought::Nothing) => {}
                Err(Halt::Broken(error @ EngineError::Broker { .. })) => {
                    return self.unit_failed(left, error).await;
                }
                Err(halt) => return Err(halt),
            }
        }
        let traded = has_rows || self.has_candles(left).await?;
        let end = UnitEnd {
            unit: left.unit.id,
            state: if traded { UnitState::Done } else { UnitState::Empty },
            candles: 0,
            attempts: needed,
            error: None,
        };
        let events = if traded { Vec::new() } else { vec![self.empty_event(&left.stored, needed)] };
        self.service.store().end_unit(&end, &events).await?;
        Ok(())
    }

    /// The first empty answer came in the fetching phase.
    async fn ask_until_sure(&self, left: &Unanswered, range: DayRange, needed: u32) -> Result<Brought, Halt> {
        for empties in 2..=needed {
            match self.fetch_range(left, range, false).await? {
                Brought::Rows => return Ok(Brought::Rows),
                Brought::Nothing if empties == needed => self.believe_empty(left, range).await?,
                Brought::Nothing => {}
            }
        }
        Ok(Brought::Nothing)
    }

    async fn believe_empty(&self, left: &Unanswered, range: DayRange) -> Result<(), Halt> {
        self.service.store().confirm_empty(left.stored.id, self.plan.interval, range).await?;
        Ok(())
    }

    async fn has_candles(&self, left: &Unanswered) -> Result<bool, Halt> {
        let stats = self.service.store().contract_stats(left.unit.expiry, self.plan.interval).await?;
        Ok(stats.iter().any(|stats| stats.stored.id == left.stored.id && stats.candles > 0))
    }
}

fn empties_needed(left: &Unanswered, expiry: &[ContractStats]) -> u32 {
    let contract = &left.stored.contract;
    let beside = next_strikes(contract.kind, contract.strike, expiry);
    if beside.iter().any(|rows| *rows < QUIET_ROWS_MAX) {
        EMPTIES_BESIDE_QUIET
    } else {
        EMPTIES_BESIDE_TRADED
    }
}

/// Rows of the strikes next below and next above, of the same kind.
fn next_strikes(kind: ContractKind, strike: Option<Strike>, expiry: &[ContractStats]) -> Vec<u64> {
    let same_side = || expiry.iter().filter(|stats| stats.stored.contract.kind == kind);
    let below = same_side()
        .filter(|stats| stats.stored.contract.strike < strike)
        .max_by_key(|stats| stats.stored.contract.strike);
    let above = same_side()
        .filter(|stats| stats.stored.contract.strike > strike)
        .min_by_key(|stats| stats.stored.contract.strike);
    below.into_iter().chain(above).map(|stats| stats.candles).collect()
}
