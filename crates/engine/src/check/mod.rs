//! Answers are checked before they are stored.
//!
//! A row that cannot be true goes to quarantine with its reason and the rest is kept. What is only odd (off
//! the tick, outside the session, no multiple of the lot) is kept and counted: ticks, lots and hours change
//! in a contract's life, and a contract row carries only the last of them. What says nothing (a placeholder,
//! a day that was not asked for) is counted and neither kept nor refused.

mod remarks;
mod row;
#[cfg(test)]
mod tests;

use std::ops::Range;

use market::{Candle, Day, DayRange, EpochSeconds, Interval};
use store::Quarantined;
use upstox::{RAW_CHARS_MAX, REFUSED_KEPT_MAX, RawCandle, Refusals};

use self::remarks::remarks;
pub(crate) use self::remarks::{Remarks, Terms};
use self::row::{Row, read_row, read_start};

/// First rows of a life that are looked at: whether they can be its first.
pub(crate) const FIRST_ROWS: usize = 10;

/// An answer after its check.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Checked {
    /// Oldest first, one row a moment.
    pub candles: Vec<Candle>,
    /// The first rows that were refused, at most [`REFUSED_KEPT_MAX`].
    pub quarantined: Vec<Quarantined>,
    /// All rows that were refused.
    pub refused: u64,
    /// Rows without price and volume: that nothing traded, in other words.
    pub placeholders: u64,
    pub strays: Strays,
    /// Rows that came more than once, all alike.
    pub repeated: u64,
    /// Days on which two rows of one moment differ; both went to quarantine.
    pub contradictory_days: Vec<Day>,
    /// The very moments, oldest first.
    pub contradictory_minutes: Vec<EpochSeconds>,
    pub remarks: Remarks,
}

/// Rows of days that were not asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Strays {
    pub earlier: u64,
    pub later: u64,
    /// The earliest rows of the whole answer, asked for or not, oldest first; none where no row is of a later day.
    pub first_rows: Vec<Candle>,
}

impl Strays {
    pub(crate) fn count(&self) -> u64 {
        self.earlier + self.later
    }
}

/// What an answer amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// At least one candle was kept.
    Rows,
    /// Nothing in the asked days.
    Empty,
    /// Nothing but rows that say that nothing traded.
    Placeholders,
    /// Rows came and none could be kept: it cannot be known what traded.
    AllRefused,
}

impl Checked {
    pub(crate) fn verdict(&self) -> Verdict {
        match self {
            Self { candles, .. } if !candles.is_empty() => Verdict::Rows,
            Self { refused: 1.., .. } => Verdict::AllRefused,
            Self { placeholders: 1.., .. } => Verdict::Placeholders,
            _ => Verdict::Empty,
        }
    }

    fn refuse(&mut self, at: Option<EpochSeconds>, raw: impl FnOnce() -> String, reason: &str) {
        self.refused += 1;
        if self.quarantined.len() < REFUSED_KEPT_MAX {
            let raw = raw().chars().take(RAW_CHARS_MAX).collect();
            self.quarantined.push(Quarantined { raw, reason: reason.to_owned(), at, key: None });
        }
    }
}

/// `broken`: what the answer held that is no row at all.
pub(crate) fn check(
    rows: &[RawCandle<'_>],
    broken: &Refusals,
    terms: Terms,
    interval: Interval,
    range: DayRange,
) -> Checked {
    let mut checked = Checked::default();
    for row in &broken.kept {
        checked.refuse(None, || row.raw.clone(), &row.reason);
    }
    checked.refused = broken.count;
    let mut candles = Vec::with_capacity(rows.len());
    let moments = range.moments();
    for row in rows {
        match read_row(row, interval, &moments) {
            Ok(Row::Candle(candle)) => candles.push(candle),
            Ok(Row::Placeholder) => checked.placeholders += 1,
            Ok(Row::Earlier) => checked.strays.earlier += 1,
            Ok(Row::Later) => checked.strays.later += 1,
            Err(reason) => {
                checked.refuse(read_start(&row.start, interval), || row.to_string(), reason);
            }
        }
    }
    if checked.strays.later > 0 {
        checked.strays.first_rows = first_rows(rows, interval);
    }
    settle(candles, &mut checked);
    refuse_contradictions(rows, interval, &moments, &mut checked);
    checked.remarks = remarks(&checked.candles, terms, interval);
    checked
}

/// The earliest rows of an answer, whatever was asked.
fn first_rows(rows: &[RawCandle<'_>], interval: Interval) -> Vec<Candle> {
    let any_moment = EpochSeconds(i64::MIN)..EpochSeconds(i64::MAX);
    let read = |row| match read_row(row, interval, &any_moment) {
        Ok(Row::Candle(candle)) => Some(candle),
        _ => None,
    };
    let mut candles: Vec<Candle> = rows.iter().filter_map(read).collect();
    candles.sort_by_key(|candle| candle.start);
    candles.dedup_by_key(|candle| candle.start);
    candles.truncate(FIRST_ROWS);
    candles
}

/// Puts what can be true in order, and settles what came more than once.
fn settle(mut candles: Vec<Candle>, checked: &mut Checked) {
    // They come newest first: a sort that keeps the order of equals takes such a list in one pass.
    candles.sort_by_key(|candle| candle.start);
    checked.candles.reserve(candles.len());
    for of_one_moment in candles.chunk_by(|one, next| one.start == next.start) {
        let (first, others) = (of_one_moment[0], &of_one_moment[1..]);
        if others.iter().all(|other| *other == first) {
            checked.candles.push(first);
            checked.repeated += others.len() as u64;
            continue;
        }
        checked.contradictory_minutes.push(first.start);
        if checked.contradictory_days.last() != Some(&first.start.day()) {
            checked.contradictory_days.push(first.start.day());
        }
    }
}

/// The rows of contradictory moments, as they came.
fn refuse_contradictions(
    rows: &[RawCandle<'_>],
    interval: Interval,
    moments: &Range<EpochSeconds>,
    checked: &mut Checked,
) {
    if checked.contradictory_minutes.is_empty() {
        return;
    }
    for row in rows {
        if let Ok(Row::Candle(candle)) = read_row(row, interval, moments)
            && checked.contradictory_minutes.binary_search(&candle.start).is_ok()
        {
            checked.refuse(Some(candle.start), || row.to_string(), "two rows of one moment differ");
        }
    }
}
