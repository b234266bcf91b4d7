//! A past day in the form of Upstox's market data feed V3, for programs that were written for it. What the feed had
//! live and stored minutes do not tell (quotes, ticks within a minute, quantities of single trades, average prices) is
//! left empty, and never guessed.

mod messages;
mod request;
mod session;
mod wire;

pub use session::{FeedSession, Over};
pub use wire::FeedResponse;
