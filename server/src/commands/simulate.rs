//! `expirytrack simulate`: the look-alike of Upstox by itself.

use std::path::PathBuf;

use anyhow::Context;
use engine::Limits;
use market::Day;
use simulator::{Simulator, SimulatorOptions};
use tokio::net::TcpListener;

use crate::arguments::Simulate;
use crate::commands::signals::stopped;
use crate::exit::Exit;
use crate::output::tell;

pub async fn run(simulate: Simulate) -> anyhow::Result<Exit> {
    let (simulator, today) = look_alike(&simulate.limits, simulate.today, simulate.faults)?;
    let listener = bind(simulate.addr).await?;
    let address = listener.local_addr()?;
    tell(format!(
        "a look-alike of Upstox answers at http://{address}; its today is {today}, its limits {}",
        simulate.limits
    ));
    tell(format!(
        "use it with EXPIRYTRACK_UPSTOX_URL=http://{address}; the token \"simulated\" is always good; stop it with Ctrl-C"
    ));
    let end = async {
        let _exit = stopped().await;
    };
    simulator.serve(listener, end).await?;
    Ok(Exit::Done)
}

/// A simulator that enforces these limits, and the day on which it lives.
pub fn look_alike(
    limits: &Limits,
    today: Option<Day>,
    fault_file: Option<PathBuf>,
) -> anyhow::Result<(Simulator, Day)> {
    let usual = SimulatorOptions::default();
    let today = today.unwrap_or(usual.today);
    let limits = (!limits.is_off())
        .then(|| limits.windows().iter().map(|window| (window.max, window.period)).collect());
    Ok((Simulator::new(SimulatorOptions { limits, fault_file, today, ..usual })?, today))
}

pub async fn bind(address: std::net::SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!(
            "{address} cannot be listened on: is another program using the port? Choose another with --addr"
        )
    })
}
