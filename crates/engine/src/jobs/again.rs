//! Asking again for days of contracts, whatever is known of them: what somebody doubts, and what the exchange's file shows
//! to be missing. Such a job asks for no list, for no other day, and for nothing that is proven empty.

use std::collections::{BTreeMap, BTreeSet};

use market::{ContractKinds, Day, DayRange, ExpiredKey, InstrumentKey, Interval};
use protocol::{
    AGAIN_PARTS_MAX, AgainCost, AgainOrder, AgainPart, BhavcopyDay, CollectPlan, EventLevel, HistoricalDays,
    JobId, Target,
};
use store::{ExpiryId, Listed, NewUnit, StoredContract, UnitRow, UnitState};

use crate::error::EngineError;
use crate::final_days::data_floor;
use crate::jobs::confirm::{EMPTIES_IF_CLOSED, EMPTIES_IF_UNLIKELY, was_closed};
use crate::jobs::listed_units::UNITS_AN_EXPIRY_MAX;
use crate::jobs::listing::end_of;
use crate::jobs::log::event;
use crate::jobs::run::{Halt, Run};
use crate::jobs::service::JobService;
use crate::names::{counted, describe_expiry};

impl JobService {
    /// What asking again for a day of a contract costs, or why there is nothing to ask.
    pub async fn again_cost(&self, order: &AgainOrder) -> Result<AgainCost, EngineError> {
        let stored = self.known_contract(&order.expired_key).await?;
        Ok(match self.why_not_again(&stored, order.day).await? {
            Some(reason) => AgainCost { refused: Some(reason), ..AgainCost::default() },
            None => {
                let is_closed = was_closed(DayRange::single(order.day));
                let most = if is_closed { EMPTIES_IF_CLOSED } else { EMPTIES_IF_UNLIKELY };
                AgainCost { requests: 1, requests_high: most.into(), refused: None }
            }
        })
    }

    /// Makes a job that asks again for a day of a contract, or goes on with one that does.
    pub async fn ask_again(&self, order: &AgainOrder) -> Result<JobId, EngineError> {
        let stored = self.known_contract(&order.expired_key).await?;
        if let Some(reason) = self.why_not_again(&stored, order.day).await? {
            return Err(EngineError::NothingToCollect(reason));
        }
        let part = AgainPart { expired_key: order.expired_key.clone(), from: order.day, to: order.day };
        self.create_again(vec![part], None).await
    }

    async fn why_not_again(&self, stored: &StoredContract, day: Day) -> Result<Option<String>, EngineError> {
        let contract = &stored.contract;
        if day > contract.expiry {
            return Ok(Some(format!(
                "{} expired on {}",
                contract.trading_symbol,
                describe_expiry(contract.expiry)
            )));
        }
        if self.store().is_archived(stored.expiry_id).await? {
            return Ok(Some("its candles lie in the lake, and are not asked for again".to_owned()));
        }
        if day < data_floor() {
            return Ok(Some(format!("Upstox's data begin on {}", data_floor().to_long_text())));
        }
        let proved = self.store().proved_ranges(stored.id.into()).await?;
        let is_proved = proved.iter().any(|range| range.contains(day));
        Ok(is_proved
            .then(|| format!("the exchange's file proves that nothing was traded on {}", day.to_long_text())))
    }

    async fn known_contract(&self, key: &ExpiredKey) -> Result<StoredContract, EngineError> {
        let stored = self.store().contract(key).await?;
        stored.ok_or_else(|| EngineError::UnknownContract(key.clone()))
    }

    /// Goes on with an unfinished job of the same parts where there is one. `proved_by`: the exchange's file that shows these
    /// days to be missing.
    pub(crate) async fn create_again(
        &self,
        parts: Vec<AgainPart>,
        proved_by: Option<BhavcopyDay>,
    ) -> Result<JobId, EngineError> {
        debug_assert!(parts.len() <= AGAIN_PARTS_MAX);
        let mut expiries: BTreeMap<(Day, InstrumentKey), ExpiryId> = BTreeMap::new();
        let (mut first, contracts) = (None, counted(parts.len() as u64, "contract"));
        for part in &parts {
            let stored = self.known_contract(&part.expired_key).await?;
            let contract = &stored.contract;
            expiries.insert((contract.expiry, contract.underlying_key.clone()), stored.expiry_id);
            first.get_or_insert_with(|| {
                let days = DayRange::new(part.from, part.to).unwrap_or(DayRange::single(part.from));
                format!("{} · {} again", contract.trading_symbol, days.to_long_text())
            });
        }
        // Newest first, as in every job.
        let target = |(expiry, underlying): &(Day, InstrumentKey)| Target {
            underlying: underlying.clone(),
            expiry: *expiry,
        };
        let plan = CollectPlan {
            targets: expiries.keys().rev().map(target).collect(),
            kinds: ContractKinds::Both,
            strikes: None,
            interval: Interval::Minute1,
            days: HistoricalDays::default(),
            workers: self.preferences().now().limits.workers,
            with_underlying: false,
            again: Some(parts),
            proved_by,
        };
        let unfinished = self.reader().unfinished_plans().await?;
        let same =
            unfinished.iter().find(|(job, other)| job.status.is_unfinished() && other.is_same_work(&plan));
        if let Some((job, _)) = same {
            return Ok(job.id);
        }
        let ids: Vec<ExpiryId> = expiries.values().rev().copied().collect();
        let text = serde_json::to_string(&plan).map_err(EngineError::UnreadableJob)?;
        let title = match proved_by {
            Some(file) => format!("Proven holes of {} · {contracts}", file.day.to_long_text()),
            None => first.unwrap_or_default(),
        };
        let job = JobId(self.store().create_job(&title, &text, &ids, self.now()).await?);
        self.changed();
        self.wake();
        Ok(job)
    }
}

impl Run {
    /// The contracts that are asked for again become units; what is listed here is enough.
    pub(super) async fn list_again(&self, units: Vec<UnitRow>, parts: &[AgainPart]) -> Result<(), Halt> {
        let wanted: BTreeSet<&ExpiredKey> = parts.iter().map(|part| &part.expired_key).collect();
        let store = self.service.store();
        for unit in units {
            let contracts = store.contracts(unit.expiry, ContractKinds::Both).await?;
            let mut listed = Listed::default();
            let positions = (unit.position + 1) * UNITS_AN_EXPIRY_MAX..;
            // What lies in the lake is not asked for again.
            let is_here = !store.is_archived(unit.expiry).await?;
            let is_ours = |stored: &&StoredContract| is_here && wanted.contains(&stored.contract.expired_key);
            let ours = contracts.iter().filter(is_ours);
            listed.to_fetch = positions
                .zip(ours)
                .map(|(position, stored)| NewUnit { position, contract: stored.id })
                .collect();
            let count = counted(listed.to_fetch.len() as u64, "contract");
            let told =
                event(self.job, self.now(), EventLevel::Info, format!("asks again for days of {count}"));
            let end = end_of(&unit, UnitState::Done, None);
            store.end_listing(self.job.0, unit.expiry, listed, end, vec![told]).await?;
        }
        Ok(())
    }
}

/// The days of a contract that a job asks for again.
pub(super) fn days_again(parts: &[AgainPart], key: &ExpiredKey) -> Result<Vec<DayRange>, EngineError> {
    let own = parts.iter().filter(|part| part.expired_key == *key);
    Ok(own.map(|part| DayRange::new(part.from, part.to)).collect::<Result<_, _>>()?)
}
