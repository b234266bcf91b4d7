//! The HTTP side: pages, REST, the live socket, and what stands before all of them.

mod body;
mod candles;
mod coverage;
pub mod documents;
mod extract;
mod find;
mod given;
mod guard;
mod home;
mod instruments;
mod jobs;
mod listen;
mod misfit;
mod notices;
mod openapi;
mod problem;
mod rest;
mod schedules;
mod seats;
mod session;
mod sign_in;
mod socket;
mod stalled;
mod status;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use engine::Engine;
use tokio::sync::watch;

pub use listen::{Service, serve};
pub use problem::Problem;
pub use session::DialogDocument;

use crate::markets::Markets;
use crate::pages;

/// What handlers share.
#[derive(Clone)]
pub struct Site {
    pub markets: Arc<Markets>,
    /// Turns true when the process ends, so that long connections end too.
    pub closed: watch::Receiver<bool>,
}

/// The engine of the market that a request means.
pub struct Chosen(pub Engine);

impl FromRequestParts<Site> for Chosen {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Problem> {
        site.markets.of_request(&parts.headers).await.map(Self)
    }
}

pub fn router(
    markets: &Arc<Markets>,
    bound: SocketAddr,
    closed: watch::Receiver<bool>,
) -> anyhow::Result<Router> {
    let site = Site { markets: markets.clone(), closed };
    let pages = pages::router(markets)?;
    let own = Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/ws", get(socket::connect))
        .route("/login", get(sign_in::begin))
        .route("/callback", get(sign_in::unknown))
        .nest("/api/v1", rest::router())
        .with_state(site.clone());
    Ok(pages
        .merge(own)
        .layer(from_fn_with_state(site, sign_in::returning))
        .layer(from_fn(body::read_whole))
        .layer(from_fn_with_state(Arc::new(guard::Guard::new(bound)), guard::check)))
}
