//! What the pages of jobs read and command.

use leptos::prelude::server;
use protocol::{JobEvent, JobId, JobPicture};
use serde::{Deserialize, Serialize};

use super::Answer;
#[cfg(feature = "ssr")]
use super::engine;

/// How many events a page opens with, at most.
#[cfg(feature = "ssr")]
const OPENING_EVENTS: i64 = 200;
/// Ids in one piece of older events: no more than the engine gives at once, so that none is skipped.
#[cfg(feature = "ssr")]
const OLDER_PIECE: i64 = 500;
/// Pieces of other jobs' events that are passed over in one call.
#[cfg(feature = "ssr")]
const OLDER_PIECES_MAX: usize = 40;

/// A job as its page first shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobOpening {
    pub picture: JobPicture,
    /// The newest events, oldest first.
    pub events: Vec<JobEvent>,
    /// The job's first event, which tells whether there are older ones.
    pub first_event: i64,
}

/// The newest jobs first.
#[server(prefix = "/rpc", endpoint = "jobs/list")]
pub async fn jobs() -> Answer<Vec<JobPicture>> {
    Ok(engine()?.jobs().list().await?)
}

/// One job with the end of its log.
#[server(prefix = "/rpc", endpoint = "jobs/one")]
pub async fn job(id: JobId) -> Answer<JobOpening> {
    let engine = engine()?;
    let picture = engine.jobs().picture(id).await?;
    let first_event = engine.jobs().events(id, 0).await?.first().map_or(0, |event| event.id);
    let events = engine.jobs().events(id, (picture.last_event - OPENING_EVENTS).max(0)).await?;
    Ok(JobOpening { picture, events, first_event })
}

/// Events of a job before one that the page has, oldest first; none when that one is the first.
#[server(prefix = "/rpc", endpoint = "jobs/older_events")]
pub async fn older_events(id: JobId, before: i64) -> Answer<Vec<JobEvent>> {
    let engine = engine()?;
    let mut after = before;
    for _ in 0..OLDER_PIECES_MAX {
        after = (after - OLDER_PIECE - 1).max(0);
        let mut events = engine.jobs().events(id, after).await?;
        events.retain(|event| event.id < before);
        if !events.is_empty() || after == 0 {
            return Ok(events);
        }
    }
    Ok(Vec::new())
}

/// What a person can tell a job. What it brought stays, whatever it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum JobCommand {
    /// Holds it until it is resumed.
    Pause,
    Resume,
    /// Takes an ended job up again, for what failed or was left.
    Retry,
    Cancel,
}

/// Tells a job something, and gives back how it stands then.
#[server(prefix = "/rpc", endpoint = "jobs/command")]
pub async fn command(id: JobId, command: JobCommand) -> Answer<JobPicture> {
    let engine = engine()?;
    let jobs = engine.jobs();
    let picture = match command {
        JobCommand::Pause => jobs.pause(id).await,
        JobCommand::Resume => jobs.resume(id).await,
        JobCommand::Retry => jobs.retry(id).await,
        JobCommand::Cancel => jobs.cancel(id).await,
    };
    Ok(picture?)
}
