//! What a person adds to the limits while work goes on. It makes them stricter and never looser.

use std::num::NonZeroU32;

use crate::Limits;

/// The most of a window that is kept for people: bulk work always has the other half.
pub const RESERVE_PERCENT_MAX: u32 = 50;

/// Beside the limits that a limiter was opened with. The default adds nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Restraint {
    /// At most so many in any second.
    pub per_second: Option<NonZeroU32>,
    /// So much of each window is left to people while a page is connected, at most [`RESERVE_PERCENT_MAX`]. Without it
    /// 4 % of a window of a second, and 2 % of a longer one.
    pub reserve_percent: Option<u32>,
}

impl Restraint {
    /// The limits that keep both.
    pub(crate) fn of(self, limits: &Limits) -> Limits {
        self.per_second.map_or_else(|| limits.clone(), |max| limits.lower_per_second(max))
    }
}
