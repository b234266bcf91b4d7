//! Strategies of past minutes: legs are chosen in the minute of the entry among what had been traded by then, and
//! followed to their exit, over one expiry or over many. Never asks the broker; what is not priced says why.

mod costs;
mod follow;
mod look;
mod market_then;
mod opened;
mod payoff;
mod picture;
mod runs;
mod sentence;
mod service;
mod sessions;
mod summary;
mod wish;

pub use service::StrategyService;
pub use summary::of_profits as run_summary;
pub use wish::{RunWish, Stops, StrategyWish, WishedTerms};
