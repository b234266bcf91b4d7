//! What the status page reads.

use leptos::prelude::server;
use protocol::{AuditQuery, JobPicture, LogQuery, RefusedQuery};
use serde::{Deserialize, Serialize};

use super::{Answer, Json};
#[cfg(feature = "ssr")]
use super::{engine, program_log};
use crate::drawn::{
    ApiUseDrawn, Chart, ErrorLine, LoopLine, ProgramLines, RefusedLines, RequestLines, StatusFigure,
};
#[cfg(feature = "ssr")]
use crate::server::drawing;

/// Jobs that the page tells of.
#[cfg(feature = "ssr")]
const JOBS_SHOWN: u32 = 5;

/// What runs here and what it keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusDrawn {
    pub figures: Vec<StatusFigure>,
    /// How full the rate windows were in the last hour.
    pub windows: Chart,
    pub api_use: ApiUseDrawn,
    /// The newest jobs, and the newest errors in the logs of all.
    pub jobs: Vec<JobPicture>,
    pub errors: Vec<ErrorLine>,
    /// Things that Upstox sent and could not be taken, as far as they are open.
    pub refused: u64,
    /// What works by itself here.
    pub loops: Vec<LoopLine>,
    /// Endpoints that were asked lately.
    pub endpoints: Vec<String>,
}

/// What runs here, what it keeps, and how full the rate windows were.
#[server(prefix = "/rpc", endpoint = "status", input = Json, output = Json)]
pub async fn status() -> Answer<StatusDrawn> {
    let engine = engine()?;
    let status = engine.status().await?;
    Ok(StatusDrawn {
        figures: drawing::status_figures(&status),
        windows: drawing::windows_chart(&status.windows),
        api_use: drawing::api_use_drawn(&status.api_use),
        jobs: engine.jobs().newest(JOBS_SHOWN).await?,
        errors: drawing::error_lines(&status.health),
        refused: status.refused.iter().map(|count| count.open).sum(),
        loops: status.loops.iter().map(drawing::loop_in_words).collect(),
        endpoints: status.endpoints,
    })
}

/// A page of the requests to the broker, newest first.
#[server(prefix = "/rpc", endpoint = "status/requests", input = Json, output = Json)]
pub async fn requests(query: AuditQuery) -> Answer<RequestLines> {
    let engine = engine()?;
    let page = engine.requests().log(&query).await?;
    let subjects = engine.requests().subjects(&page.lines).await?;
    Ok(drawing::request_lines(page, &subjects))
}

/// What Upstox sent and could not be taken, newest first.
#[server(prefix = "/rpc", endpoint = "status/refused", input = Json, output = Json)]
pub async fn refused(query: RefusedQuery) -> Answer<RefusedLines> {
    Ok(drawing::refused_lines(engine()?.requests().refused(&query).await?))
}

/// The newest lines of the program's own log.
#[server(prefix = "/rpc", endpoint = "status/log", input = Json, output = Json)]
pub async fn log(query: LogQuery) -> Answer<ProgramLines> {
    Ok(drawing::program_lines(program_log(query).await?))
}
