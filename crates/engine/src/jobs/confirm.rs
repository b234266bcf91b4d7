//! Empty answers are asked again at the end of the job: one false empty in ten must not become a hole.
//!
//! An empty answer that is likely is believed after two, one that is not only after four, and one of days on which the
//! market was closed at once. Likely is it for a
//! contract without a row when a strike next to it is quiet; for a piece of a contract that traded when the
//! piece lies before its birth, or the contract itself is quiet. Who is quiet is judged after everybody was
//! asked twice, so that two false empties side by side do not vouch for each other.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use market::{ContractKind, DayRange, Strike, TradingCalendar};
use store::{ContractStats, ExpiryId, UnitEnd, UnitState};

use crate::error::EngineError;
use crate::jobs::evidence::contradicts_birth;
use crate::jobs::fetch::Unanswered;
use crate::jobs::run::{Halt, Run};
use crate::jobs::subject::Subject;
use crate::jobs::workers::in_parallel;

/// An empty answer is what must come.
pub(crate) const EMPTIES_IF_CLOSED: u32 = 1;
const EMPTIES_IF_LIKELY: u32 = 2;
pub(crate) const EMPTIES_IF_UNLIKELY: u32 = 4;
/// A contract with fewer rows says nothing against an empty answer of its own or of a strike beside it.
const QUIET_ROWS_MAX: u64 = 30;
/// From so many rows on, the first strike with rows beyond empty ones makes them unlikely.
const BUSY_ROWS_MIN: u64 = 1_000;

type Ladders = HashMap<ExpiryId, Vec<ContractStats>>;

impl Run {
    pub(crate) async fn confirm_phase(&self, unanswered: Vec<Unanswered>) -> Result<(), Halt> {
        let once_more = |run: Self, left| async move { run.once_more(left).await };
        let unanswered: Vec<_> = in_parallel(self, unanswered, once_more).await?;
        let unanswered: Vec<_> = unanswered.into_iter().flatten().collect();
        let ladders = Arc::new(self.ladders(&unanswered).await?);
        let until_sure = move |run: Self, left| {
            let ladders = ladders.clone();
            async move { run.until_sure(left, &ladders).await }
        };
        in_parallel(self, unanswered, until_sure).await.map(drop)
    }

    async fn ladders(&self, unanswered: &[Unanswered]) -> Result<Ladders, Halt> {
        let expiries: BTreeSet<ExpiryId> = unanswered.iter().map(|left| left.unit.expiry).collect();
        let mut ladders = Ladders::new();
        for expiry in expiries {
            let mut ladder = self.service.store().contract_stats(expiry, self.plan.interval).await?;
            // A strike that nobody asked for has no row either, and says nothing of the one beside it.
            ladder.retain(|stats| stats.series.is_some());
            ladders.insert(expiry, ladder);
        }
        Ok(ladders)
    }

    /// The second asking. What is left of it is to be judged; nothing when the unit has ended.
    async fn once_more(&self, mut left: Unanswered) -> Result<Option<Unanswered>, Halt> {
        let mut empty = Vec::new();
        for range in &left.ranges {
            if was_closed(*range) {
                empty.push(*range);
                continue;
            }
            match self.ask_twice(&left.subject, *range).await {
                Ok(mut still_empty) => empty.append(&mut still_empty),
                Err(halt) => return self.failed_or(&left, halt).await.map(|()| None),
            }
        }
        if empty.is_empty() {
            self.end(&left, UnitState::Done, EMPTIES_IF_LIKELY).await?;
            return Ok(None);
        }
        left.ranges = empty;
        Ok(Some(left))
    }

    /// The third and fourth asking, where they are needed.
    async fn until_sure(&self, left: Unanswered, ladders: &Ladders) -> Result<(), Halt> {
        let ladder = ladders.get(&left.unit.expiry).map_or(&[][..], Vec::as_slice);
        let own = own_stats(&left.subject, ladder);
        let mut most_needed = EMPTIES_IF_CLOSED;
        // Where the market was closed nothing is missed, and nothing is told.
        let mut traded = own.is_some() || left.ranges.iter().all(|range| was_closed(*range));
        for range in &left.ranges {
            let needed = match (&left.subject, own) {
                _ if was_closed(*range) => EMPTIES_IF_CLOSED,
                (_, Some(own)) => self.empties_needed_within(own, *range).await?,
                (Subject::Contract(stored, _), None) => {
                    empties_needed_beside(stored.contract.kind, stored.contract.strike, ladder)
                }
                // An index or a stock that did not trade for a whole month is odd.
                (Subject::Underlying(..), None) => EMPTIES_IF_UNLIKELY,
            };
            most_needed = most_needed.max(needed);
            match self.ask_until(&left.subject, *range, needed).await {
                Ok(has_rows) => traded |= has_rows,
                Err(halt) => return self.failed_or(&left, halt).await,
            }
        }
        self.end(&left, if traded { UnitState::Done } else { UnitState::Empty }, most_needed).await
    }

    /// Asks for a range until it was answered without a row so often; then it is believed. Says whether rows
    /// came after all.
    pub(crate) async fn ask_until(
        &self,
        subject: &Subject,
        range: DayRange,
        needed: u32,
    ) -> Result<bool, Halt> {
        let (owner, interval) = (subject.owner(), subject.interval());
        let (mut empty, mut has_rows) = (vec![range], false);
        for _ in self.service.store().empties(owner, interval, range).await?.count..needed {
            let mut still_empty = Vec::new();
            for range in empty {
                let brought = self.bring(subject, range).await?;
                has_rows |= brought.has_rows;
                still_empty.extend(brought.unanswered);
            }
            empty = still_empty;
        }
        for range in empty {
            self.service.store().confirm_empty(owner, interval, range).await?;
        }
        Ok(has_rows)
    }

    /// Asks for a range a second time, unless that has been done. What is still empty.
    async fn ask_twice(&self, subject: &Subject, range: DayRange) -> Result<Vec<DayRange>, Halt> {
        let empties = self.service.store().empties(subject.owner(), subject.interval(), range).await?;
        if empties.count >= EMPTIES_IF_LIKELY {
            return Ok(vec![range]);
        }
        Ok(self.bring(subject, range).await?.unanswered)
    }

    async fn end(&self, left: &Unanswered, state: UnitState, asked: u32) -> Result<(), Halt> {
        let end = UnitEnd { unit: left.unit.id, state, candles: 0, attempts: asked, error: None };
        let events = match state {
            UnitState::Empty => vec![self.empty_event(&left.subject, asked)],
            _ => Vec::new(),
        };
        Ok(self.service.store().end_unit(end, events).await?)
    }

    /// A refusal ends the unit; anything else ends the phase.
    async fn failed_or(&self, left: &Unanswered, halt: Halt) -> Result<(), Halt> {
        match halt {
            Halt::Broken(EngineError::Broker { error, .. })
                if left.subject.is_underlying() && error.is_nothing_there() =>
            {
                self.tell_no_history(&left.subject, &error).await?;
                self.end_quietly(left).await
            }
            Halt::Broken(error) if error.is_of_one_part() => self.unit_failed(left, error).await,
            halt => Err(halt),
        }
    }

    /// For a piece of a contract that traded. Weeks without a row between rows, or after them, are odd; days
    /// before the first row are odd only when that row shows that others came before it.
    async fn empties_needed_within(&self, own: &ContractStats, range: DayRange) -> Result<u32, Halt> {
        let (Some(series), Some(first)) = (own.series, own.first) else { return Ok(EMPTIES_IF_UNLIKELY) };
        if own.candles < QUIET_ROWS_MAX {
            return Ok(EMPTIES_IF_LIKELY);
        }
        let first_day = first.day();
        if first_day < range.from() {
            return Ok(EMPTIES_IF_UNLIKELY);
        }
        let day_end = first_day.next().at_minute(0);
        let rows = self.service.store().candles(series, first, day_end).await?;
        Ok(if contradicts_birth(&rows) { EMPTIES_IF_UNLIKELY } else { EMPTIES_IF_LIKELY })
    }
}

/// Whether the market was closed on every day of a range.
pub(crate) fn was_closed(range: DayRange) -> bool {
    let calendar = TradingCalendar::bundled();
    range.days().all(|day| calendar.is_surely_closed(day))
}

/// What a contract has, where it has any row.
fn own_stats<'a>(subject: &Subject, ladder: &'a [ContractStats]) -> Option<&'a ContractStats> {
    let Subject::Contract(stored, _) = subject else { return None };
    ladder.iter().find(|stats| stats.stored.id == stored.id && stats.candles > 0)
}

/// For a contract without a row.
fn empties_needed_beside(kind: ContractKind, strike: Option<Strike>, ladder: &[ContractStats]) -> u32 {
    let mut side: Vec<(Option<Strike>, u64)> = ladder
        .iter()
        .filter(|stats| stats.stored.contract.kind == kind)
        .map(|stats| (stats.stored.contract.strike, stats.candles))
        .collect();
    side.sort_by_key(|(strike, _)| *strike);
    let below: Vec<u64> = side.iter().rev().filter(|(s, _)| *s < strike).map(|(_, rows)| *rows).collect();
    let above: Vec<u64> = side.iter().filter(|(s, _)| *s > strike).map(|(_, rows)| *rows).collect();
    if vouches(&below) || vouches(&above) { EMPTIES_IF_LIKELY } else { EMPTIES_IF_UNLIKELY }
}

/// Whether the strikes on one side, the next one first, make an empty answer likely: the next is quiet, and if
/// it has no row at all, no busy one follows behind the empty ones.
fn vouches(rows: &[u64]) -> bool {
    match rows {
        [] => false,
        [0, beyond @ ..] => beyond.iter().find(|rows| **rows > 0).is_none_or(|rows| *rows < BUSY_ROWS_MIN),
        [next, ..] => *next < QUIET_ROWS_MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_neighbour_vouches_and_a_hole_in_a_busy_ladder_does_not() {
        for (rows, expected) in [
            (&[29, 5_000][..], true),
            (&[30], false),
            (&[0, 0, 12, 5_000], true),
            (&[0, 0], true),
            (&[0, 5_000], false),
            (&[], false),
        ] {
            assert_eq!(vouches(rows), expected, "{rows:?}");
        }
    }
}
