//! Option chains of past minutes, from what is stored. Never asks the broker; what cannot be said has its reason.

mod day;
mod known;
mod picture;
mod recent;
mod service;

pub(crate) use day::not_collected_words;
pub use day::{DayWalk, ExpiryDay};
pub(crate) use known::{KnownExpiry, rate_of};
pub use service::ChainService;
pub(crate) use service::nothing_of_day;
