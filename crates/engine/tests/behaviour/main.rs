//! What the engine does, file by file. One program, because linking one takes longer than running most of its tests;
//! the failing disk has one of its own, for it is one for the whole process.

#![expect(clippy::unwrap_used, reason = "a test says what broke by panicking")]

mod analysis;
mod archive;
mod backups;
mod bars;
mod bhavcopy;
mod browse;
mod candles;
mod chains;
#[path = "../common/mod.rs"]
mod common;
mod complete;
mod coverage;
mod datasets;
mod exports;
mod find;
mod home;
mod import;
#[path = "../common/in_memory.rs"]
mod in_memory;
mod lake;
mod lake_moving;
mod later;
mod life;
#[path = "../../../store/tests/common/mod.rs"]
mod lists;
mod notices;
mod panics;
mod preferences;
mod recovered;
mod replay;
mod retries;
mod road;
mod schedules;
mod series;
mod settled;
mod sign_in;
mod silence;
mod simulation;
mod still_stage;
#[path = "../common/still_time.rs"]
mod still_time;
mod storage;
mod strategies;
mod stream;
mod strikes;
mod truncation;
mod underlying;
mod waiting;
mod watching;
mod who_can_be_collected;
