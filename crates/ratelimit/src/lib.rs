//! A persistent limiter of several rolling windows at once.
//!
//! The broker counts requests in three rolling windows and punishes whoever exceeds one of them. It counts a
//! request when it *arrives*, a moment that the client never learns: somewhere between sending it and having
//! received the answer. So this crate counts a request from the moment it may be sent until one whole window
//! after its answer. Then no window of the broker can overflow, whatever the network does.
//!
//! The crate knows neither HTTP nor SQL: it hands out [`Slot`]s, and it remembers across restarts what was
//! handed out through the [`SlotLog`] that it is given. It never guesses a limit and never retries anything.

mod accounting;
mod clock;
mod forecast;
mod ledger;
mod limiter;
mod limits;
mod log;
mod memory_log;
mod moment;
mod parking;
mod picture;
mod queue;
mod restraint;
mod slot;
mod stamp;
mod virtual_clock;

pub use accounting::{ALIGNMENT_MARGIN, CLOCK_DRIFT_DIVISOR};
pub use clock::{BootTime, Clock, SystemClock, WallTime};
pub use forecast::{FORECAST_STEPS, forecast};
pub use ledger::{BLOCK_SIZE, KEPT_AT_LEAST};
pub use limiter::{Limiter, LimiterError};
pub use limits::{
    LARGEST_MAX, LONGEST_PERIOD, Limits, LimitsError, MOST_WINDOWS, SHORT_PERIOD, UPSTOX_WINDOWS, Window,
};
pub use log::{BoxFuture, LogChange, SlotBlock, SlotLog, SlotLogError};
pub use memory_log::MemoryLog;
pub use parking::{PARK_LADDER, PARK_LONGEST, PARK_SHORTEST};
pub use picture::{LimiterPicture, WindowPicture};
pub use queue::Priority;
pub use restraint::{RESERVE_PERCENT_MAX, Restraint};
pub use slot::{Receipt, Slot, UNANSWERED_GRACE};
pub use virtual_clock::VirtualClock;
