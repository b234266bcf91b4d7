//! The fetching phase: workers take units in order and keep each answer before they ask for the next.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use market::DayRange;
use store::{StoredContract, UnitEnd, UnitRow, UnitState};
use tokio::task::JoinSet;

use crate::error::EngineError;
use crate::final_days::wanted_range;
use crate::jobs::log::failed;
use crate::jobs::run::{Halt, Run};

/// Ranges that were answered without a row, to be asked again at the end of the job.
#[derive(Clone, Debug)]
pub(crate) struct Unanswered {
    pub unit: UnitRow,
    pub stored: StoredContract,
    pub ranges: Vec<DayRange>,
}

/// What the phase brought.
#[derive(Default)]
pub(crate) struct Fetched {
    pub unanswered: Vec<Unanswered>,
    /// Contracts that were asked for.
    pub contracts: Vec<StoredContract>,
}

impl Fetched {
    fn add(&mut self, mut other: Self) {
        self.unanswered.append(&mut other.unanswered);
        self.contracts.append(&mut other.contracts);
    }
}

type Queue = Arc<Mutex<VecDeque<UnitRow>>>;

impl Run {
    pub(crate) async fn fetch_phase(&self) -> Result<Fetched, Halt> {
        let mut units: VecDeque<UnitRow> = self.pending(false).await?.into();
        let mut fetched = Fetched::default();
        // Before anything is proven one anchor goes alone: its proof spares every worker a probe.
        let is_proven = self.evidence.lock().has_proof();
        if !is_proven && let Some(anchor) = units.pop_front() {
            self.fetch_unit(anchor, &mut fetched).await?;
            self.service.changed();
        }
        let queue: Queue = Arc::new(Mutex::new(units));
        let mut workers = JoinSet::new();
        for _ in 0..self.plan.workers.get() {
            workers.spawn(self.copy().work(queue.clone()));
        }
        let mut halt = None;
        while let Some(joined) = workers.join_next().await {
            let (mine, end) =
                joined.unwrap_or((Fetched::default(), Err(Halt::Broken(EngineError::ShuttingDown))));
            fetched.add(mine);
            if let Err(first) = end {
                // The others find an empty queue, after they have committed what they have.
                queue.lock().unwrap_or_else(PoisonError::into_inner).clear();
                halt.get_or_insert(first);
            }
        }
        halt.map_or(Ok(fetched), Err)
    }

    fn copy(&self) -> Self {
        Self {
            service: self.service.clone(),
            job: self.job,
            plan: self.plan.clone(),
            meter: self.meter.clone(),
            word: self.word.clone(),
            evidence: self.evidence.clone(),
        }
    }

    async fn work(self, queue: Queue) -> (Fetched, Result<(), Halt>) {
        let mut fetched = Fetched::default();
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(unit) = next else { return (fetched, Ok(())) };
            if let Err(halt) = self.fetch_unit(unit, &mut fetched).await {
                return (fetched, Err(halt));
            }
            self.service.changed();
        }
    }

    /// Brings what is missing of a contract. What came back empty is left for the end of the job.
    async fn fetch_unit(&self, unit: UnitRow, fetched: &mut Fetched) -> Result<(), Halt> {
        let Some(contract) = unit.contract else { return Ok(()) };
        let store = self.service.store();
        let stored = store.contract_by_id(contract).await?;
        let known = store.covered_ranges(contract, self.plan.interval).await?;
        let wanted = wanted_range(stored.contract.expiry, self.plan.days);
        let gaps = wanted.without(|day| known.iter().any(|range| range.contains(day)));
        let mut left = Unanswered { unit, stored, ranges: Vec::new() };
        for gap in gaps {
            match self.bring(&left.stored, gap).await {
                Ok(mut brought) => left.ranges.append(&mut brought.unanswered),
                Err(Halt::Broken(error @ EngineError::Broker { .. })) => {
                    return self.unit_failed(&left, error).await;
                }
                Err(halt) => return Err(halt),
            }
        }
        fetched.contracts.push(left.stored.clone());
        if left.ranges.is_empty() {
            self.unit_done(&left.unit).await
        } else {
            fetched.unanswered.push(left);
            Ok(())
        }
    }

    async fn unit_done(&self, unit: &UnitRow) -> Result<(), Halt> {
        let end = UnitEnd { unit: unit.id, state: UnitState::Done, candles: 0, attempts: 1, error: None };
        Ok(self.service.store().end_unit(&end, &[]).await?)
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
        let told = failed(self.job, self.now(), &left.stored.contract, &error);
        Ok(self.service.store().end_unit(&end, &[told]).await?)
    }
}
