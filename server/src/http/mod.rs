//! The HTTP side: pages, REST, the live socket, and what stands before all of them.

mod accept;
mod access;
mod analysis;
mod archive;
mod backups;
mod bhavcopy;
mod body;
mod candles;
mod chain;
mod coverage;
pub mod documents;
mod exports;
mod extract;
mod feed;
mod file;
mod find;
mod followers;
mod gate;
mod given;
mod guard;
mod health;
mod home;
mod imports;
mod instruments;
mod jobs;
mod known_names;
mod lake;
mod listen;
#[cfg(test)]
mod matrix;
mod metrics;
mod misfit;
mod notices;
mod once;
mod openapi;
mod packed;
mod paging;
mod problem;
mod replay;
mod request_id;
mod rest;
mod revisions;
mod schedules;
mod seats;
mod series;
mod session;
mod settings;
mod sign_in;
mod socket;
mod sql;
mod stalled;
mod status;
mod storage;
mod stored;
mod strategy;
mod stream;
mod tables;
mod try_it;
mod unlock;
mod validators;

use std::sync::Arc;

use ::access::Access;
use app::server::UnlockPage;
use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use engine::{Engine, SystemClock};
use protocol::{LogLines, LogQuery};
use tokio::sync::watch;

pub use archive::ArchiveDocument;
pub use gate::Origin;
pub use listen::{Service, serve};
pub use problem::Problem;
pub use session::DialogDocument;
pub use storage::PruneDocument;
pub use unlock::SessionCookie;

use crate::exposure::Exposure;
use crate::markets::Markets;
use crate::{log_tail, pages, site};

/// What handlers share.
#[derive(Clone)]
pub struct Site {
    pub markets: Arc<Markets>,
    pub access: Access,
    pub session_cookie: SessionCookie,
    pub unlock_page: UnlockPage,
    /// Turns true when the process ends, so that long connections end too.
    pub closed: watch::Receiver<bool>,
    /// Begins when the server does.
    pub clock: SystemClock,
}

impl Site {
    /// The newest lines of the log.
    pub async fn log_lines(&self, query: LogQuery) -> LogLines {
        let folder = self.markets.log_folder();
        let reading = tokio::task::spawn_blocking(move || log_tail::newest(&folder, &query));
        // It neither panics nor is it given up.
        reading.await.unwrap_or_default()
    }
}

/// The engine of the market that a request means.
pub struct Chosen(pub Engine);

impl FromRequestParts<Site> for Chosen {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Problem> {
        site.markets.of_request(&parts.headers, &parts.extensions).await.map(Self)
    }
}

/// Every address, and before them, outermost first: who is meant, who asks, and how much is sent.
pub fn router(
    markets: &Arc<Markets>,
    access: &Access,
    exposure: &Exposure,
    closed: watch::Receiver<bool>,
) -> anyhow::Result<Router> {
    let manifest = site::manifest()?;
    let site = Site {
        markets: markets.clone(),
        access: access.clone(),
        session_cookie: SessionCookie::new(exposure.bound.port(), exposure.is_encrypted()),
        unlock_page: UnlockPage::new(manifest.as_ref()),
        closed,
        clock: SystemClock::new(),
    };
    let gate = gate::Gate {
        access: access.clone(),
        cookie: site.session_cookie.name.clone(),
        behind_proxy: exposure.behind_proxy,
    };
    let pages = pages::router(&site, manifest)?;
    let own = Router::new()
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::metrics))
        .route("/ws", get(socket::connect))
        .route("/login", get(sign_in::begin))
        .route("/callback", get(sign_in::unknown))
        .merge(unlock::routes())
        .merge(try_it::routes())
        .nest(rest::ADDRESS, rest::router(&site))
        .with_state(site.clone());
    Ok(pages
        .merge(own)
        .layer(from_fn_with_state(site, sign_in::returning))
        .layer(from_fn(body::read_whole))
        .layer(from_fn_with_state(Arc::new(gate), gate::check))
        .layer(from_fn_with_state(Arc::new(guard::Guard::new(exposure)), guard::check))
        .layer(from_fn(request_id::number)))
}
