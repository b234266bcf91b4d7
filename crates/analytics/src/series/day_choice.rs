//! A strike that is chosen at one time of each day and kept: what was known before that time is not used after it, and
//! what came after it not before.

use market::{Day, Strike, TimeOfDay};

use super::point::Gap;
use crate::Snapshot;

#[derive(Clone, Debug, Default)]
pub(crate) struct DayChoice {
    chosen: Option<(Day, Result<Strike, Gap>)>,
}

impl DayChoice {
    /// `None` before the time of choice: the day has no strike yet. A day whose minute of choice was never told has
    /// none at all.
    pub(crate) fn strike(
        &mut self,
        snapshot: &Snapshot<'_>,
        from: TimeOfDay,
        choose: impl FnOnce() -> Result<Strike, Gap>,
    ) -> Option<Result<Strike, Gap>> {
        let (day, minute) = (snapshot.at().day(), snapshot.at().minute_of_day());
        if minute < from.minute_of_day() {
            return None;
        }
        if minute == from.minute_of_day() {
            self.chosen = Some((day, choose()));
        }
        match self.chosen {
            Some((of, strike)) if of == day => Some(strike),
            _ => Some(Err(Gap::NothingChosen { from })),
        }
    }
}
