//! The right to send one request.
//!
//! A slot is used up by value, so a request without one, or two with the same, do not compile. It cannot be
//! copied, and forgetting about it frees nothing early.

use std::time::Duration;

use crate::{Limiter, parking::Epoch};

/// How long a request that was given up may take to arrive at the broker all the same.
pub const UNANSWERED_GRACE: Duration = Duration::from_secs(10);

/// The right to send one request now.
///
/// Merely dropped (cancelled, timed out, connection broken) it counts until one window after
/// [`UNANSWERED_GRACE`] from the drop, because the request may still arrive.
#[must_use = "dropping a slot counts as a request that was given up; give it back with `unused`"]
#[derive(Debug)]
pub struct Slot {
    limiter: Limiter,
    /// The block on record; none without limits.
    block: Option<i64>,
    epoch: Epoch,
    settled: bool,
}

/// How a slot ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Answered,
    GivenUp,
    Unused,
}

impl Slot {
    pub(crate) fn new(limiter: Limiter, block: Option<i64>, epoch: Epoch) -> Self {
        Self { limiter, block, epoch, settled: false }
    }

    /// The answer has been received to its last byte: the slot counts for one more window from now.
    ///
    /// The receipt is for [`Limiter::succeeded`] or [`Limiter::refused`]; an answer that is neither a success
    /// nor a 429 needs none.
    pub fn answered(mut self) -> Receipt {
        self.settle(Ending::Answered);
        Receipt { epoch: self.epoch }
    }

    /// Nothing was sent: the slot is free at once.
    pub fn unused(mut self) {
        self.settle(Ending::Unused);
    }

    fn settle(&mut self, ending: Ending) {
        if !self.settled {
            self.settled = true;
            self.limiter.settle(self.block, ending);
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.settle(Ending::GivenUp);
    }
}

/// That a request was answered; knows whether it was granted before or after the last 429.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    pub(crate) epoch: Epoch,
}
