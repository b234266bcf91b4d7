//! The simulated market within this process: a look-alike of Upstox on a loopback port of its own, for the server and for
//! each command with `--simulated`. It enforces the limits that the engine keeps.

use std::path::PathBuf;

use anyhow::Context;
use engine::{Limits, Source};
use market::Day;
use tokio::net::TcpListener;

use crate::commands::simulate::look_alike;

/// Answers until `end` comes, at the longest as long as the process.
pub async fn start(
    limits: &Limits,
    today: Option<Day>,
    faults: Option<PathBuf>,
    end: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<Source> {
    let (simulator, today) = look_alike(limits, today, faults)?;
    let listener = TcpListener::bind("127.0.0.1:0").await.context("no loopback port is free")?;
    let address = listener.local_addr()?;
    tokio::spawn(simulator.serve(listener, end));
    Ok(Source::Simulated { address: format!("http://{address}").parse()?, today })
}
