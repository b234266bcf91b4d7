//! Jobs: plan, queue, run, account.
//!
//! A job lists the contracts of its expiries, brings their candles, asks again what came back empty, and
//! ends. Its units and counters live in the database, so a restart at any moment goes on where it was. One
//! job runs at a time: the limits are the broker's, and a second job would only make both later.

mod again;
mod commands;
mod confirm;
mod control;
mod courses;
mod create;
mod density;
mod estimate;
mod estimate_days;
mod estimate_taken;
mod evidence;
mod fetch;
mod finish;
mod grid;
mod keep;
mod limit;
mod listed_units;
mod listing;
mod listing_words;
mod log;
mod mend;
mod meter;
mod months;
mod notify;
mod picture;
mod retry;
mod run;
mod service;
mod silence;
mod strays;
mod subject;
mod under_way;
mod waits;
mod whole;
mod workers;

pub(crate) use limit::near_money;
pub use picture::JobReader;
pub use run::RunEnd;
pub use service::JobService;
pub(crate) use subject::{History, Subject};
