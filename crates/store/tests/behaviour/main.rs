//! What the store keeps and answers, on real files. One program: linking one takes longer than running its tests.

#![expect(clippy::unwrap_used, reason = "a test says what broke by panicking")]

mod archive;
#[path = "../common/mod.rs"]
mod common;
mod copies;
mod migrations;
mod names;
mod opening;
mod retries;
mod schedules_and_notices;
mod silent;
mod sql;
mod totals;
mod vault;
mod views;
mod watching;
mod writing;
