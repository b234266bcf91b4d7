//! The days that were looked at last, so that the next minute costs no reading. A few, and none that is old.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use analytics::Terms;
use market::Day;
use store::{ExpiryId, MinutesStamp};

use super::day::ExpiryDay;

/// Of 200 contracts a day is some five megabytes.
const DAYS_MAX: usize = 6;

#[derive(Clone, Copy, PartialEq)]
pub(super) struct Wanted {
    pub expiry: ExpiryId,
    pub day: Day,
    pub terms: Terms,
    /// What was stored when it was asked for.
    pub stamp: MinutesStamp,
}

/// Clones share the days.
#[derive(Clone, Default)]
pub(super) struct RecentDays(Arc<Mutex<VecDeque<Recent>>>);

type Recent = (Wanted, Arc<ExpiryDay>);

impl RecentDays {
    pub(super) fn find(&self, wanted: &Wanted) -> Option<Arc<ExpiryDay>> {
        let mut days = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = days.iter().position(|(known, _)| known == wanted)?;
        let found = days.remove(place)?;
        let day = found.1.clone();
        days.push_back(found);
        Some(day)
    }

    /// What was kept of the same day before is not true any more.
    pub(super) fn keep(&self, wanted: Wanted, day: Arc<ExpiryDay>) {
        let mut days = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        days.retain(|(known, _)| (known.expiry, known.day) != (wanted.expiry, wanted.day));
        days.push_back((wanted, day));
        while days.len() > DAYS_MAX {
            days.pop_front();
        }
    }
}
