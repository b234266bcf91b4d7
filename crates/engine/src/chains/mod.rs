//! Option chains of past minutes, from what is stored. Never asks the broker; what cannot be said has its reason.

mod day;
mod known;
mod opened_at;
mod picture;
mod recent;
mod service;

pub use day::{DayWalk, ExpiryDay};
pub(crate) use day::{listed, no_forward_words, not_collected_words};
pub(crate) use known::{KnownExpiry, newest_expiry, no_minutes, rate_of};
pub(crate) use picture::NO_MINUTES;
pub use service::ChainService;
pub(crate) use service::nothing_of_day;
