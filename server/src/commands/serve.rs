//! `expirytrack serve`: the app, on Upstox or on the built-in simulated market.

use std::sync::Arc;

use tokio::sync::watch;

use crate::arguments::{Global, Serve};
use crate::commands::signals::stopped;
use crate::commands::simulate::bind;
use crate::exit::Exit;
use crate::http;
use crate::markets::{Markets, Opening};
use crate::output::tell;

pub async fn run(global: &Global, serve: &Serve) -> anyhow::Result<Exit> {
    let listener = bind(serve.addr).await?;
    let address = listener.local_addr()?;
    let (closing, closed) = watch::channel(false);
    let page = format!("http://{}", reachable(address));
    let markets = Arc::new(
        Markets::open(Opening {
            global: global.clone(),
            serve: serve.clone(),
            address: page.clone(),
            port: address.port(),
            closed: closed.clone(),
        })
        .await?,
    );
    let router = http::router(&markets, address, closed.clone())?;
    tell(format!("ExpiryTrack is at {page}{}", if serve.simulated { " (simulated market)" } else { "" }));
    if serve.open {
        open_browser(&page);
    }
    let stop = async move {
        let exit = stopped().await;
        closing.send_replace(true);
        exit
    };
    let ended = http::serve(listener, http::Service { router, tls: None, closed }, stop).await;
    markets.close().await?;
    tell("stopped; unfinished jobs go on at the next start");
    Ok(ended)
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
