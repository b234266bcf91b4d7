//! The fetching phase: workers take units in order and keep each answer before they ask for the next.

use std::sync::{Arc, PoisonError};

use market::{Day, DayRange};
use protocol::EventLevel;
use store::{ContractId, StoredContract, UnderlyingId, UnitEnd, UnitRow, UnitState, UnitWork, open_parts};
use tracing::warn;
use upstox::ApiError;

use crate::error::EngineError;
use crate::final_days::wanted_range;
use crate::jobs::again::days_again;
use crate::jobs::log::{event_of, failed};
use crate::jobs::run::{Halt, Run};
use crate::jobs::subject::{History, Subject};
use crate::jobs::workers::in_parallel;

/// Ranges that were answered without a row, to be asked again at the end of the job.
#[derive(Clone, Debug)]
pub(crate) struct Unanswered {
    pub unit: UnitRow,
    pub subject: Subject,
    pub ranges: Vec<DayRange>,
}

/// What the phase brought.
#[derive(Default)]
pub(crate) struct Fetched {
    pub unanswered: Vec<Unanswered>,
    /// Contracts that were asked for.
    pub contracts: Vec<Arc<StoredContract>>,
}

/// What one unit brought; neither where it failed.
#[derive(Default)]
struct Brought {
    unanswered: Option<Unanswered>,
    contract: Option<Arc<StoredContract>>,
}

impl Run {
    pub(crate) async fn fetch_phase(&self) -> Result<Fetched, Halt> {
        let mut units = self.pending(|work| !matches!(work, UnitWork::Listing)).await?;
        let mut brought = Vec::new();
        // Before anything is proven one anchor goes alone: its proof spares every worker a probe.
        let is_proven = self.evidence.lock().has_proof();
        let first_contract = units.iter().position(|unit| matches!(unit.work, UnitWork::Contract(_)));
        if let Some(anchor) = first_contract.filter(|_| !is_proven) {
            let anchor = units.remove(anchor);
            brought.push(self.fetch_unit(anchor).await?);
            self.service.changed();
        }
        let work = |run: Self, unit| async move { run.fetch_unit(unit).await };
        brought.extend(in_parallel(self, units, work).await?);
        let mut fetched = Fetched::default();
        for Brought { unanswered, contract } in brought {
            fetched.unanswered.extend(unanswered);
            fetched.contracts.extend(contract);
        }
        fetched.unanswered.sort_by_key(|left| left.unit.position);
        Ok(fetched)
    }

    async fn fetch_unit(&self, unit: UnitRow) -> Result<Brought, Halt> {
        match unit.work {
            UnitWork::Listing => Ok(Brought::default()),
            UnitWork::Contract(contract) => self.fetch_contract(unit, contract).await,
            UnitWork::Month(underlying, first_day) => self.fetch_month(unit, underlying, first_day).await,
        }
    }

    async fn fetch_contract(&self, unit: UnitRow, contract: ContractId) -> Result<Brought, Halt> {
        let _taken = self.service.under_way().take(contract, unit.expiry);
        let stored = Arc::new(self.service.store().contract_by_id(contract).await?);
        let wanted = wanted_range(stored.contract.expiry, self.plan.days);
        let subject = Subject::Contract(stored.clone(), self.plan.interval);
        let gaps = match &self.plan.again {
            // What lies in the lake is accounted for, whatever is known of its days.
            _ if self.service.store().is_archived(stored.expiry_id).await? => Vec::new(),
            Some(parts) => days_again(parts, &stored.contract.expired_key)?,
            None => self.gaps(&subject, wanted).await?,
        };
        self.fetch(unit, subject, gaps, Some(stored)).await
    }

    /// A month of the underlying itself, up to its newest expiry: no contract needs more.
    async fn fetch_month(
        &self,
        unit: UnitRow,
        underlying: UnderlyingId,
        first_day: Day,
    ) -> Result<Brought, Halt> {
        let (id, underlying) = self.service.store().underlying_by_id(underlying).await?;
        let subject = Subject::Underlying(id, Arc::new(underlying), History::Minutes);
        let newest = self.service.store().expiries(id).await?.first().map(|expiry| expiry.date);
        let last_day =
            newest.map_or(first_day.last_of_month(), |newest| newest.min(first_day.last_of_month()));
        let mut gaps = Vec::new();
        if let Ok(month) = DayRange::new(first_day, last_day)
            && !self.is_without_history(&subject)
        {
            // From the first missing day to the end in one request: days in between cost nothing.
            let missing = self.gaps(&subject, month).await?;
            gaps.extend(missing.first().and_then(|gap| DayRange::new(gap.from(), last_day).ok()));
        }
        self.fetch(unit, subject, gaps, None).await
    }

    /// The parts of a range that no final, confirmed answer and no proof of the exchange's accounts for.
    pub(crate) async fn gaps(&self, subject: &Subject, range: DayRange) -> Result<Vec<DayRange>, Halt> {
        let known = self.service.store().covered_ranges(subject.owner(), subject.interval()).await?;
        let proved = self.service.store().proved_ranges(subject.owner()).await?;
        Ok(open_parts(range, &known, &proved))
    }

    /// Brings the gaps of a unit. What came back empty is left for the end of the job.
    async fn fetch(
        &self,
        unit: UnitRow,
        subject: Subject,
        gaps: Vec<DayRange>,
        contract: Option<Arc<StoredContract>>,
    ) -> Result<Brought, Halt> {
        let mut left = Unanswered { unit, subject, ranges: Vec::new() };
        let (mut has_asked, mut has_rows) = (false, false);
        for gap in gaps {
            let (owner, interval) = (left.subject.owner(), left.subject.interval());
            let known = self.service.store().empties(owner, interval, gap).await?;
            if known.count > 0 && known.is_final {
                // The first empty answer came before the program was stopped.
                left.ranges.push(gap);
                continue;
            }
            match self.bring(&left.subject, gap).await {
                Ok(mut brought) => {
                    has_asked = true;
                    has_rows |= brought.has_rows;
                    left.ranges.append(&mut brought.unanswered);
                }
                Err(Halt::Broken(EngineError::Broker { error, .. }))
                    if left.subject.is_underlying() && error.is_nothing_there() =>
                {
                    self.tell_no_history(&left.subject, &error).await?;
                }
                Err(Halt::Broken(error)) if error.is_of_one_part() => {
                    self.unit_failed(&left, error).await?;
                    return Ok(Brought::default());
                }
                Err(halt) => return Err(halt),
            }
        }
        if left.ranges.is_empty() {
            // The broker said by itself that nothing was traded, and nothing was known before.
            if has_asked && !has_rows && !self.has_candles(&left.subject).await? {
                self.end_untraded(&left).await?;
            } else {
                self.end_quietly(&left).await?;
            }
            return Ok(Brought { unanswered: None, contract });
        }
        Ok(Brought { unanswered: Some(left), contract })
    }

    async fn has_candles(&self, subject: &Subject) -> Result<bool, Halt> {
        let facts = self.service.store().facts(subject.owner(), subject.interval()).await?;
        Ok(!facts.days.is_empty())
    }

    async fn end_untraded(&self, left: &Unanswered) -> Result<(), Halt> {
        let end =
            UnitEnd { unit: left.unit.id, state: UnitState::Empty, candles: 0, attempts: 1, error: None };
        let told = self.empty_event(&left.subject, 1);
        Ok(self.service.store().end_unit(end, vec![told]).await?)
    }

    /// Ends a unit of which nothing is left to ask and nothing is to be told.
    pub(crate) async fn end_quietly(&self, left: &Unanswered) -> Result<(), Halt> {
        let is_missing = self.is_without_history(&left.subject);
        let state = if is_missing { UnitState::Empty } else { UnitState::Done };
        let end = UnitEnd { unit: left.unit.id, state, candles: 0, attempts: 1, error: None };
        Ok(self.service.store().end_unit(end, Vec::new()).await?)
    }

    fn is_without_history(&self, subject: &Subject) -> bool {
        let Subject::Underlying(id, ..) = subject else { return false };
        self.without_history.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }

    /// An underlying without candles of its own, dead today or unknown to that part of the broker, takes
    /// nothing from its contracts.
    pub(crate) async fn tell_no_history(&self, subject: &Subject, error: &ApiError) -> Result<(), Halt> {
        let Subject::Underlying(id, ..) = subject else { return Ok(()) };
        if !self.without_history.lock().unwrap_or_else(PoisonError::into_inner).insert(*id) {
            return Ok(());
        }
        let text = format!(
            "its own candles cannot be had ({error}): the job goes on without them, contracts need none"
        );
        let told = event_of(self.job, self.now(), EventLevel::Warning, subject, &text);
        Ok(self.service.store().add_events(&[told]).await?)
    }

    pub(crate) async fn unit_failed(&self, left: &Unanswered, error: EngineError) -> Result<(), Halt> {
        let attempts = if let EngineError::Broker { attempts, .. } = &error { *attempts } else { 1 };
        let end = UnitEnd {
            unit: left.unit.id,
            state: UnitState::Failed,
            candles: 0,
            attempts,
            error: Some(error.chain()),
        };
        let expired_key = left.subject.expired_key().map(ToString::to_string);
        let (job, unit, of) = (self.job, left.unit.id, left.subject.label());
        warn!(%job, unit, expired_key, of, error = error.chain(), "a part of a job failed");
        let told = failed(self.job, self.now(), &left.subject, &error);
        Ok(self.service.store().end_unit(end, vec![told]).await?)
    }
}
