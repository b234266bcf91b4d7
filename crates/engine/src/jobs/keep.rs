//! One question to the broker and the keeping of its answer: parsed, checked, and committed with the coverage
//! that rests on it.

use std::sync::Arc;

use bytes::Bytes;
use market::{Candle, Contract, DayRange, Interval};
use protocol::EventLevel;
use store::{AnsweredRange, NewAnswer, Outcome, StoredContract};
use upstox::{Answer, ApiError, parse_candles};

use crate::broker::{Asked, Asking};
use crate::check::{Checked, check};
use crate::final_days::split_final;
use crate::jobs::control::unless_told;
use crate::jobs::log::{brought, contract_event};
use crate::jobs::run::{Halt, Run};

impl Run {
    pub(crate) async fn ask(&self, stored: &StoredContract, range: DayRange) -> Result<Asked<Checked>, Halt> {
        let asking =
            Asking { interval: Some(self.plan.interval), range: Some(range), ..Asking::for_job(self.job.0) };
        let (client, interval) = (self.service.broker().client.clone(), self.plan.interval);
        let contract = Arc::new(stored.contract.clone());
        let asked = self.service.broker().ask(asking, |slot, token| {
            let (client, contract) = (client.clone(), contract.clone());
            Box::pin(async move {
                let key = contract.expired_key.clone();
                let Answer { record, receipt, outcome } =
                    client.candles(slot, &token, &key, interval, range).await;
                let address = client.address().clone();
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

    /// Keeps an answer. `covered` are the days that it accounts for: all that were asked, or fewer where it
    /// may have been cut. Returns its candles.
    pub(crate) async fn keep(
        &self,
        stored: &StoredContract,
        asked: Asked<Checked>,
        covered: Option<DayRange>,
        outcome: Outcome,
    ) -> Result<Vec<Candle>, Halt> {
        let Asked { value: checked, audit, duration } = asked;
        let at = audit.at;
        let (fixed, open) = covered.map_or((None, None), |range| split_final(range, at));
        let ranges = [(fixed, false), (open, true)]
            .into_iter()
            .filter_map(|(range, provisional)| Some(AnsweredRange { range: range?, outcome, provisional }));
        let answer = NewAnswer {
            contract: stored.id,
            interval: self.plan.interval,
            audit,
            ranges: ranges.collect(),
            events: brought(self.job, at, &stored.contract, &checked),
            candles: checked.candles,
            quarantined: checked.quarantined,
            unit_end: None,
        };
        let committed = self.service.store().commit_answer(&answer).await?;
        self.meter.answered(self.service.clock().monotonic(), duration, committed.inserted);
        Ok(answer.candles)
    }

    /// Days in which two rows of one moment differed are asked once more, in one request; what differs again
    /// stays in quarantine. The days are accounted for already.
    pub(crate) async fn ask_again_for(&self, stored: &StoredContract, days: DayRange) -> Result<(), Halt> {
        let asked = self.ask(stored, days).await?;
        self.keep(stored, asked, None, Outcome::Rows).await?;
        Ok(())
    }

    pub(crate) fn empty_event(&self, stored: &StoredContract, empties: u32) -> store::NewEvent {
        let message = format!("no trade: Upstox answered without a row {empties} times");
        contract_event(self.job, self.now(), EventLevel::Info, &stored.contract, &message)
    }
}

/// Parsing and checking a quarter's minutes takes milliseconds, so it leaves the threads that wait for others.
async fn read(
    body: Bytes,
    contract: Arc<Contract>,
    interval: Interval,
    range: DayRange,
) -> Result<Checked, String> {
    let read = tokio::task::spawn_blocking(move || {
        let (rows, broken) = parse_candles(&body)?;
        Ok(check(&rows, &broken, &contract, interval, range))
    });
    read.await.unwrap_or_else(|_| Err("the reader ended before its answer".to_owned()))
}
