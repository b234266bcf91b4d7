//! `/ws`: the picture of what changes by itself. The client names the last event that it has seen, every frame
//! carries the whole small picture and the events after it; so a reload, a second tab, a lag and a restarted
//! server are one case.

use std::time::Duration;

use access::Caller;
use axum::extract::ws::{Message, WebSocket};
use axum::extract::{Extension, State, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::Engine;
use futures_util::{SinkExt, StreamExt};
use protocol::ClientFrame;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::followers::{Places, SEND_PATIENCE};
use super::problem::Problem;
use super::{Chosen, Site};

/// At most ten frames a second.
const FRAME_EVERY: Duration = Duration::from_millis(100);
/// Gauges and the time left move without any event.
const PICTURE_EVERY: Duration = Duration::from_secs(1);
/// A client's frame is one small object.
const CLIENT_FRAME_BYTES_MAX: usize = 4096;
/// Tabs that may be open at once.
const PAGES_MAX: usize = 64;

static PAGES: Places = Places::new(PAGES_MAX);

pub async fn connect(
    State(site): State<Site>,
    Chosen(engine): Chosen,
    Extension(caller): Extension<Caller>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let Some(place) = PAGES.take() else {
        let detail = format!("{PAGES_MAX} pages are connected already: close some");
        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).into_response();
    };
    upgrade.max_message_size(CLIENT_FRAME_BYTES_MAX).on_upgrade(move |socket| async move {
        follow(engine, site, caller, socket).await;
        drop(place);
    })
}

async fn follow(engine: Engine, Site { access, mut closed, .. }: Site, caller: Caller, socket: WebSocket) {
    let _page = engine.page_connected();
    let mut known = access.changes();
    let (mut out, mut incoming) = socket.split();
    let mut changes = engine.changes();
    let mut wanted = ClientFrame::default();
    let mut picture = interval(PICTURE_EVERY);
    picture.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last_sent = Instant::now() - FRAME_EVERY;
    loop {
        tokio::select! {
            biased;
            _ = closed.wait_for(|closing| *closing) => break,
            message = incoming.next() => match message {
                Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
                    Ok(frame) => wanted = frame,
                    // A page of another version: it reloads when it is told that nothing comes.
                    Err(_) => break,
                },
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => continue,
            },
            changed = changes.changed() => if changed.is_err() { break },
            _ = known.changed() => {}
            _ = picture.tick() => {}
        }
        // A session or a token that ended since hears no more.
        if !access.still_knows(&caller) {
            break;
        }
        tokio::time::sleep_until(last_sent + FRAME_EVERY).await;
        changes.mark_unchanged();
        let Ok(frame) = engine.frame(wanted.job, wanted.after).await else { break };
        wanted.after = frame.events.last().map_or(wanted.after, |event| event.id);
        let Ok(text) = serde_json::to_string(&frame) else { break };
        match timeout(SEND_PATIENCE, out.send(Message::Text(text.into()))).await {
            Ok(Ok(())) => last_sent = Instant::now(),
            _ => break,
        }
    }
    // The other side may be gone; then there is nobody to say goodbye to.
    let _ = timeout(SEND_PATIENCE, out.send(Message::Close(None))).await;
}
