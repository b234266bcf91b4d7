//! `expirytrack serve`: the app, on Upstox or on the built-in simulated market.

use std::path::PathBuf;

use anyhow::Context;
use engine::{Engine, SIMULATED_DATA_DIR_DEFAULT, Source};
use simulator::Simulator;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::arguments::{Global, Serve};
use crate::commands::signals::stopped;
use crate::commands::simulate::{bind, options};
use crate::exit::Exit;
use crate::http;
use crate::output::tell;

pub async fn run(global: &Global, serve: &Serve) -> anyhow::Result<Exit> {
    let listener = bind(serve.addr).await?;
    let address = listener.local_addr()?;
    let (closing, closed) = watch::channel(false);
    let engine = open_engine(global, serve, closed.clone()).await?;
    engine.announce(&format!("http://{}", reachable(address))).context("owner.json cannot be written")?;
    engine.start_in_background();
    let site = http::router(&engine, address, closed)?;
    let page = format!("http://{}", reachable(address));
    tell(format!("ExpiryTrack is at {page}{}", if serve.simulated { " (simulated market)" } else { "" }));
    if serve.open {
        open_browser(&page);
    }
    let ended = http::serve(listener, site, async move {
        let exit = stopped().await;
        closing.send_replace(true);
        exit
    })
    .await?;
    engine.close().await?;
    tell("stopped; unfinished jobs go on at the next start");
    Ok(ended)
}

async fn open_engine(
    global: &Global,
    serve: &Serve,
    closed: watch::Receiver<bool>,
) -> anyhow::Result<Engine> {
    if !serve.simulated {
        return Ok(Engine::open(global.engine_config()?).await?);
    }
    let data_dir = global.data_dir.clone().unwrap_or_else(|| PathBuf::from(SIMULATED_DATA_DIR_DEFAULT));
    let address = start_simulator(global, serve, closed).await?;
    let config = global.config_for(data_dir, Source::Simulated(format!("http://{address}").parse()?))?;
    Ok(Engine::open(config).await?)
}

/// The simulator enforces the limits that the engine keeps, on a loopback port of its own.
async fn start_simulator(
    global: &Global,
    serve: &Serve,
    mut closed: watch::Receiver<bool>,
) -> anyhow::Result<std::net::SocketAddr> {
    let mut options = options(&global.limits());
    options.fault_file = serve.faults.clone();
    if let Some(today) = serve.today {
        options.today = today;
    }
    let simulator = Simulator::new(options)?;
    let listener = TcpListener::bind("127.0.0.1:0").await.context("no loopback port is free")?;
    let address = listener.local_addr()?;
    tokio::spawn(simulator.serve(listener, async move {
        // An error says that the sender is gone, which is the end too.
        let _ = closed.wait_for(|closing| *closing).await;
    }));
    Ok(address)
}

/// An address that a browser on this machine can open.
fn reachable(mut address: std::net::SocketAddr) -> std::net::SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    address
}

/// Opens the browser where there is one; the address was printed for where there is none.
fn open_browser(page: &str) {
    let (program, arguments): (&str, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        ("cmd", &["/c", "start", ""])
    } else {
        ("xdg-open", &[])
    };
    let opened = std::process::Command::new(program)
        .args(arguments)
        .arg(page)
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn();
    if opened.is_err() {
        tell("no browser was found to open: open that address yourself");
    }
}
