//! The listing phase: the contracts of each expiry become units, and the months of the underlying beside them.
//! What coverage accounts for is done from the first.

use protocol::EventLevel;
use store::{
    Listed, NewUnit, SeriesOwner, StoredContract, StoredExpiry, UnitEnd, UnitRow, UnitState, UnitWork,
};

use crate::broker::Asking;
use crate::error::EngineError;
use crate::final_days::wanted_range;
use crate::jobs::log::event;
use crate::jobs::run::{Halt, Run};
use crate::jobs::workers::in_parallel;
use crate::names::{counted, describe_expiry};

/// Units follow their expiry: listing n sorts its units behind those of listing n - 1.
const UNITS_AN_EXPIRY_MAX: i64 = 100_000;

impl Run {
    pub(crate) async fn list_phase(&self) -> Result<(), Halt> {
        let units = self.pending(|work| work == UnitWork::Listing).await?;
        let list = |run: Self, unit: UnitRow| async move {
            let asking = Asking::for_job(run.job.0);
            run.patiently(|| Box::pin(run.list_one(&unit, &asking))).await
        };
        in_parallel(self, units, list).await.map(drop)
    }

    async fn list_one(&self, unit: &UnitRow, asking: &Asking) -> Result<(), EngineError> {
        let (key, expiry) = self.service.store().expiry_by_id(unit.expiry).await?;
        let listed = self.service.expired().list(&key, &expiry, self.plan.kinds, asking).await;
        let (_, underlying) = self.service.store().underlying_by_id(expiry.underlying).await?;
        let named = format!("{} {}", underlying.name, describe_expiry(expiry.date));
        match listed {
            Ok(contracts) => self.keep_listing(unit, &named, &expiry, contracts).await,
            Err(error @ EngineError::Broker { .. }) => {
                let text = error.chain();
                let message = format!("{named}: its contracts could not be listed: {text}");
                let end = UnitEnd {
                    unit: unit.id,
                    state: UnitState::Failed,
                    candles: 0,
                    attempts: 1,
                    error: Some(text),
                };
                let told = event(self.job, self.now(), EventLevel::Error, message);
                Ok(self.service.store().end_unit(end, vec![told]).await?)
            }
            Err(error) => Err(error),
        }
    }

    async fn keep_listing(
        &self,
        unit: &UnitRow,
        named: &str,
        expiry: &StoredExpiry,
        contracts: Vec<StoredContract>,
    ) -> Result<(), EngineError> {
        let listed = self.units_of(unit, expiry, contracts).await?;
        let total = (listed.to_fetch.len() + listed.covered.len()) as u64;
        let (state, level, message) = match (total, listed.covered.len()) {
            (0, _) => (
                UnitState::Empty,
                EventLevel::Warning,
                format!("{named}: Upstox lists no contracts of the chosen kinds; noted, and on to the next"),
            ),
            (_, 0) => (UnitState::Done, EventLevel::Info, format!("{named}: {}", counted(total, "contract"))),
            (_, known) => (
                UnitState::Done,
                EventLevel::Info,
                format!("{named}: {}, {known} of them stored already", counted(total, "contract")),
            ),
        };
        let end = UnitEnd { unit: unit.id, state, candles: 0, attempts: 1, error: None };
        let told = event(self.job, self.now(), level, message);
        Ok(self.service.store().end_listing(self.job.0, unit.expiry, listed, end, vec![told]).await?)
    }

    async fn units_of(
        &self,
        unit: &UnitRow,
        expiry: &StoredExpiry,
        contracts: Vec<StoredContract>,
    ) -> Result<Listed, EngineError> {
        let mut listed = Listed::default();
        if contracts.is_empty() {
            return Ok(listed);
        }
        let mut positions = (unit.position + 1) * UNITS_AN_EXPIRY_MAX..;
        let range = wanted_range(expiry.date, self.plan.days);
        if self.plan.with_underlying {
            let months = self.service.missing_months(expiry.underlying, expiry.date, self.plan.days).await?;
            let months = positions.by_ref().zip(months);
            listed.months = months.map(|(position, month)| (position, expiry.underlying, month)).collect();
        }
        for (position, stored) in positions.zip(anchors_first(contracts)) {
            let owner = SeriesOwner::Contract(stored.id);
            let covered = self.service.store().covered_ranges(owner, self.plan.interval).await?;
            let is_covered = range.without(|day| covered.iter().any(|range| range.contains(day))).is_empty();
            let new = NewUnit { position, contract: stored.id };
            if is_covered { listed.covered.push(new) } else { listed.to_fetch.push(new) }
        }
        Ok(listed)
    }
}

/// The future first, then by distance from the middle of the strikes: near the money first, so that a stopped
/// job has brought what matters most.
fn anchors_first(mut contracts: Vec<StoredContract>) -> Vec<StoredContract> {
    let strikes: Vec<i64> = contracts.iter().filter_map(|c| c.contract.strike.map(|s| s.0.0)).collect();
    let middle = strikes.get(strikes.len() / 2).copied().unwrap_or(0);
    contracts.sort_by_key(|stored| {
        let contract = &stored.contract;
        let distance = contract.strike.map_or(-1, |strike| (strike.0.0 - middle).abs());
        (distance, contract.strike, contract.kind)
    });
    contracts
}
