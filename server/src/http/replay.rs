//! REST of replays: a past day of an expiry as if it were live, as server-sent events and over a WebSocket that takes
//! commands, at one address; a WebSocket has another of its own, too.

use axum::extract::WebSocketUpgrade;
use axum::extract::ws::{Message, WebSocket};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use engine::{Engine, Player, ReplayDay};
use futures_util::StreamExt;
use futures_util::stream::{once, unfold};
use market::{Day, UnderlyingName};
use protocol::{ReplayCommand, ReplayMessage, ReplaySpeed, TimeOfDay};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Path, Query};
use super::followers::{Follower, MayUpgrade, Upgrade, close, send};
use super::given::Given;
use super::rest::Answer;
use super::stream::{GOING_AWAY, last_event_id};
use super::{Chosen, Site};

/// A command is one small object.
const COMMAND_BYTES_MAX: usize = 4096;

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(replay)).routes(routes!(ws))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct ReplayPath {
    underlying: UnderlyingName,
    expiry: Day,
    day: Day,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ReplayQuery {
    /// Minutes of then that pass in one.
    #[serde(default)]
    #[param(inline)]
    speed: ReplaySpeed,
    /// The time in IST from which it plays; the first minute without it.
    from: Option<TimeOfDay>,
}

impl ReplayPath {
    async fn read(&self, engine: &Engine) -> Answer<ReplayDay> {
        let key = engine.browse().find(&self.underlying).await?;
        Ok(engine.replay().day(&key, self.expiry, self.day).await?)
    }
}

/// A past day of an expiry, minute by minute at any speed, as server-sent events. `Last-Event-ID` goes on behind that
/// minute; behind the last one there is nothing (204), so that a browser does not come again. Where the request asks for a
/// WebSocket it is played over one, which takes commands.
#[utoipa::path(
    get,
    path = "/replay/{underlying}/{expiry}/{day}",
    params(ReplayPath, ReplayQuery),
    responses(
        (status = OK, body = String, content_type = "text/event-stream"),
        (status = NO_CONTENT),
        (status = SWITCHING_PROTOCOLS, body = ReplayMessage, description = "What each text of a WebSocket holds")
    )
)]
async fn replay(
    Chosen(engine): Chosen,
    follower: Follower,
    Path(path): Path<ReplayPath>,
    Query(ReplayQuery { speed, from }): Query<ReplayQuery>,
    headers: HeaderMap,
    MayUpgrade(upgrade): MayUpgrade,
) -> Answer<Response> {
    let day = path.read(&engine).await?;
    if let Some(upgrade) = upgrade {
        return play(upgrade, &engine, day, from, speed, follower);
    }
    let head = day.head();
    let from = match last_event_id(&headers, str::parse::<TimeOfDay>)? {
        Some(last) if last >= head.last => return Ok(StatusCode::NO_CONTENT.into_response()),
        Some(last) => minute_after(last),
        None => from,
    };
    let player = engine.replay().play(&day, from, speed)?;
    let begins = once(async { ReplayMessage::Head(head) });
    let plays = unfold(Some((day, player, follower)), |playing| async {
        let (day, mut player, mut follower) = playing?;
        let played = tokio::select! {
            biased;
            () = follower.ended() => return None,
            played = player.next() => played,
        };
        let message = day.told(played);
        let is_over = matches!(message, ReplayMessage::End { .. });
        Some((message, (!is_over).then_some((day, player, follower))))
    });
    let events = begins.chain(plays).map(|message| {
        let event = Event::default().event(message.kind());
        let event = match &message {
            ReplayMessage::Minute(minute) => event.id(minute.time.to_string()),
            _ => event,
        };
        event.json_data(&message)
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

/// `None` at midnight.
fn minute_after(time: TimeOfDay) -> Option<TimeOfDay> {
    let minute = time.minute_of_day() + 1;
    TimeOfDay::new(minute / 60, minute % 60)
}

/// The same day over a WebSocket: each text holds a message, and each text that is sent a `ReplayCommand`.
#[utoipa::path(
    get,
    path = "/replay/{underlying}/{expiry}/{day}/ws",
    params(ReplayPath, ReplayQuery),
    responses((status = SWITCHING_PROTOCOLS, body = ReplayMessage, description = "What each text holds"))
)]
async fn ws(
    Chosen(engine): Chosen,
    follower: Follower,
    Path(path): Path<ReplayPath>,
    Query(ReplayQuery { speed, from }): Query<ReplayQuery>,
    Upgrade(upgrade): Upgrade,
) -> Answer<Response> {
    let day = path.read(&engine).await?;
    play(upgrade, &engine, day, from, speed, follower)
}

fn play(
    upgrade: WebSocketUpgrade,
    engine: &Engine,
    day: ReplayDay,
    from: Option<TimeOfDay>,
    speed: ReplaySpeed,
    follower: Follower,
) -> Answer<Response> {
    let player = engine.replay().play(&day, from, speed)?;
    Ok(upgrade
        .max_message_size(COMMAND_BYTES_MAX)
        .on_upgrade(move |socket| converse(day, player, follower, socket)))
}

async fn converse(day: ReplayDay, mut player: Player, mut follower: Follower, socket: WebSocket) {
    let (mut out, mut incoming) = socket.split();
    let mut message = Some(ReplayMessage::Head(day.head()));
    loop {
        if let Some(message) = message {
            let Ok(text) = serde_json::to_string(&message) else { return };
            if !send(&mut out, Message::Text(text.into())).await {
                return;
            }
        }
        message = tokio::select! {
            biased;
            () = follower.ended() => break,
            told = incoming.next() => match told {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(Message::Text(text))) => Some(carry_out(&mut player, &text)),
                Some(Ok(Message::Binary(_))) => Some(refused("send commands as text")),
                // Answered by the library.
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => None,
            },
            played = player.next() => Some(day.told(played)),
        };
    }
    close(&mut out, GOING_AWAY, "the server ends, or you may not listen any more").await;
}

fn carry_out(player: &mut Player, text: &str) -> ReplayMessage {
    let given = match serde_json::from_str(text) {
        Ok(value) => Given::body(value),
        Err(_) => return refused("this is no JSON: send a command such as {\"command\":\"pause\"}"),
    };
    match given.read::<ReplayCommand>("command") {
        Ok(command) => match player.tell(command) {
            Ok(()) => ReplayMessage::State(player.state()),
            Err(error) => refused(error.chain()),
        },
        Err(why) => refused(why),
    }
}

fn refused(why: impl Into<String>) -> ReplayMessage {
    ReplayMessage::Refused { why: why.into() }
}
