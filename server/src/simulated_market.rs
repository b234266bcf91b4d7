//! The simulated market within this process: a look-alike of Upstox on a loopback port of its own, for the server and for
//! each command with `--simulated`. It enforces the limits that the engine keeps.

use std::path::PathBuf;

use anyhow::Context;
use engine::{Limits, Source};
use market::Day;
use simulator::Simulator;
use tokio::net::TcpListener;

use crate::commands::simulate::options;

/// Answers until `end` comes, at the longest as long as the process.
pub async fn start(
    limits: &Limits,
    today: Option<Day>,
    faults: Option<PathBuf>,
    end: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<Source> {
    let mut options = options(limits);
    options.fault_file = faults;
    if let Some(today) = today {
        options.today = today;
    }
    let today = options.today;
    let simulator = Simulator::new(options)?;
    let listener = TcpListener::bind("127.0.0.1:0").await.context("no loopback port is free")?;
    let address = listener.local_addr()?;
    tokio::spawn(simulator.serve(listener, end));
    Ok(Source::Simulated { address: format!("http://{address}").parse()?, today })
}
