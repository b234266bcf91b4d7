//! The listing phase: the contracts of each expiry become units, and the months of the underlying beside them.
//! What coverage accounts for is done from the first. A list that is not believed fails its part of the job, and what
//! is known of it is collected all the same. Options that the plan's strikes leave out become no units, and are counted.

use std::sync::Arc;

use market::InstrumentKey;
use protocol::EventLevel;
use store::{StoredContract, StoredExpiry, UnitEnd, UnitRow, UnitState, UnitWork};

use crate::broker::Asking;
use crate::error::EngineError;
use crate::jobs::courses::CourseFailures;
use crate::jobs::limit::Limit;
use crate::jobs::listed_units::UnitsOf;
use crate::jobs::listing_words::{headline, saved_words, wanted_in_the_lake};
use crate::jobs::log::event;
use crate::jobs::run::{Halt, Run};
use crate::jobs::workers::in_parallel;
use crate::names::describe_expiry;

impl Run {
    /// Everybody is asked first: whether a list is short is seen beside its neighbours'. One that is doubtful then
    /// is asked once more.
    pub(crate) async fn list_phase(&self) -> Result<(), Halt> {
        let units = self.pending(|work| work == UnitWork::Listing).await?;
        if let Some(parts) = &self.plan.again {
            return self.list_again(units, parts).await;
        }
        let ask = |run: Self, unit: UnitRow| async move {
            let failure = run.patiently(|| Box::pin(run.ask_for(&unit))).await?;
            Ok((unit, failure))
        };
        let asked: Vec<(UnitRow, Option<String>)> = in_parallel(self, units, ask).await?;
        let unlearned = Arc::new(self.learn_courses(asked.iter().map(|(unit, _)| unit)).await?);
        let judge = move |run: Self, (unit, failure): (UnitRow, Option<String>)| {
            let unlearned = unlearned.clone();
            async move { run.patiently(|| Box::pin(run.judge(&unit, failure.clone(), &unlearned))).await }
        };
        in_parallel(self, asked, judge).await.map(drop)
    }

    /// Says why the lists could not be had.
    async fn ask_for(&self, unit: &UnitRow) -> Result<Option<String>, EngineError> {
        let (key, expiry) = self.service.store().expiry_by_id(unit.expiry).await?;
        self.ask_for_lists(&key, &expiry).await
    }

    /// What is known is collected, also where a list could not be had.
    async fn judge(
        &self,
        unit: &UnitRow,
        mut failure: Option<String>,
        unlearned: &CourseFailures,
    ) -> Result<(), EngineError> {
        let (key, expiry) = self.service.store().expiry_by_id(unit.expiry).await?;
        let kinds = self.plan.kinds;
        let is_doubtful = self.service.expired().list_states(&expiry).await?.doubts(kinds).is_some();
        if is_doubtful && failure.is_none() {
            failure = self.ask_for_lists(&key, &expiry).await?;
        }
        let contracts = self.service.store().contracts(expiry.id, kinds).await?;
        let limit = self.limit(&expiry, &contracts, unlearned).await?;
        self.keep_listing(unit, &expiry, contracts, failure, limit).await
    }

    async fn ask_for_lists(
        &self,
        key: &InstrumentKey,
        expiry: &StoredExpiry,
    ) -> Result<Option<String>, EngineError> {
        let asking = Asking::for_job(self.job.0);
        match self.service.expired().ask_for_lists(key, expiry, self.plan.kinds, &asking).await {
            Ok(()) => Ok(None),
            Err(error) if error.is_of_one_part() => Ok(Some(error.chain())),
            Err(error) => Err(error),
        }
    }

    async fn named(&self, expiry: &StoredExpiry) -> Result<String, EngineError> {
        let (_, underlying) = self.service.store().underlying_by_id(expiry.underlying).await?;
        Ok(format!("{} {}", underlying.name, describe_expiry(expiry.date)))
    }

    /// Its contracts become units, what was found is told, and the unit ends.
    async fn keep_listing(
        &self,
        unit: &UnitRow,
        expiry: &StoredExpiry,
        mut contracts: Vec<StoredContract>,
        failure: Option<String>,
        limit: Limit,
    ) -> Result<(), EngineError> {
        let named = self.named(expiry).await?;
        let states = self.service.expired().list_states(expiry).await?;
        contracts.retain(|stored| limit.takes(stored.contract.strike));
        let UnitsOf { mut listed, requests_saved, open_in_the_lake } =
            self.units_of(unit, expiry, contracts).await?;
        listed.is_limited = limit.is_limited();
        let failure = failure.map(|failure| format!("its contracts could not be listed: {failure}"));
        let failure = failure.or_else(|| wanted_in_the_lake(open_in_the_lake));
        let doubts = states.doubts(self.plan.kinds);
        let is_sure = failure.is_none() && doubts.is_none() && states.refused == 0;
        let (state, headline) = headline(&listed, is_sure);

        let tell = |(level, words): (EventLevel, String)| {
            event(self.job, self.now(), level, format!("{named}: {words}"))
        };
        let mut told = vec![tell(headline)];
        told.extend(saved_words(requests_saved).map(tell));
        told.extend(limit.words().map(tell));
        told.extend(self.told_of_lists(&named, expiry, states.refused > 0).await?);
        let end = match (failure, doubts) {
            (Some(failure), _) => {
                told.push(tell((EventLevel::Error, failure.clone())));
                end_of(unit, UnitState::Failed, Some(failure))
            }
            (None, Some(doubts)) => {
                told.push(tell((EventLevel::Error, format!("{doubts}; every later order asks again"))));
                end_of(unit, UnitState::Failed, Some(doubts))
            }
            (None, None) => end_of(unit, state, None),
        };
        Ok(self.service.store().end_listing(self.job.0, unit.expiry, listed, end, told).await?)
    }
}

pub(super) fn end_of(unit: &UnitRow, state: UnitState, error: Option<String>) -> UnitEnd {
    UnitEnd { unit: unit.id, state, candles: 0, attempts: 1, error }
}
