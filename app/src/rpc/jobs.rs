//! What the pages of jobs read and command.

use leptos::prelude::server;
use protocol::{EventLevel, JobCommand, JobEvent, JobId, JobPicture, SearchedEvents};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use super::engine;
use super::{Answer, Json};
use crate::drawn::{FailureGroup, PaceCharts, Strip};
#[cfg(feature = "ssr")]
use crate::server::drawing;

/// Events that a page opens with, at most.
#[cfg(feature = "ssr")]
const OPENING_EVENTS: i64 = 200;

/// Older jobs that are brought at once.
#[cfg(feature = "ssr")]
const OLDER_JOBS: u32 = 200;

/// A job as its page first shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobOpening {
    pub picture: JobPicture,
    /// The newest events, oldest first.
    pub events: Vec<JobEvent>,
    /// The job's first event, which tells whether there are older ones.
    pub first_event: i64,
    pub watched: Watched,
}

/// What a page wants to see of a job beside its picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchWish {
    /// The expiry whose contracts are shown, `2025-08-28 NSE_INDEX|Nifty 50`; without one, or where it cannot be
    /// read, the one that is worked on.
    pub open: String,
    /// Expiries at most.
    pub expiries: u32,
    /// Failures at most.
    pub failures: u32,
    /// Whether the charts are wanted, too.
    pub charts: bool,
}

/// Strips that a page opens with, and that each "show more" adds.
pub const EXPIRIES_A_PAGE: u32 = 60;
/// The same of failures.
pub const FAILURES_A_PAGE: u32 = 50;

impl WatchWish {
    /// Of a page that is being opened, with the expiry that its address names.
    pub fn first(open: String) -> Self {
        Self { open, expiries: EXPIRIES_A_PAGE, failures: FAILURES_A_PAGE, charts: true }
    }
}

/// What is watched of a job: it changes with every unit that ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Watched {
    pub strips: Vec<Strip>,
    pub failures: Vec<FailureGroup>,
    /// None where they are not wanted.
    pub charts: Option<PaceCharts>,
}

/// The newest jobs first.
#[server(prefix = "/rpc", endpoint = "jobs/list", input = Json, output = Json)]
pub async fn jobs() -> Answer<Vec<JobPicture>> {
    Ok(engine()?.jobs().list().await?)
}

/// Those before one that the page has, the newest first.
#[server(prefix = "/rpc", endpoint = "jobs/older", input = Json, output = Json)]
pub async fn older_jobs(before: JobId) -> Answer<Vec<JobPicture>> {
    Ok(engine()?.jobs().page(Some(before), None, OLDER_JOBS).await?)
}

/// One job with the end of its log.
#[server(prefix = "/rpc", endpoint = "jobs/one", input = Json, output = Json)]
pub async fn job(id: JobId, wish: WatchWish) -> Answer<JobOpening> {
    let engine = engine()?;
    let picture = engine.jobs().picture(id).await?;
    let first_event = engine.jobs().events(id, 0).await?.first().map_or(0, |event| event.id);
    let events = engine.jobs().events(id, (picture.last_event - OPENING_EVENTS).max(0)).await?;
    let watched = watch(id, wish).await?;
    Ok(JobOpening { picture, events, first_event, watched })
}

/// The grid of a job, what failed, and its pace.
#[server(prefix = "/rpc", endpoint = "jobs/watch", input = Json, output = Json)]
pub async fn watch(id: JobId, wish: WatchWish) -> Answer<Watched> {
    let engine = engine()?;
    let jobs = engine.jobs();
    let grid = jobs.grid(id, target(&wish.open).as_ref(), wish.expiries).await?;
    let charts = match wish.charts {
        true => Some(drawing::pace_charts(&engine.requests().pace(id).await?)),
        false => None,
    };
    Ok(Watched {
        strips: drawing::grid(&jobs.picture(id).await?, grid),
        failures: drawing::failures(&jobs.failures(id, wish.failures).await?),
        charts,
    })
}

/// `2025-08-28 NSE_INDEX|Nifty 50`.
#[cfg(feature = "ssr")]
fn target(text: &str) -> Option<protocol::Target> {
    let (expiry, underlying) = text.split_once(' ')?;
    Some(protocol::Target { underlying: underlying.parse().ok()?, expiry: expiry.parse().ok()? })
}

/// Events of a job before one that the page has, oldest first; none when that one is the first.
#[server(prefix = "/rpc", endpoint = "jobs/older_events", input = Json, output = Json)]
pub async fn older_events(id: JobId, before: i64) -> Answer<Vec<JobEvent>> {
    Ok(engine()?.jobs().older_events(id, before).await?)
}

/// Older events that pass a filter, a part of the log at a time.
#[server(prefix = "/rpc", endpoint = "jobs/search_events", input = Json, output = Json)]
pub async fn search_events(
    id: JobId,
    before: i64,
    level: Option<EventLevel>,
    find: String,
) -> Answer<SearchedEvents> {
    Ok(engine()?.jobs().search_events(id, before, level, &find).await?)
}

/// Tells a job something, and gives back how it stands then.
#[server(prefix = "/rpc", endpoint = "jobs/command", input = Json, output = Json)]
pub async fn command(id: JobId, command: JobCommand) -> Answer<JobPicture> {
    Ok(engine()?.jobs().tell(id, command).await?)
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::target;

    #[test]
    fn an_expiry_is_named_in_the_address() {
        let named = target("2025-08-28 NSE_INDEX|Nifty 50").unwrap();
        assert_eq!((named.expiry.to_string().as_str(), named.underlying.name()), ("2025-08-28", "Nifty 50"));
        for nonsense in ["", "2025-08-28", "28-08-2025 NSE_INDEX|Nifty 50", "2025-08-28 Nifty"] {
            assert_eq!(target(nonsense), None, "{nonsense}");
        }
    }
}
