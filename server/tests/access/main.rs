//! Who is let in to the real executable: from other machines, with a password, sessions and tokens, by the commands of
//! this machine, under TLS and behind a proxy.

#![expect(clippy::unwrap_used, reason = "a test says what broke by panicking")]

mod certificates;
#[path = "../../../crates/engine/tests/common/mod.rs"]
mod common;
#[path = "../behaviour/executable.rs"]
mod executable;
mod house;
mod locked;
mod sign_in;
mod start;
mod tls;
