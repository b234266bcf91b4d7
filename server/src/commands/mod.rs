//! One file a command. A command reads its arguments, calls one engine method, prints what came back.

pub mod analysis;
pub mod archive;
pub mod backup;
pub mod bhavcopy;
pub mod callback;
pub mod candles;
pub mod chain;
pub mod collect;
pub mod compact;
pub mod contract;
pub mod coverage;
pub mod dataset;
pub mod doctor;
pub mod encryption;
pub mod export;
pub mod find;
pub mod import;
pub mod jobs;
pub mod lake;
pub mod listing;
pub mod login;
pub mod password;
pub mod progress;
pub mod prune;
pub mod quality;
pub mod replay;
pub mod requests;
pub mod restore;
pub mod schedule;
pub mod series;
pub mod serve;
pub mod settings;
pub mod signals;
pub mod simulate;
pub mod sql;
pub mod storage;
pub mod strategy;
pub mod token;
pub mod vault;
pub mod verify;
pub mod waiting;

use engine::EngineError;
use market::EpochSeconds;

/// `Tue 25 Nov 2025, 07:30 IST`.
pub fn moment(at: EpochSeconds) -> String {
    at.to_ist().format("%a %-d %b %Y, %H:%M IST").to_string()
}

/// An error as one sentence, with what caused it.
pub fn sentence(error: &anyhow::Error) -> String {
    if let Some(error) = error.downcast_ref::<EngineError>() {
        let hint = error.command_that_helps().map(|hint| format!(" ({hint})")).unwrap_or_default();
        return error.chain() + &hint;
    }
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}
