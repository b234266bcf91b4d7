//! The real executable beside the simulator: on the command line, over REST, killed, and on a full disk. One program:
//! linking one takes longer than running most of its tests.

#![expect(clippy::unwrap_used, reason = "a test says what broke by panicking")]

mod archive;
mod backups;
mod bad_lakes;
mod bhavcopy;
mod bounds;
mod command_line;
#[path = "../../../crates/engine/tests/common/mod.rs"]
mod common;
mod doctor;
mod executable;
mod export;
#[cfg(unix)]
mod full_disk;
mod import;
mod kill;
mod logs;
mod monitoring;
mod names;
mod requests;
mod rest;
mod schedules;
mod secrets;
mod series;
mod simulated;
mod sql;
mod storage;
mod strategy;
mod streams;
mod strikes;
