//! One question to the broker and the keeping of its answer: parsed, checked, and committed with the coverage
//! that rests on it.

use bytes::Bytes;
use market::{Candle, DayRange, Interval};
use protocol::EventLevel;
use store::{AnsweredRange, NewAnswer, Outcome};
use upstox::{Answer, ApiError, BoxFuture, parse_candles};

use crate::broker::{Asked, Asking};
use crate::check::{Checked, Terms, check};
use crate::final_days::split_final;
use crate::jobs::log::{brought, event_of};
use crate::jobs::run::{Halt, Run};
use crate::jobs::subject::Subject;

impl Run {
    pub(crate) async fn ask(&self, subject: &Subject, range: DayRange) -> Result<Asked<Checked>, Halt> {
        let (terms, interval) = (subject.terms(), subject.interval());
        let asking = Asking::for_job(self.job.0).of_days(interval, range);
        let broker = self.service.broker();
        let client = &broker.client;
        let send = |slot, token| -> BoxFuture<'_, Answer<Checked>> {
            Box::pin(async move {
                let Answer { record, receipt, outcome } = subject.request(client, slot, &token, range).await;
                let address = client.address().clone();
                let outcome = match outcome {
                    Ok(body) => read(body, terms, interval, range)
                        .await
                        .map_err(|problem| ApiError::Unreadable { address, problem }),
                    Err(error) => Err(error),
                };
                Answer { record, receipt, outcome }
            })
        };
        let mut asked = self.patiently(|| Box::pin(broker.ask(&asking, send))).await?;
        asked.audit.rows = asked.value.candles.len() as u64;
        Ok(asked)
    }

    /// Keeps an answer. `covered` are the days that it accounts for: all that were asked, or fewer where it
    /// may have been cut. Returns its candles.
    pub(crate) async fn keep(
        &self,
        subject: &Subject,
        asked: Asked<Checked>,
        covered: Option<DayRange>,
        outcome: Outcome,
    ) -> Result<Vec<Candle>, Halt> {
        let Asked { value: checked, audit } = asked;
        let at = audit.at;
        let (fixed, open) = covered.map_or((None, None), |range| split_final(range, at));
        let ranges = [(fixed, false), (open, true)]
            .into_iter()
            .filter_map(|(range, provisional)| Some(AnsweredRange { range: range?, outcome, provisional }));
        let answer = NewAnswer {
            owner: subject.owner(),
            interval: subject.interval(),
            audit,
            ranges: ranges.collect(),
            events: brought(self.job, at, subject, &checked),
            candles: checked.candles,
            quarantined: checked.quarantined,
        };
        let committed = self.service.store().commit_answer(answer).await?;
        self.meter.answered(self.service.clock().monotonic(), committed.inserted);
        Ok(committed.candles)
    }

    /// Days in which two rows of one moment differed are asked once more, in one request; what differs again
    /// stays in quarantine. The days are accounted for already.
    pub(crate) async fn ask_again_for(&self, subject: &Subject, days: DayRange) -> Result<(), Halt> {
        let asked = self.ask(subject, days).await?;
        self.keep(subject, asked, None, Outcome::Rows).await?;
        Ok(())
    }

    pub(crate) fn empty_event(&self, subject: &Subject, empties: u32) -> store::NewEvent {
        let message = format!("no trade: Upstox answered without a row {empties} times");
        event_of(self.job, self.now(), EventLevel::Info, subject, &message)
    }
}

/// Parsing and checking a quarter's minutes takes milliseconds, so it leaves the threads that wait for others.
async fn read(body: Bytes, terms: Terms, interval: Interval, range: DayRange) -> Result<Checked, String> {
    let read = tokio::task::spawn_blocking(move || {
        let (rows, broken) = parse_candles(&body)?;
        Ok(check(&rows, &broken, terms, interval, range))
    });
    read.await.unwrap_or_else(|_| Err("the reader ended before its answer".to_owned()))
}
