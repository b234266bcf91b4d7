//! Training sets: a dense grid of stored minutes for models, a row a minute and slot, in two files by time. A row holds
//! what was known at the end of its minute; the label alone looks ahead, and never beyond its own day, so nothing of the
//! later file is in the earlier one. Never asks the broker.

mod error;
mod grid;
mod service;
mod wish;

pub use error::DatasetError;
pub use service::DatasetService;
pub use wish::{DatasetWish, Slots, Split};
