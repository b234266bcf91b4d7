//! The listing phase: the contracts of each expiry become units, and the months of the underlying beside them.
//! What coverage accounts for is done from the first. A list that is not believed fails its part of the job, and what
//! is known of it is collected all the same. Options that the plan's strikes leave out become no units, and are counted.

use std::sync::Arc;

use market::InstrumentKey;
use protocol::EventLevel;
use store::{
    ListPart, Listed, NewUnit, SeriesOwner, StoredContract, StoredExpiry, UnitEnd, UnitRow, UnitState,
    UnitWork, open_parts,
};

use crate::broker::Asking;
use crate::error::EngineError;
use crate::final_days::wanted_range;
use crate::jobs::courses::CourseFailures;
use crate::jobs::limit::Limit;
use crate::jobs::log::event;
use crate::jobs::run::{Halt, Run};
use crate::jobs::workers::in_parallel;
use crate::names::{counted, describe_expiry};

/// Units follow their expiry: listing n sorts its units behind those of listing n - 1.
pub(super) const UNITS_AN_EXPIRY_MAX: i64 = 100_000;

/// Refused rows of an expiry's lists that the log of a job names; all are counted and kept.
const REFUSED_NAMED_MAX: u32 = 5;

/// What becomes of the contracts of an expiry.
#[derive(Default)]
struct UnitsOf {
    listed: Listed,
    /// By the exchange's files: a part of a contract's days that is not asked for.
    requests_saved: u64,
    /// Contracts of an expiry that lies in the lake of which more is wanted than was collected.
    open_in_the_lake: u64,
}

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
        let failure = failure.map(|failure| format!("its contracts could not be listed: {failure}"));
        let failure = failure.or_else(|| wanted_in_the_lake(open_in_the_lake));
        listed.is_limited = limit.is_limited();
        let total = (listed.to_fetch.len() + listed.covered.len()) as u64;
        let known = listed.covered.len();
        let doubts = states.doubts(self.plan.kinds);
        let (state, level, message) = match (total, known) {
            (0, _) if failure.is_some() || doubts.is_some() || states.refused > 0 => {
                (UnitState::Empty, EventLevel::Warning, format!("{named}: no contract is known yet"))
            }
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
        let mut told = vec![event(self.job, self.now(), level, message)];
        told.extend(
            saved_words(requests_saved)
                .map(|words| event(self.job, self.now(), EventLevel::Success, format!("{named}: {words}"))),
        );
        told.extend(
            limit
                .words()
                .map(|(level, words)| event(self.job, self.now(), level, format!("{named}: {words}"))),
        );
        let parts: Vec<_> = ListPart::ALL.into_iter().filter(|part| part.is_of(self.plan.kinds)).collect();
        for notice in self.service.store().list_notices(expiry.id, parts.clone()).await? {
            told.push(event(self.job, self.now(), EventLevel::Warning, format!("{named}: {notice}")));
        }
        if states.refused > 0 {
            for sentence in self.refused_rows(&named, expiry, parts).await? {
                told.push(event(self.job, self.now(), EventLevel::Error, sentence));
            }
        }
        let end = match (failure, doubts) {
            (Some(failure), _) => {
                told.push(event(self.job, self.now(), EventLevel::Error, format!("{named}: {failure}")));
                end_of(unit, UnitState::Failed, Some(failure))
            }
            (None, Some(doubts)) => {
                let message = format!("{named}: {doubts}; every later order asks again");
                told.push(event(self.job, self.now(), EventLevel::Error, message));
                end_of(unit, UnitState::Failed, Some(doubts))
            }
            (None, None) => end_of(unit, state, None),
        };
        Ok(self.service.store().end_listing(self.job.0, unit.expiry, listed, end, told).await?)
    }

    /// The refused rows of an expiry's lists, each once in the log of a job, however often its lists are asked.
    async fn refused_rows(
        &self,
        named: &str,
        expiry: &StoredExpiry,
        parts: Vec<ListPart>,
    ) -> Result<Vec<String>, EngineError> {
        let store = self.service.store();
        let mut rows = store.refused_rows(expiry.id, parts, REFUSED_NAMED_MAX + 1).await?;
        let has_more = rows.len() > REFUSED_NAMED_MAX as usize;
        rows.truncate(REFUSED_NAMED_MAX as usize);
        let mut sentences: Vec<String> = rows
            .into_iter()
            .map(|row| {
                format!(
                    "{named}: a listed row is no contract, and is kept in quarantine: {}: {}",
                    row.reason, row.raw
                )
            })
            .collect();
        if has_more {
            sentences
                .push(format!("{named}: and more listed rows that are no contracts; all are in quarantine"));
        }
        Ok(store.untold(self.job.0, sentences).await?)
    }

    async fn units_of(
        &self,
        unit: &UnitRow,
        expiry: &StoredExpiry,
        contracts: Vec<StoredContract>,
    ) -> Result<UnitsOf, EngineError> {
        let mut units = UnitsOf::default();
        let listed = &mut units.listed;
        if contracts.is_empty() {
            return Ok(units);
        }
        let mut positions = (unit.position + 1) * UNITS_AN_EXPIRY_MAX..;
        let range = wanted_range(expiry.date, self.plan.days);
        if self.plan.with_underlying {
            let months = self.service.missing_months(expiry.underlying, expiry.date, self.plan.days).await?;
            let months = positions.by_ref().zip(months);
            listed.months = months.map(|(position, month)| (position, expiry.underlying, month)).collect();
        }
        let proved = self.service.store().proved_ranges_of_expiry(expiry.id).await?;
        let mut proved_alone = Vec::new();
        let is_archived = self.service.store().is_archived(expiry.id).await?;
        for (position, stored) in positions.zip(anchors_first(contracts)) {
            let owner = SeriesOwner::Contract(stored.id);
            let covered = self.service.store().covered_ranges(owner, self.plan.interval).await?;
            let proved = proved.get(&stored.id).map(Vec::as_slice).unwrap_or_default();
            let parts = open_parts(range, &covered, proved);
            if !proved.is_empty() {
                units.requests_saved +=
                    open_parts(range, &covered, &[]).len().saturating_sub(parts.len()) as u64;
            }
            if is_archived && !parts.is_empty() {
                // Nothing is fetched beside candles that lie in the lake, and nothing is done either: a later run of this
                // job makes it a unit, once the expiry is back.
                units.open_in_the_lake += 1;
                continue;
            }
            if parts.is_empty() && covered.is_empty() {
                proved_alone.push(stored.id);
            }
            let new = NewUnit { position, contract: stored.id };
            if parts.is_empty() { listed.covered.push(new) } else { listed.to_fetch.push(new) }
        }
        if !proved_alone.is_empty() {
            self.service.store().note_series(proved_alone, self.plan.interval).await?;
        }
        Ok(units)
    }
}

/// Why an expiry that lies in the lake is not all that was ordered.
fn wanted_in_the_lake(open: u64) -> Option<String> {
    (open > 0).then(|| {
        format!(
            "its candles lie in the lake, and days of {} were never asked for: bring them back, and try again",
            counted(open, "contract")
        )
    })
}

/// What the exchange's files save, where they save something.
fn saved_words(requests: u64) -> Option<String> {
    let words = || {
        format!("the exchange's files prove that nothing was traded: {} saved", counted(requests, "request"))
    };
    (requests > 0).then(words)
}

pub(super) fn end_of(unit: &UnitRow, state: UnitState, error: Option<String>) -> UnitEnd {
    UnitEnd { unit: unit.id, state, candles: 0, attempts: 1, error }
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
