//! Option chains of past minutes, from what is stored. Never asks the broker; what cannot be said has its reason.

mod day;
mod picture;
mod recent;
mod service;

pub use day::ExpiryDay;
pub use service::ChainService;
