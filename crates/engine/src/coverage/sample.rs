//! A sample of what is stored, asked of the broker once more and compared row by row. Nothing is changed: a
//! difference is told, and the next collection of those days would keep it as a revision.

use std::collections::BTreeMap;
use std::sync::Arc;

use market::{Candle, DayRange, EpochSeconds, InstrumentKey, Interval};
use protocol::Check;
use store::{SeriesOwner, SeriesRow};
use upstox::{Answer, ApiError, BoxFuture, parse_candles};

use crate::broker::{Asking, Broker};
use crate::check::check;
use crate::coverage::service::CoverageService;
use crate::error::EngineError;
use crate::jobs::{History, Subject};

/// The most answers of one sample.
pub(crate) const SAMPLE_MAX: u32 = 500;

impl CoverageService {
    pub(crate) async fn sample(
        &self,
        broker: &Broker,
        underlying: Option<&InstrumentKey>,
        count: u32,
    ) -> Result<Check, EngineError> {
        let mut result = Check::new("a sample asked of the broker again is the same");
        for (series, range) in self.store.random_answers(underlying, count.min(SAMPLE_MAX)).await? {
            result.examined += 1;
            let subject = self.subject(&series).await?;
            let sent = ask(broker, &subject, range).await?;
            let to = range.to().next().start();
            let stored = self.store.candles(series.id, range.from().start(), to).await?;
            if let Some(difference) = difference(&stored, &sent) {
                result.problem(|| format!("{} {} {range}: {difference}", series.name, series.interval));
            }
        }
        Ok(result)
    }

    async fn subject(&self, series: &SeriesRow) -> Result<Subject, EngineError> {
        let interval: Interval = series.interval.parse()?;
        Ok(match series.owner {
            SeriesOwner::Contract(id) => {
                Subject::Contract(Arc::new(self.store.contract_by_id(id).await?), interval)
            }
            SeriesOwner::Underlying(id) => {
                let (_, underlying) = self.store.underlying_by_id(id).await?;
                Subject::Underlying(id, Arc::new(underlying), History::of(interval))
            }
        })
    }
}

async fn ask(broker: &Broker, subject: &Subject, range: DayRange) -> Result<Vec<Candle>, EngineError> {
    let (terms, interval) = (subject.terms(), subject.interval());
    let asking = Asking::for_person().of_days(interval, range);
    let client = &broker.client;
    let send = |slot, token| -> BoxFuture<'_, Answer<Vec<Candle>>> {
        Box::pin(async move {
            let Answer { record, receipt, outcome } = subject.request(client, slot, &token, range).await;
            let outcome = outcome.and_then(|body| {
                let read =
                    parse_candles(&body).map(|(rows, broken)| check(&rows, &broken, terms, interval, range));
                let unreadable =
                    |problem| ApiError::Unreadable { address: client.address().clone(), problem };
                read.map(|checked| checked.candles).map_err(unreadable)
            });
            Answer { record, receipt, outcome }
        })
    };
    let mut asked = broker.ask(&asking, send).await?;
    asked.audit.rows = asked.value.len() as u64;
    broker.record(asked.audit, Vec::new()).await?;
    Ok(asked.value)
}

/// In words; nothing when both are the same.
fn difference(stored: &[Candle], sent: &[Candle]) -> Option<String> {
    let by_start = |candles: &[Candle]| -> BTreeMap<EpochSeconds, Candle> {
        candles.iter().map(|candle| (candle.start, *candle)).collect()
    };
    let (stored, sent) = (by_start(stored), by_start(sent));
    let missing = sent.keys().filter(|start| !stored.contains_key(start)).count();
    let gone = stored.keys().filter(|start| !sent.contains_key(start)).count();
    let changed =
        stored.iter().filter(|(start, row)| sent.get(start).is_some_and(|other| other != *row)).count();
    let parts: Vec<String> = [
        (missing, "are not stored"),
        (changed, "are stored otherwise"),
        (gone, "are stored and came no more"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} candles {what}"))
    .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
