//! REST of the real executable: what it answers, in which words it refuses what it cannot read, and that its document
//! says both.

mod caching;
mod candles;
mod document;
mod once;
mod refusals;
mod resources;
mod schema;
pub mod server;
mod settings;
mod tables;
