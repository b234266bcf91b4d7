//! What the contracts of a listed expiry become: units to be fetched, and units that are done from the first because their
//! days are accounted for. Of what lies in the lake nothing is fetched before somebody brings it back.

use market::DayRange;
use store::{ContractId, Listed, NewUnit, SeriesOwner, StoredContract, StoredExpiry, UnitRow, open_parts};

use crate::error::EngineError;
use crate::final_days::wanted_range;
use crate::jobs::courses::CourseFailures;
use crate::jobs::run::Run;

/// Units follow their expiry: listing n sorts its units behind those of listing n - 1.
pub(super) const UNITS_AN_EXPIRY_MAX: i64 = 100_000;

/// What becomes of the contracts of an expiry.
#[derive(Default)]
pub(super) struct UnitsOf {
    pub listed: Listed,
    /// By the exchange's files: a part of a contract's days that is not asked for.
    pub requests_saved: u64,
    /// Contracts of an expiry that lies in the lake of which more is wanted than was collected.
    pub open_in_the_lake: u64,
}

/// What is still to be asked of a contract's days.
struct OpenDays {
    contract: ContractId,
    parts: Vec<DayRange>,
    /// Parts that the exchange's files spare.
    spared: u64,
    /// No answer accounts for any of its days.
    is_unanswered: bool,
}

impl Run {
    pub(super) async fn units_of(
        &self,
        unit: &UnitRow,
        expiry: &StoredExpiry,
        contracts: Vec<StoredContract>,
    ) -> Result<UnitsOf, EngineError> {
        let mut units = UnitsOf::default();
        if contracts.is_empty() {
            return Ok(units);
        }
        let (store, listed) = (self.service.store(), &mut units.listed);
        let mut positions = (unit.position + 1) * UNITS_AN_EXPIRY_MAX..;
        if self.plan.with_underlying {
            let months = self.service.missing_months(expiry.underlying, expiry.date, self.plan.days).await?;
            let months = positions.by_ref().zip(months);
            listed.months = months.map(|(position, month)| (position, expiry.underlying, month)).collect();
        }
        let is_archived = store.is_archived(expiry.id).await?;
        let mut proved_alone = Vec::new();
        for (position, open) in positions.zip(self.open_days(expiry, &anchors_first(contracts)).await?) {
            let new = NewUnit { position, contract: open.contract };
            units.requests_saved += open.spared;
            match (open.parts.is_empty(), is_archived) {
                (true, _) => listed.covered.push(new),
                (false, false) => listed.to_fetch.push(new),
                // Nothing is fetched beside candles that lie in the lake, and nothing is done either: a later run of this
                // job makes it a unit, once the expiry is back.
                (false, true) => units.open_in_the_lake += 1,
            }
            if open.parts.is_empty() && open.is_unanswered {
                proved_alone.push(open.contract);
            }
        }
        if !proved_alone.is_empty() {
            store.note_series(proved_alone, self.plan.interval).await?;
        }
        Ok(units)
    }

    async fn open_days(
        &self,
        expiry: &StoredExpiry,
        contracts: &[StoredContract],
    ) -> Result<Vec<OpenDays>, EngineError> {
        let (store, range) = (self.service.store(), wanted_range(expiry.date, self.plan.days));
        let proved = store.proved_ranges_of_expiry(expiry.id).await?;
        let mut open = Vec::with_capacity(contracts.len());
        for stored in contracts {
            let owner = SeriesOwner::Contract(stored.id);
            let covered = store.covered_ranges(owner, self.plan.interval).await?;
            let proved = proved.get(&stored.id).map(Vec::as_slice).unwrap_or_default();
            let parts = open_parts(range, &covered, proved);
            let spared = match proved {
                [] => 0,
                _ => open_parts(range, &covered, &[]).len().saturating_sub(parts.len()) as u64,
            };
            let is_unanswered = covered.is_empty();
            open.push(OpenDays { contract: stored.id, parts, spared, is_unanswered });
        }
        Ok(open)
    }

    /// Expiries of the job whose listing failed because they lie in the lake and more of them is wanted: no further try
    /// brings that, only somebody who brings them back. Those that are back by now are none of them.
    pub(super) async fn wanting_in_the_lake(&self) -> Result<u64, EngineError> {
        let store = self.service.store();
        let mut wanting = 0;
        for expiry in store.failed_listings(self.job.0).await? {
            if !store.is_archived(expiry).await? {
                continue;
            }
            let (_, expiry) = store.expiry_by_id(expiry).await?;
            let mut contracts = store.contracts(expiry.id, self.plan.kinds).await?;
            let limit = self.limit(&expiry, &contracts, &CourseFailures::new()).await?;
            contracts.retain(|stored| limit.takes(stored.contract.strike));
            let open = self.open_days(&expiry, &contracts).await?;
            wanting += u64::from(open.iter().any(|open| !open.parts.is_empty()));
        }
        Ok(wanting)
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
