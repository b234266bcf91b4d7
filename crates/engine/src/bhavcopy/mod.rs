//! The exchange's daily file of futures and options (bhavcopy): read, matched with what is known here, and kept as proof of
//! what was traded and what was not (decision 0016). It never changes a candle.

mod error;
mod matched;
mod name;
mod read;
mod replaced;
mod service;
mod text;
mod unpack;

pub use error::BhavcopyError;
pub use service::BhavcopyService;
