//! What the status page reads.

use leptos::prelude::server;
use protocol::{AuditQuery, RefusedQuery};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use super::engine;
use super::{Answer, Json};
#[cfg(feature = "ssr")]
use crate::drawn;
use crate::drawn::{Chart, RefusedLines, RequestLines};

/// What runs here and what it keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusDrawn {
    /// Name, number and detail of each.
    pub figures: Vec<Vec<String>>,
    /// How full the rate windows were in the last hour.
    pub windows: Chart,
    /// Things that Upstox sent and could not be taken, as far as they are open.
    pub refused: u64,
    /// What works by itself here: its name, whether it runs, and how it is in words.
    pub loops: Vec<LoopDrawn>,
    /// Endpoints that were asked lately.
    pub endpoints: Vec<String>,
}

/// Something that works by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoopDrawn {
    pub name: String,
    pub is_running: bool,
    pub words: String,
}

/// What runs here, what it keeps, and how full the rate windows were.
#[server(prefix = "/rpc", endpoint = "status", input = Json, output = Json)]
pub async fn status() -> Answer<StatusDrawn> {
    let status = engine()?.requests().status().await?;
    Ok(StatusDrawn {
        figures: drawn::status_figures(&status),
        windows: drawn::windows_chart(&status.windows),
        refused: status.refused.iter().map(|count| count.open).sum(),
        loops: status.loops.iter().map(drawn::loop_in_words).collect(),
        endpoints: status.endpoints,
    })
}

/// A page of the requests to the broker, newest first.
#[server(prefix = "/rpc", endpoint = "status/requests", input = Json, output = Json)]
pub async fn requests(query: AuditQuery) -> Answer<RequestLines> {
    Ok(drawn::request_lines(engine()?.requests().log(&query).await?))
}

/// What Upstox sent and could not be taken, newest first.
#[server(prefix = "/rpc", endpoint = "status/refused", input = Json, output = Json)]
pub async fn refused(query: RefusedQuery) -> Answer<RefusedLines> {
    Ok(drawn::refused_lines(engine()?.requests().refused(&query).await?))
}
