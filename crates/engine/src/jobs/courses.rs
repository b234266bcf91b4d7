//! Learning where the underlyings of a job went, for an order of strikes near the money: what is not stored is asked
//! for as daily candles, a decade in one request, judged and kept as all others are.
//!
//! Refuses to fail a job for it: where it cannot be learned, nothing is left out, and the log says why.

use std::collections::BTreeMap;
use std::sync::Arc;

use market::DayRange;
use store::{UnderlyingId, UnitRow};

use crate::course::Course;
use crate::final_days::{last_final_day, wanted_range};
use crate::jobs::confirm::EMPTIES_IF_UNLIKELY;
use crate::jobs::run::{Halt, Run};
use crate::jobs::subject::{History, Subject};
use crate::jobs::workers::in_parallel;

/// Why the daily candles of underlyings could not be had.
pub(crate) type CourseFailures = BTreeMap<UnderlyingId, String>;

impl Run {
    /// For the expiries of these listings.
    pub(crate) async fn learn_courses<'a>(
        &self,
        listings: impl Iterator<Item = &'a UnitRow>,
    ) -> Result<CourseFailures, Halt> {
        if self.plan.strikes.is_none() {
            return Ok(CourseFailures::new());
        }
        let mut wanted: BTreeMap<UnderlyingId, Vec<DayRange>> = BTreeMap::new();
        for listing in listings {
            let (_, expiry) = self.service.store().expiry_by_id(listing.expiry).await?;
            wanted.entry(expiry.underlying).or_default().push(wanted_range(expiry.date, self.plan.days));
        }
        let learn = |run: Self, (underlying, ranges): (UnderlyingId, Vec<DayRange>)| async move {
            Ok((underlying, run.learn_course(underlying, &ranges).await?))
        };
        let learned = in_parallel(self, wanted.into_iter().collect(), learn).await?;
        Ok(learned.into_iter().filter_map(|(underlying, failure)| Some((underlying, failure?))).collect())
    }

    /// Says why it could not be learned.
    async fn learn_course(
        &self,
        underlying: UnderlyingId,
        ranges: &[DayRange],
    ) -> Result<Option<String>, Halt> {
        let Some(missing) = self.missing_course(underlying, ranges).await? else { return Ok(None) };
        let (id, underlying) = self.service.store().underlying_by_id(underlying).await?;
        match self.bring_course(&Subject::Underlying(id, Arc::new(underlying), History::Days), missing).await
        {
            Ok(()) => Ok(None),
            Err(Halt::Broken(error)) if error.is_of_one_part() => Ok(Some(error.chain())),
            Err(halt) => Err(halt),
        }
    }

    /// From the first day that is not stored to the last: days in between cost nothing. A day of which there is no
    /// final history yet is not asked for.
    async fn missing_course(
        &self,
        underlying: UnderlyingId,
        ranges: &[DayRange],
    ) -> Result<Option<DayRange>, Halt> {
        let Some(all) = hull(ranges.iter().copied()) else { return Ok(None) };
        let course = Course::read(self.service.store(), underlying, all).await?;
        let missing = hull(ranges.iter().flat_map(|range| course.missing(*range)));
        let last = last_final_day(self.now());
        Ok(missing.and_then(|missing| DayRange::new(missing.from(), missing.to().min(last)).ok()))
    }

    /// That it did not trade at all is odd, so it is asked as often as for any other odd emptiness.
    async fn bring_course(&self, subject: &Subject, range: DayRange) -> Result<(), Halt> {
        for empty in self.bring(subject, range).await?.unanswered {
            self.ask_until(subject, empty, EMPTIES_IF_UNLIKELY).await?;
        }
        Ok(())
    }
}

/// From the first day of all to the last.
pub(crate) fn hull(ranges: impl Iterator<Item = DayRange>) -> Option<DayRange> {
    ranges.reduce(|one, other| {
        let (from, to) = (one.from().min(other.from()), one.to().max(other.to()));
        // The later of two last days does not lie before the earlier of two first ones.
        DayRange::new(from, to).unwrap_or(one)
    })
}
