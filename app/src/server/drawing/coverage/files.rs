//! The exchange's files that were taken in, drawn for the list beneath the place where they are dropped.

use engine::Engine;
use protocol::BhavcopyLine;

use crate::drawn::{TakenFile, TakenFiles};
use crate::format;
use crate::rpc::Answer;

/// Files that are listed.
const FILES_SHOWN: usize = 12;

pub(crate) async fn taken_files(engine: &Engine) -> Answer<TakenFiles> {
    let all = engine.bhavcopy().list().await?.files;
    let files = all.iter().take(FILES_SHOWN).filter_map(drawn).collect();
    Ok(TakenFiles { files, older: all.len().saturating_sub(FILES_SHOWN) })
}

/// Nothing but files of the two is taken in.
fn drawn(file: &BhavcopyLine) -> Option<TakenFile> {
    Some(TakenFile {
        exchange: file.exchange.parse().ok()?,
        day: file.day,
        day_text: format::day(file.day),
        name: file.name.clone(),
        rows: format::grouped(file.rows),
        contracts: format::grouped(file.contracts),
    })
}
