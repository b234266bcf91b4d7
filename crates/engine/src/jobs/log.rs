//! The sentences of a job's log.

use market::{EpochSeconds, Interval};
use protocol::{EventLevel, JobId};
use store::NewEvent;

use crate::check::{Checked, Verdict};
use crate::error::EngineError;
use crate::jobs::subject::Subject;
use crate::names::counted;

pub(crate) fn event(job: JobId, at: EpochSeconds, level: EventLevel, message: impl Into<String>) -> NewEvent {
    NewEvent { job: job.0, at, level, message: message.into(), expired_key: None }
}

pub(crate) fn event_of(
    job: JobId,
    at: EpochSeconds,
    level: EventLevel,
    subject: &Subject,
    message: &str,
) -> NewEvent {
    NewEvent {
        job: job.0,
        at,
        level,
        message: format!("{}: {message}", subject.label()),
        expired_key: subject.expired_key().map(ToString::to_string),
    }
}

pub(crate) fn failed(job: JobId, at: EpochSeconds, subject: &Subject, error: &EngineError) -> NewEvent {
    event_of(job, at, EventLevel::Error, subject, &error.chain())
}

/// What an answer brought, and what was wrong or odd about it.
pub(crate) fn brought(job: JobId, at: EpochSeconds, subject: &Subject, checked: &Checked) -> Vec<NewEvent> {
    let mut events = Vec::new();
    let count = checked.candles.len() as u64;
    if count > 0 {
        let is_of_days = subject.interval() == Interval::Day;
        let message = counted(count, if is_of_days { "daily candle" } else { "candle" });
        events.push(event_of(job, at, EventLevel::Success, subject, &message));
    }
    if let Some(first) = checked.quarantined.first() {
        let rows = counted(checked.refused, "row");
        let message =
            format!("{rows} could not be taken, the first because {}; kept in quarantine", first.reason);
        let is_all = checked.verdict() == Verdict::AllRefused;
        let level = if is_all { EventLevel::Error } else { EventLevel::Warning };
        events.push(event_of(job, at, level, subject, &message));
    }
    let odd = [
        (checked.remarks.off_tick, "off the tick"),
        (checked.remarks.outside_session, "outside the session"),
        (checked.remarks.off_lot, "no multiple of the lot"),
        (checked.repeated, "sent twice"),
    ];
    let left_out = [
        (checked.placeholders, "without price and volume"),
        (checked.strays.count(), "of days that were not asked for"),
    ];
    for (kept, rows) in [("kept, though odd", &odd[..]), ("left out", &left_out[..])] {
        let rows = rows.iter().filter(|(rows, _)| *rows > 0);
        let rows: Vec<_> = rows.map(|(rows, what)| format!("{} {what}", counted(*rows, "row"))).collect();
        if !rows.is_empty() {
            let message = format!("{kept}: {}", rows.join(", "));
            events.push(event_of(job, at, EventLevel::Info, subject, &message));
        }
    }
    events
}
