//! One question to the broker and the keeping of its answer: parsed, checked, and committed with the coverage
//! that rests on it.

use bytes::Bytes;
use market::{Candle, DayRange, Interval};
use protocol::EventLevel;
use store::{AnsweredRange, NewAnswer, Outcome};
use upstox::{Answer, ApiError, BoxFuture, BrokerAddress, parse_candles, read_answer_apart};

use crate::broker::{Asked, Asking};
use crate::check::{Checked, Terms, check};
use crate::error::EngineError;
use crate::final_days::split_final;
use crate::jobs::log::{brought, event_of};
use crate::jobs::run::{Halt, Run};
use crate::jobs::strays::may_hide_rows;
use crate::jobs::subject::Subject;
use crate::names::counted;

/// Times that a range is asked while other days come in its place.
const OTHER_DAYS_ASKED_MAX: u32 = 4;

impl Run {
    /// Asks for a range. An answer of other days, in whose favour asked rows may be missing, is kept for what it
    /// holds, and the range is asked again.
    pub(crate) async fn ask(&self, subject: &Subject, range: DayRange) -> Result<Asked<Checked>, Halt> {
        for _ in 0..OTHER_DAYS_ASKED_MAX {
            let asked = self.ask_once(subject, range).await?;
            let rows = asked.value.candles.len();
            self.evidence_of(subject).learn(|evidence| evidence.learn_length(rows)).await?;
            let terms = self.end_terms(subject, asked.audit.at);
            if !may_hide_rows(&asked.value, range, &self.evidence_of(subject).lock(), terms) {
                return Ok(asked);
            }
            self.keep(subject, asked, None, Outcome::Rows).await?;
        }
        Err(Halt::Broken(EngineError::OtherDays { asked: range, times: OTHER_DAYS_ASKED_MAX }))
    }

    async fn ask_once(&self, subject: &Subject, range: DayRange) -> Result<Asked<Checked>, Halt> {
        let (terms, interval) = (subject.terms(), subject.interval());
        let asking = Asking::for_job(self.job.0).of_days(interval, range);
        let broker = self.service.broker();
        let client = &broker.client;
        let send = |slot, token| -> BoxFuture<'_, Answer<Checked>> {
            Box::pin(async move {
                let Answer { record, receipt, outcome } = subject.request(client, slot, &token, range).await;
                let address = client.address().clone();
                let outcome = match outcome {
                    Ok(body) => read(&address, body, terms, interval, range).await,
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

    /// An answer of which no row could be taken is kept as what it is: no answer, and above all no empty one.
    pub(crate) async fn refuse(&self, subject: &Subject, asked: Asked<Checked>) -> Result<Halt, Halt> {
        const CODE: &str = "rows_refused";
        let Asked { value: checked, mut audit } = asked;
        let first = checked.quarantined.first().map(|row| row.reason.clone()).unwrap_or_default();
        let error = EngineError::AnswerRefused { rows: checked.refused, reason: first };
        audit.code = Some(CODE.to_owned());
        self.keep(subject, Asked { value: checked, audit }, None, Outcome::Rows).await?;
        Ok(Halt::Broken(error))
    }

    /// Days in which two rows of one moment differed are asked once more, in one request; what differs again
    /// stays in quarantine. The days are accounted for already.
    pub(crate) async fn ask_again_for(&self, subject: &Subject, days: DayRange) -> Result<(), Halt> {
        self.look_again(subject, days).await
    }

    /// Asks for days that are accounted for already: only what came is added. A second look that fails takes nothing
    /// from the first.
    pub(crate) async fn look_again(&self, subject: &Subject, days: DayRange) -> Result<(), Halt> {
        match self.ask(subject, days).await {
            Ok(asked) => self.keep(subject, asked, None, Outcome::Rows).await.map(drop),
            Err(Halt::Broken(error)) if error.is_of_one_part() => Ok(()),
            Err(halt) => Err(halt),
        }
    }

    pub(crate) fn empty_event(&self, subject: &Subject, empties: u32) -> store::NewEvent {
        let times = counted(empties.into(), "time");
        let message = format!("no trade in the days asked: Upstox answered without a row {times}");
        if subject.trades_to_the_end() {
            let message = format!("suspicious, because it should have traded every day: {message}");
            return event_of(self.job, self.now(), EventLevel::Warning, subject, &message);
        }
        event_of(self.job, self.now(), EventLevel::Info, subject, &message)
    }
}

/// Parsing and checking a quarter's minutes takes milliseconds, so it has a thread of its own.
async fn read(
    address: &BrokerAddress,
    body: Bytes,
    terms: Terms,
    interval: Interval,
    range: DayRange,
) -> Result<Checked, ApiError> {
    let read = move |body: &[u8]| {
        let (rows, broken) = parse_candles(body)?;
        Ok(check(&rows, &broken, terms, interval, range))
    };
    read_answer_apart(address, body, read).await
}
