//! What schedules have collected and could not be published: kept until it is, so that a schedule's page tells of it after
//! a restart too, and told once for a row of failures.

use std::collections::BTreeMap;

use market::EpochSeconds;
use protocol::Unpublished;
use serde::{Deserialize, Serialize};
use store::Store;

use crate::error::EngineError;

const UNPUBLISHED: &str = "lake_unpublished";

/// By the schedule's id.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept(BTreeMap<i64, Unpublished>);

async fn read(store: &Store) -> Result<Kept, EngineError> {
    let text = store.setting(UNPUBLISHED).await?;
    // What another version wrote is found out again with the next try.
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

async fn keep(store: &Store, kept: &Kept) -> Result<(), EngineError> {
    let text = serde_json::to_string(kept).map_err(EngineError::UnreadableJob)?;
    Ok(store.put_setting(UNPUBLISHED, &text).await?)
}

/// Why what a schedule collected is in no lake yet.
pub(crate) async fn unpublished_of(store: &Store, schedule: i64) -> Result<Option<Unpublished>, EngineError> {
    Ok(read(store).await?.0.remove(&schedule))
}

/// Says whether that is new.
pub(super) async fn failed(
    store: &Store,
    schedule: i64,
    problem: String,
    at: EpochSeconds,
) -> Result<bool, EngineError> {
    let mut kept = read(store).await?;
    let since = kept.0.get(&schedule).map_or(at, |known| known.since);
    let is_new = kept.0.insert(schedule, Unpublished { since, problem }).is_none();
    keep(store, &kept).await?;
    Ok(is_new)
}

/// Nothing waits any more but what these schedules collected.
pub(super) async fn only(store: &Store, schedules: &[i64]) -> Result<(), EngineError> {
    let mut kept = read(store).await?;
    let before = kept.0.len();
    kept.0.retain(|schedule, _| schedules.contains(schedule));
    if kept.0.len() == before { Ok(()) } else { keep(store, &kept).await }
}
