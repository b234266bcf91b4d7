//! What is new for a rule: expiries that are final, not complete, and not being collected already.

use std::collections::BTreeMap;

use market::{Day, InstrumentKey};
use protocol::{JobId, ScheduleRule, StrikesEachSide};
use store::{ScheduleRow, StoredExpiry};

use super::service::ScheduleService;
use crate::error::{EngineError, ErrorKind};
use crate::final_days::is_final;
use crate::jobs::near_money;
use crate::names::describe_expiry;

/// An expiry that is incomplete is tried again by every run so long, counted back from the newest one that
/// has expired: once a month whatever the cycle, with a few days' room.
const LOOK_BACK_DAYS: i64 = 35;

/// Expiries with doubtful lists that a run names.
const DOUBTS_NAMED_MAX: usize = 3;

/// What a look found.
#[derive(Debug, Default)]
pub(super) struct Fresh {
    /// To be collected, newest first.
    pub dates: BTreeMap<InstrumentKey, Vec<Day>>,
    /// A job that collects some of the rule's expiries already.
    pub under_way: Option<JobId>,
    /// What is wrong with single underlyings, which does not keep the others.
    pub problems: Vec<String>,
    /// Of which expiries the lists are not believed yet, and why.
    pub doubts: Vec<String>,
    /// Expiries of which more is wanted and that lie in the lake, where only a person brings them back from.
    pub in_the_lake: Vec<String>,
}

impl Fresh {
    /// What is wrong, for people.
    pub fn problems(&self) -> Option<String> {
        (!self.problems.is_empty()).then(|| self.problems.join("; "))
    }

    /// That, and what is asked again because it is not believed.
    pub fn told(&self) -> Option<String> {
        let mut parts = self.problems.clone();
        parts.extend(self.doubts.iter().take(DOUBTS_NAMED_MAX).cloned());
        if self.doubts.len() > DOUBTS_NAMED_MAX {
            parts.push(format!("and {} more expiries", self.doubts.len() - DOUBTS_NAMED_MAX));
        }
        if !self.in_the_lake.is_empty() {
            let named = self.in_the_lake.join(", ");
            parts.push(format!(
                "left as they are, because they lie in the lake and would want more days: {named}"
            ));
        }
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

impl ScheduleService {
    /// Asks the broker for the expiries of now, past any cache, and finds the new ones.
    pub(super) async fn find_fresh(
        &self,
        row: &ScheduleRow,
        rule: &ScheduleRule,
    ) -> Result<Fresh, EngineError> {
        let under_way = self.under_way(rule).await?;
        let mut fresh = Fresh::default();
        for key in &rule.underlyings {
            let all = match self.expired().expiries_of_now(key).await {
                Ok(all) => all,
                Err(error) if matches!(error.kind(), ErrorKind::Refused | ErrorKind::NotFound) => {
                    fresh.problems.push(error.chain());
                    continue;
                }
                Err(error) => return Err(error),
            };
            let days: Vec<Day> = all.iter().map(|expiry| expiry.date).collect();
            for expiry in self.to_look_at(row, all) {
                if !rule.expiries.includes(self.expired().weekly(key, &expiry, &days).await?)
                    || self.is_complete(&expiry, rule).await?
                {
                    continue;
                }
                if self.store().is_archived(expiry.id).await? {
                    let (_, underlying) = self.store().underlying_by_id(expiry.underlying).await?;
                    fresh.in_the_lake.push(format!("{} {}", underlying.name, describe_expiry(expiry.date)));
                    continue;
                }
                if let Some(doubts) = self.expired().list_states(&expiry).await?.doubts(rule.kinds) {
                    let (_, underlying) = self.store().underlying_by_id(expiry.underlying).await?;
                    let date = describe_expiry(expiry.date);
                    fresh.doubts.push(format!("{} {date}: {doubts}; asked again", underlying.name));
                }
                match under_way.get(&(key.clone(), expiry.date)) {
                    Some(job) => fresh.under_way = Some(*job),
                    None => fresh.dates.entry(key.clone()).or_default().push(expiry.date),
                }
            }
        }
        Ok(fresh)
    }

    /// The expiries of which the day is final and that a run of now is to look at, newest first.
    pub(super) fn to_look_at(&self, row: &ScheduleRow, mut all: Vec<StoredExpiry>) -> Vec<StoredExpiry> {
        let now = self.now();
        all.retain(|expiry| is_final(expiry.date, now));
        let Some(newest) = all.first().map(|expiry| expiry.date) else { return all };
        let since = row.succeeded_at.unwrap_or(row.created_at).day().min(newest.plus_days(-LOOK_BACK_DAYS));
        all.retain(|expiry| expiry.date >= since);
        all
    }

    /// Whether every contract of the rule is listed for good, and all of its days are answered. Of strikes near the
    /// money those alone; where it is not known which they are, all.
    pub(super) async fn is_complete(
        &self,
        expiry: &StoredExpiry,
        rule: &ScheduleRule,
    ) -> Result<bool, EngineError> {
        if !self.expired().is_listed(expiry, rule.kinds).await? {
            return Ok(false);
        }
        let contracts = self.store().answered_of_expiry(expiry.id, rule.interval).await?;
        let near = match rule.strikes.filter(|_| rule.kinds.options()) {
            Some(each_side) => {
                let strikes = contracts.iter().filter_map(|contract| contract.strike).collect();
                near_money(self.store(), expiry, rule.days, each_side, &strikes).await?.ok()
            }
            None => None,
        };
        let is_near = |strike| near.is_none_or(|(near, _)| near.takes(strike));
        let mut wanted = contracts
            .iter()
            .filter(|contract| rule.kinds.includes(contract.kind) && is_near(contract.strike));
        Ok(wanted.all(|contract| contract.reach().covers(rule.days.get())))
    }

    /// Expiries that an unfinished job brings, as much of them as the rule wants; a paused job counts too.
    async fn under_way(
        &self,
        rule: &ScheduleRule,
    ) -> Result<BTreeMap<(InstrumentKey, Day), JobId>, EngineError> {
        let mut under_way = BTreeMap::new();
        for (job, plan) in self.jobs().reader().unfinished_plans().await? {
            let brings_enough = plan.interval == rule.interval
                && plan.days.get() >= rule.days.get()
                && (plan.kinds.options() || !rule.kinds.options())
                && (plan.kinds.futures() || !rule.kinds.futures())
                && (!rule.kinds.options() || takes_as_many(plan.strikes, rule.strikes))
                && (plan.with_underlying || !rule.with_underlying);
            if brings_enough {
                let targets = plan.targets.into_iter().map(|target| (target.underlying, target.expiry));
                under_way.extend(targets.map(|target| (target, job.id)));
            }
        }
        Ok(under_way)
    }
}

/// Whether a plan leaves out no strike that a rule takes; nothing stands for all strikes.
fn takes_as_many(plan: Option<StrikesEachSide>, rule: Option<StrikesEachSide>) -> bool {
    plan.is_none_or(|plan| rule.is_some_and(|rule| plan.get() >= rule.get()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_of_fewer_strikes_does_not_bring_enough() {
        let strikes = |count: u32| (count > 0).then(|| count.try_into().unwrap());
        for (plan, rule, is_enough) in
            [(0, 0, true), (0, 5, true), (5, 5, true), (6, 5, true), (4, 5, false), (50, 0, false)]
        {
            assert_eq!(takes_as_many(strikes(plan), strikes(rule)), is_enough, "{plan} for {rule}");
        }
    }
}
