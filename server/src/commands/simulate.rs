//! `expirytrack simulate`: the look-alike of Upstox by itself.

use anyhow::Context;
use engine::Limits;
use simulator::{Simulator, SimulatorOptions};
use tokio::net::TcpListener;

use crate::arguments::Simulate;
use crate::commands::signals::stopped;
use crate::exit::Exit;
use crate::output::tell;

pub async fn run(simulate: Simulate) -> anyhow::Result<Exit> {
    let mut options = options(&simulate.limits);
    options.fault_file = simulate.faults;
    if let Some(today) = simulate.today {
        options.today = today;
    }
    let today = options.today;
    let simulator = Simulator::new(options)?;
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

/// The simulator's options with the limits that it enforces.
pub fn options(limits: &Limits) -> SimulatorOptions {
    let windows = (!limits.is_off())
        .then(|| limits.windows().iter().map(|window| (window.max, window.period)).collect());
    SimulatorOptions { limits: windows, ..SimulatorOptions::default() }
}

pub async fn bind(address: std::net::SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!(
            "{address} cannot be listened on: is another program using the port? Choose another with --addr"
        )
    })
}
