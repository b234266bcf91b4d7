//! Coverage: what is known of each day of each series, where holes are, and whether the database is sound.
//!
//! It judges and never plans: what is asked of the broker rests on answers alone.

mod early_end;
mod judge;
mod map;
mod market_days;
mod quality;
mod sample;
mod service;
mod settled;
mod verify;

pub(crate) use market_days::MarketDays;
pub use service::CoverageService;
