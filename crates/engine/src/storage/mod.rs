//! The room that the database takes: what takes how much, giving free room back, and removing what is not needed any
//! more. What is long is carried out in the background, one thing at a time, and can be stopped.

mod archive;
mod compact;
mod figures;
mod preview;
mod prune;
mod service;
mod work;

pub use service::StorageService;
pub(crate) use work::Undertaking;
