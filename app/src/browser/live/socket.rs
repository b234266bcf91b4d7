//! The browser's end of `/ws`: connects, says what the page follows, hands over every frame, and connects
//! again for ever.
//!
//! It decides nothing about what is shown.

use std::time::Duration;

use futures::future::{Either, select};
use futures::{SinkExt, StreamExt};
use gloo_net::http::Request;
use gloo_net::websocket::Message;
use gloo_net::websocket::futures::WebSocket;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::ServerFrame;

use super::backoff::pause;
use super::{Connection, Live};

/// The server speaks at least every few seconds; a silence this long is a dead connection.
const SILENCE_MAX: Duration = Duration::from_secs(20);

type Wishes = futures::channel::mpsc::UnboundedReceiver<()>;

/// Opens the socket and keeps it open as long as the document lives.
pub(super) fn open(live: Live) {
    let (sender, wishes) = futures::channel::mpsc::unbounded();
    // A changed wish is sent at once; the first is sent by connecting.
    Effect::new(move |before: Option<()>| {
        live.followed.track();
        if before.is_some() {
            let _ = sender.unbounded_send(());
        }
    });
    spawn_local(keep_open(live, wishes));
}

async fn keep_open(live: Live, mut wishes: Wishes) {
    let mut failures = 0;
    loop {
        let heard = converse(live, &mut wishes).await.unwrap_or(false);
        failures = if heard { 1 } else { failures + 1 };
        if !heard && is_locked().await {
            // The document leads to where the password is typed, and from there back.
            let _ = location().reload();
            return;
        }
        if live.connection.get_untracked() != Connection::Outdated {
            live.connection.set(Connection::Away);
        }
        TimeoutFuture::new(millis(pause(failures, js_sys::Math::random()))).await;
    }
}

/// Whether the server hears strangers no more, and this is one. A socket that is refused does not say why.
async fn is_locked() -> bool {
    let asked = Request::get("/api/v1/session").send().await;
    asked.is_ok_and(|answer| answer.status() == 401 && answer.headers().get("www-authenticate").is_some())
}

fn millis(duration: Duration) -> u32 {
    duration.as_millis().try_into().unwrap_or(u32::MAX)
}

/// One connection, until it ends. Says whether the server was heard; `None` where it could not be asked.
async fn converse(live: Live, wishes: &mut Wishes) -> Option<bool> {
    let (mut sink, mut stream) = WebSocket::open(&address()?).ok()?.split();
    let mut heard = false;
    // The server may speak before the wish is out, and a connection that fails tells so here first: writing
    // to it would make the browser complain.
    let mut sending = sink.send(wish(live)?);
    loop {
        match select(stream.next(), sending).await {
            Either::Left((Some(Ok(Message::Text(text))), unsent)) => {
                take(live, &text, !heard);
                heard = true;
                sending = unsent;
            }
            Either::Left(_) => return Some(heard),
            Either::Right((sent, _)) => break sent.ok()?,
        }
    }
    loop {
        let silence = TimeoutFuture::new(millis(SILENCE_MAX));
        match select(select(stream.next(), wishes.next()), silence).await {
            Either::Left((Either::Left((Some(Ok(Message::Text(text))), _)), _)) => {
                take(live, &text, !heard);
                heard = true;
            }
            Either::Left((Either::Right((Some(()), _)), _)) => sink.send(wish(live)?).await.ok()?,
            // The connection ended, broke, or fell silent.
            _ => return Some(heard),
        }
    }
}

fn take(live: Live, text: &str, first: bool) {
    let Ok(frame) = serde_json::from_str::<ServerFrame>(text) else {
        live.connection.set(Connection::Outdated);
        return;
    };
    let before = live.connection.get_untracked();
    if first && before == Connection::Away {
        live.reconnects.update(|count| *count += 1);
    }
    if before != Connection::Open {
        live.connection.set(Connection::Open);
    }
    live.take(frame);
}

fn wish(live: Live) -> Option<Message> {
    serde_json::to_string(&live.wish()).ok().map(Message::Text)
}

fn address() -> Option<String> {
    let location = location();
    let scheme = if location.protocol().ok()? == "https:" { "wss" } else { "ws" };
    Some(format!("{scheme}://{}/ws", location.host().ok()?))
}
