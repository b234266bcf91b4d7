//! Bringing candles: workers take units in order, one request for a whole range, and keep each answer before
//! they ask for the next.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use market::DayRange;
use protocol::EventLevel;
use store::{AnsweredRange, NewAnswer, Outcome, StoredContract, UnitEnd, UnitRow, UnitState};
use tokio::task::JoinSet;
use upstox::{Answer, ApiError, Remedy, parse_candles};

use crate::broker::{Asked, Asking};
use crate::check::{Checked, check};
use crate::error::EngineError;
use crate::final_days::{split_final, wanted_range};
use crate::jobs::control::unless_told;
use crate::jobs::log::{brought, contract_event, failed};
use crate::jobs::run::{Halt, Run};

/// A range is halved at most this often: 1,000 days come down to one.
const HALVINGS_MAX: u32 = 10;

/// A range that was answered without a row, to be asked again at the end of the job.
#[derive(Clone, Debug)]
pub(crate) struct Unanswered {
    pub unit: UnitRow,
    pub stored: StoredContract,
    pub ranges: Vec<DayRange>,
}

/// What one answer brought.
pub(crate) enum Brought {
    Rows,
    Nothing,
}

type Queue = Arc<Mutex<VecDeque<UnitRow>>>;

impl Run {
    pub(crate) async fn fetch_phase(&self) -> Result<Vec<Unanswered>, Halt> {
        let queue: Queue = Arc::new(Mutex::new(self.pending(false).await?.into()));
        let mut workers = JoinSet::new();
        for _ in 0..self.plan.workers.get() {
            workers.spawn(self.copy().work(queue.clone()));
        }
        let mut unanswered = Vec::new();
        let mut halt = None;
        while let Some(joined) = workers.join_next().await {
            match joined {
                Ok((mine, Ok(()))) => unanswered.extend(mine),
                Ok((mine, Err(first))) => {
                    unanswered.extend(mine);
                    // The others find an empty queue, after they have committed what they have.
                    queue.lock().unwrap_or_else(PoisonError::into_inner).clear();
                    halt.get_or_insert(first);
                }
                Err(_) => {
                    queue.lock().unwrap_or_else(PoisonError::into_inner).clear();
                    halt.get_or_insert(Halt::Broken(EngineError::ShuttingDown));
                }
            }
        }
        match halt {
            Some(halt) => Err(halt),
            None => Ok(unanswered),
        }
    }

    pub(crate) fn copy(&self) -> Self {
        Self {
            service: self.service.clone(),
            job: self.job,
            plan: self.plan.clone(),
            meter: self.meter.clone(),
            word: self.word.clone(),
        }
    }

    async fn work(self, queue: Queue) -> (Vec<Unanswered>, Result<(), Halt>) {
        let mut unanswered = Vec::new();
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(unit) = next else { return (unanswered, Ok(())) };
            match self.fetch_unit(unit).await {
                Ok(left) => unanswered.extend(left),
                Err(halt) => return (unanswered, Err(halt)),
            }
            self.service.changed();
        }
    }

    /// Brings what is missing of a contract. What came back empty is left for the end of the job.
    async fn fetch_unit(&self, unit: UnitRow) -> Result<Option<Unanswered>, Halt> {
        let Some(contract) = unit.contract else { return Ok(None) };
        let store = self.service.store();
        let stored = store.contract_by_id(contract).await?;
        let known = store.covered_ranges(contract, self.plan.interval).await?;
        let wanted = wanted_range(stored.contract.expiry, self.plan.days);
        let mut gaps: VecDeque<DayRange> =
            wanted.without(|day| known.iter().any(|range| range.contains(day))).into();
        let mut left = Unanswered { unit, stored, ranges: Vec::new() };
        if gaps.is_empty() {
            self.covered_meanwhile(&left).await?;
        }
        while let Some(gap) = gaps.pop_front() {
            let is_last = gaps.is_empty() && left.ranges.is_empty();
            match self.fetch_range(&left, gap, is_last).await {
                Ok(Brought::Rows) => {}
                Ok(Brought::Nothing) => left.ranges.push(gap),
                Err(Halt::Broken(EngineError::Broker { attempts, error })) => {
                    return self
                        .unit_failed(&left, EngineError::Broker { attempts, error })
                        .await
                        .map(|()| None);
                }
                Err(halt) => return Err(halt),
            }
        }
        Ok((!left.ranges.is_empty()).then_some(left))
    }

    /// Another job has brought it since this one was planned.
    async fn covered_meanwhile(&self, left: &Unanswered) -> Result<(), Halt> {
        let end =
            UnitEnd { unit: left.unit.id, state: UnitState::Done, candles: 0, attempts: 0, error: None };
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
        self.service.store().end_unit(&end, &[told]).await?;
        Ok(())
    }

    /// Asks for a range and keeps the answer; halves the range where the broker refuses its length.
    pub(crate) async fn fetch_range(
        &self,
        left: &Unanswered,
        range: DayRange,
        ends_unit: bool,
    ) -> Result<Brought, Halt> {
        let mut pieces = vec![(range, 0)];
        let mut brought_rows = false;
        while let Some((piece, halvings)) = pieces.pop() {
            match self.ask(&left.stored, piece).await {
                Ok(asked) => {
                    let is_last = ends_unit && pieces.is_empty();
                    brought_rows |= self.keep(left, piece, asked, is_last, brought_rows).await?;
                }
                Err(Halt::Broken(EngineError::Broker { error, .. }))
                    if error.remedy() == Remedy::ShortenRange
                        && halvings < HALVINGS_MAX
                        && piece.day_count() > 1 =>
                {
                    let middle = piece.from().plus_days(piece.day_count() / 2);
                    let halves = [(piece.from(), middle.previous()), (middle, piece.to())];
                    for (from, to) in halves {
                        pieces.extend(DayRange::new(from, to).map(|half| (half, halvings + 1)));
                    }
                }
                Err(halt) => return Err(halt),
            }
        }
        Ok(if brought_rows { Brought::Rows } else { Brought::Nothing })
    }

    async fn ask(&self, stored: &StoredContract, range: DayRange) -> Result<Asked<Checked>, Halt> {
        let asking =
            Asking { interval: Some(self.plan.interval), range: Some(range), ..Asking::for_job(self.job.0) };
        let (client, interval) = (self.service.broker().client.clone(), self.plan.interval);
        let contract = Arc::new(stored.contract.clone());
        let asked = self.service.broker().ask(asking, |slot, token| {
            let (client, contract) = (client.clone(), contract.clone());
            Box::pin(async move {
                let key = contract.expired_key.clone();
                let answer = client.candles(slot, &token, &key, interval, range).await;
                let address = client.address().clone();
                let Answer { record, receipt, outcome } = answer;
                let outcome = match outcome {
                    Ok(body) => read(body, contract, interval, range)
                        .await
                        .map_err(|problem| ApiError::Unreadable { address, problem }),
                    Err(error) => Err(error),
                };
                Answer { record, receipt, outcome }
            })
        });
        let mut word = self.word.clone();
        let mut asked = unless_told(&mut word, asked).await.ok_or(Halt::Told)??;
        asked.audit.rows = asked.value.candles.len() as u64;
        Ok(asked)
    }

    /// Keeps an answer with its coverage in one transaction. Says whether it had rows.
    async fn keep(
        &self,
        left: &Unanswered,
        range: DayRange,
        asked: Asked<Checked>,
        is_last: bool,
        had_rows: bool,
    ) -> Result<bool, Halt> {
        let Asked { value: checked, audit, duration } = asked;
        let at = audit.at;
        let has_rows = !checked.candles.is_empty();
        let outcome = if has_rows || had_rows { Outcome::Rows } else { Outcome::EmptyUnconfirmed };
        let (fixed, open) = split_final(range, at);
        let answered = [(fixed, false), (open, true)];
        let ranges = answered
            .into_iter()
            .filter_map(|(range, provisional)| Some(AnsweredRange { range: range?, outcome, provisional }));
        let events = brought(self.job, at, &left.stored.contract, &checked);
        let count = checked.candles.len() as u64;
        let unit_end = (is_last && (has_rows || had_rows)).then(|| UnitEnd {
            unit: left.unit.id,
            state: UnitState::Done,
            candles: count,
            attempts: audit.attempt,
            error: None,
        });
        let answer = NewAnswer {
            contract: left.stored.id,
            interval: self.plan.interval,
            audit,
            ranges: ranges.collect(),
            candles: checked.candles,
            quarantined: checked.quarantined,
            unit_end,
            events,
        };
        let committed = self.service.store().commit_answer(&answer).await?;
        self.meter.answered(self.service.clock().monotonic(), duration, committed.inserted);
        Ok(has_rows)
    }

    pub(crate) fn empty_event(&self, stored: &StoredContract, empties: u32) -> store::NewEvent {
        let message = format!("no trade: Upstox answered without a row {empties} times");
        contract_event(self.job, self.now(), EventLevel::Info, &stored.contract, &message)
    }
}

/// Parsing and checking a quarter's minutes takes milliseconds, so it leaves the threads that wait for others.
async fn read(
    body: Bytes,
    contract: Arc<market::Contract>,
    interval: market::Interval,
    range: DayRange,
) -> Result<Checked, String> {
    let read = tokio::task::spawn_blocking(move || {
        let (rows, broken) = parse_candles(&body)?;
        Ok(check(&rows, &broken, &contract, interval, range))
    });
    read.await.unwrap_or_else(|_| Err("the reader ended before its answer".to_owned()))
}
