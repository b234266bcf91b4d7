//! REST of the real executable: what it answers, in which words it refuses what it cannot read, and that its document
//! says both.

#![expect(clippy::unwrap_used, reason = "a test says what broke by panicking")]

#[path = "../../../crates/engine/tests/common/mod.rs"]
mod common;
mod document;
#[path = "../executable/mod.rs"]
mod executable;
mod refusals;
mod resources;
mod schema;
mod server;
