//! `expirytrack serve`: the app, on Upstox or on the built-in simulated market.

use std::path::Path;
use std::sync::{Arc, Mutex};

use access::Access;
use engine::{DATA_DIR_DEFAULT, OwnerServer, SystemClock};
use tokio::sync::watch;
use tracing::{info, warn};

use crate::arguments::{Global, Serve};
use crate::build;
use crate::commands::signals::stopped;
use crate::commands::simulate::bind;
use crate::exit::Exit;
use crate::exposure::Exposure;
use crate::http;
use crate::log_file::LogFile;
use crate::markets::{Markets, Opening};
use crate::output::tell;
use crate::replica::{Replica, follow, remove_left_behind};
use crate::tls::Tls;
use crate::tls_watch;

/// In the data directory.
pub const LOG_FOLDER: &str = "logs";

pub async fn run(global: &Global, serve: &Serve, log: Option<LogFile>) -> anyhow::Result<Exit> {
    remove_left_behind();
    let replica = Replica::of(global, serve).await?;
    match &replica {
        Some(replica) => serve_from(&replica.global(global), serve, log, Some(replica)).await,
        None => serve_from(global, serve, log, None).await,
    }
}

async fn serve_from(
    global: &Global,
    serve: &Serve,
    log: Option<LogFile>,
    replica: Option<&Replica>,
) -> anyhow::Result<Exit> {
    let exposure = Exposure::of(serve);
    let replica_of = replica.map(Replica::what);
    let tls = match (&serve.tls_cert, &serve.tls_key) {
        (Some(certificate), Some(key)) => Some(Tls::read(certificate, key)?),
        _ => None,
    };
    // The password guards the server and not a market: it lies in the directory that the server is started on.
    let data_dir = global.data_dir();
    let named = (data_dir != Path::new(DATA_DIR_DEFAULT)).then_some(data_dir.as_path());
    let clock = Arc::new(SystemClock::new());
    let access = match replica {
        Some(replica) => Access::open_beside(replica.guarded_by(), clock)?,
        None => Access::open(&data_dir, clock, exposure.is_reachable())?,
    };
    exposure.check(access.has_password(), named)?;
    let listener = bind(serve.addr).await?;
    let exposure = Exposure { bound: listener.local_addr()?, ..exposure };
    let (closing, closed) = watch::channel(false);
    let page = format!("{}://{}", exposure.scheme(), reachable(exposure.bound));
    let markets = Markets::open(Opening {
        global: global.clone(),
        serve: serve.clone(),
        server: Mutex::new(OwnerServer {
            address: page.clone(),
            key: access.command_key().clone(),
            certificate: tls.as_ref().map(|tls| tls.fingerprint.clone()),
        }),
        port: exposure.bound.port(),
        replica_of: replica_of.map(str::to_owned),
        closed: closed.clone(),
    });
    let markets = Arc::new(markets.await?);
    if let Some(log) = log {
        begin_log_file(&log, &markets);
    }
    // From here on nobody else writes it.
    access.read_again()?;
    exposure.check(access.has_password(), named)?;
    let router = http::router(&markets, &access, &exposure, closed.clone())?;
    tell(format!("ExpiryTrack is at {page}{}", if global.simulated { " (simulated market)" } else { "" }));
    if let Some(of) = replica_of {
        tell(format!("it serves {of} as it is at this moment, and changes nothing"));
    }
    if serve.open {
        open_browser(&page);
    }
    let stop = async move {
        let exit = stopped().await;
        closing.send_replace(true);
        exit
    };
    let watching = tls.as_ref().map(|tls| tokio::spawn(tls_watch::watch(tls.files.clone(), markets.clone())));
    let following = replica.map(|_| tokio::spawn(follow(access)));
    let service = http::Service { router, tls: tls.map(|tls| tls.acceptor), closed };
    let ended = http::serve(listener, service, stop).await;
    for task in watching.into_iter().chain(following) {
        task.abort();
    }
    markets.close().await?;
    if replica_of.is_none() {
        tell("stopped; unfinished jobs go on at the next start");
    }
    Ok(ended)
}

/// Without it the terminal has the log alone.
fn begin_log_file(log: &LogFile, markets: &Markets) {
    let folder = markets.log_folder();
    match log.begin(&folder) {
        Ok(()) => info!(version = build::VERSION, commit = build::COMMIT, "the log begins"),
        Err(error) => warn!(folder = %folder.display(), %error, "the log cannot be written to a file"),
    }
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
