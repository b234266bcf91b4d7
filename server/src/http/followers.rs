//! Connections that stay open and are told what happens: so many and no more, as long as the process lives and whoever
//! listens may. What is sent over them is the business of their handlers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use access::{Access, Caller};
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use axum::extract::{Extension, FromRequestParts, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::http::header::UPGRADE;
use axum::http::request::Parts;
use futures_util::SinkExt;
use futures_util::stream::SplitSink;
use tokio::sync::watch;
use tokio::time::{interval, timeout};

use super::Site;
use super::problem::Problem;

/// Programs that may listen at once.
const PROGRAMS_MAX: usize = 64;
/// Who takes longer to read a message is gone.
pub const SEND_PATIENCE: Duration = Duration::from_secs(10);
/// A session that ends by its time says nothing of it.
const KNOWN_EVERY: Duration = Duration::from_secs(1);

static PROGRAMS: Places = Places::new(PROGRAMS_MAX);

/// So many connections of a kind.
pub struct Places {
    taken: AtomicUsize,
    most: usize,
}

/// Counts a connection as long as it lives.
pub struct Place(&'static Places);

impl Places {
    pub const fn new(most: usize) -> Self {
        Self { taken: AtomicUsize::new(0), most }
    }

    pub fn take(&'static self) -> Option<Place> {
        let place = Place(self);
        (self.taken.fetch_add(1, Ordering::Relaxed) < self.most).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A program that listens, with its place.
pub struct Follower {
    access: Access,
    caller: Caller,
    known: watch::Receiver<()>,
    closed: watch::Receiver<bool>,
    _place: Place,
}

impl FromRequestParts<Site> for Follower {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Problem> {
        let Ok(Extension(caller)) = Extension::<Caller>::from_request_parts(parts, site).await else {
            return Err(Problem::new(StatusCode::UNAUTHORIZED, "nobody knows who asks"));
        };
        let place = PROGRAMS.take().ok_or_else(|| {
            let detail = format!("{PROGRAMS_MAX} programs listen already: close some");
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        })?;
        let Site { access, closed, .. } = site.clone();
        Ok(Self { known: access.changes(), access, caller, closed, _place: place })
    }
}

impl Follower {
    /// Ends with the process, and as soon as a session or a token that listens has ended.
    pub async fn ended(&mut self) {
        let mut looks = interval(KNOWN_EVERY);
        loop {
            tokio::select! {
                _ = self.closed.wait_for(|closing| *closing) => return,
                changed = self.known.changed() => if changed.is_err() { return },
                _ = looks.tick() => {}
            }
            if !self.access.still_knows(&self.caller) {
                return;
            }
        }
    }
}

/// A WebSocket that is asked for; anything else is refused in words.
pub struct Upgrade(pub WebSocketUpgrade);

impl<S: Send + Sync> FromRequestParts<S> for Upgrade {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let asked = WebSocketUpgrade::from_request_parts(parts, state).await;
        asked.map(Self).map_err(|_: WebSocketUpgradeRejection| {
            Problem::new(StatusCode::BAD_REQUEST, "this address speaks WebSocket: ask for an upgrade to it")
        })
    }
}

/// A WebSocket where one is asked for; whoever asks for none has the address's other answer.
pub struct MayUpgrade(pub Option<WebSocketUpgrade>);

impl<S: Send + Sync> FromRequestParts<S> for MayUpgrade {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let is_asked_for =
            parts.headers.get(UPGRADE).is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket"));
        if !is_asked_for {
            return Ok(Self(None));
        }
        let Upgrade(upgrade) = Upgrade::from_request_parts(parts, state).await?;
        Ok(Self(Some(upgrade)))
    }
}

/// Whether it was read.
pub async fn send(out: &mut SplitSink<WebSocket, Message>, message: Message) -> bool {
    matches!(timeout(SEND_PATIENCE, out.send(message)).await, Ok(Ok(())))
}

/// The last word, with why; whoever is gone already does not hear it.
pub async fn close(out: &mut SplitSink<WebSocket, Message>, code: u16, why: &str) {
    send(out, Message::Close(Some(CloseFrame { code, reason: why.into() }))).await;
}
