//! Series made from stored minutes: `analytics` has the rules, here the days are chosen and read one after the other.
//! Never asks the broker; nothing is filled forward, and what cannot be made says why.

mod continuous;
mod days;
mod document;
mod implied;
mod maturity;
mod near_money;
mod of_expiry;
mod realised;
mod service;
mod strategy;
mod wish;

pub(crate) use days::StoredDays;
pub(crate) use document::{gaps, row};
pub(crate) use realised::alone as realised_volatility;
pub use service::SeriesService;
pub(crate) use service::{Anchors, Making, days_joined};
pub use wish::SeriesWish;
pub(crate) use wish::has_rate;
