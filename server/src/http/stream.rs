//! REST of what lands: candles and the log of jobs, as server-sent events and over a WebSocket. Both go on from the
//! cursor that a reader gives back, and tell the same messages, at one address; a WebSocket has another of its own, too.
//! What is told is chosen in the address: a WebSocket takes no commands, and says so.

use std::convert::Infallible;

use axum::extract::WebSocketUpgrade;
use axum::extract::ws::Message;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use engine::{Engine, StreamReader};
use futures_util::StreamExt;
use futures_util::stream::unfold;
use market::{Day, ExpiredKey, UnderlyingName};
use protocol::{JobId, StreamCursor, StreamFilter, StreamMessage};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Query;
use super::followers::{Follower, MayUpgrade, Upgrade, close, send};
use super::problem::Problem;
use super::rest::Answer;
use super::{Chosen, Site};

/// What a browser, or a program that reads events as one, gives back when it comes again.
pub const LAST_EVENT_ID: &str = "last-event-id";
/// Nothing that is sent to this WebSocket is carried out.
const FRAME_BYTES_MAX: usize = 4096;
const NO_COMMANDS: &str = "this WebSocket takes no commands: what is told is chosen in its address, by underlying, expiry, contract, job, candles and after";
/// What a WebSocket is closed with when the process ends.
pub const GOING_AWAY: u16 = 1001;

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(stream)).routes(routes!(ws))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct StreamQuery {
    /// Only what is about it and its contracts.
    underlying: Option<UnderlyingName>,
    /// Only what is about contracts of this expiry.
    expiry: Option<Day>,
    /// Only what is about this contract.
    contract: Option<ExpiredKey>,
    /// Only what a job does.
    job: Option<JobId>,
    /// With the candles themselves: before the word of an answer come its rows as they are kept, in columns as
    /// `/candles/{expired_key}` has them, at most 2,000 a message. Rows that cannot be told are named, with why and where
    /// they are read.
    #[serde(default)]
    candles: bool,
    /// The cursor of the last message that was read; from now on without it.
    after: Option<StreamCursor>,
}

impl StreamQuery {
    async fn reader(self, engine: &Engine, after: Option<StreamCursor>) -> Answer<StreamReader> {
        let underlying = match &self.underlying {
            Some(name) => Some(engine.browse().find(name).await?),
            None => None,
        };
        let Self { expiry, contract, job, candles: with_rows, .. } = self;
        let filter = StreamFilter { underlying, expiry, contract, job, with_rows };
        Ok(engine.stream(filter, after.or(self.after)).await?)
    }
}

/// Candles as they land and events of jobs, as server-sent events, or over a WebSocket where the request asks for one.
/// `Last-Event-ID` goes on behind that message.
#[utoipa::path(
    get,
    path = "/stream",
    params(StreamQuery),
    responses(
        (status = OK, body = String, content_type = "text/event-stream"),
        (status = SWITCHING_PROTOCOLS, body = StreamMessage, description = "What each text of a WebSocket holds")
    )
)]
async fn stream(
    Chosen(engine): Chosen,
    follower: Follower,
    Query(query): Query<StreamQuery>,
    headers: HeaderMap,
    MayUpgrade(upgrade): MayUpgrade,
) -> Answer<Response> {
    let last = last_event_id(&headers, |text| text.parse::<StreamCursor>())?;
    let reader = query.reader(&engine, last).await?;
    if let Some(upgrade) = upgrade {
        return Ok(tell(upgrade, reader, follower));
    }
    let events = unfold((reader, follower), |(mut reader, mut follower)| async {
        let message = next(&mut reader, &mut follower).await?;
        let event = Event::default().event(message.kind()).id(message.cursor().to_string());
        Some((Ok::<_, Infallible>(event.json_data(&message).ok()?), (reader, follower)))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

/// The same messages over a WebSocket, each a text of JSON.
#[utoipa::path(
    get,
    path = "/stream/ws",
    params(StreamQuery),
    responses((status = SWITCHING_PROTOCOLS, body = StreamMessage, description = "What each text holds"))
)]
async fn ws(
    Chosen(engine): Chosen,
    follower: Follower,
    Query(query): Query<StreamQuery>,
    Upgrade(upgrade): Upgrade,
) -> Answer<Response> {
    let reader = query.reader(&engine, None).await?;
    Ok(tell(upgrade, reader, follower))
}

fn tell(upgrade: WebSocketUpgrade, mut reader: StreamReader, mut follower: Follower) -> Response {
    upgrade.max_message_size(FRAME_BYTES_MAX).on_upgrade(async move |socket| {
        let (mut out, mut incoming) = socket.split();
        loop {
            let message = tokio::select! {
                biased;
                message = incoming.next() => match message {
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                    // Answered by the library.
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                    Some(Ok(Message::Text(_) | Message::Binary(_))) => {
                        Some(StreamMessage::Refused { cursor: reader.told(), why: NO_COMMANDS.to_owned() })
                    }
                },
                message = next(&mut reader, &mut follower) => message,
            };
            let Some(text) = message.and_then(|message| serde_json::to_string(&message).ok()) else { break };
            if !send(&mut out, Message::Text(text.into())).await {
                return;
            }
        }
        close(&mut out, GOING_AWAY, "the server ends, or you may not listen any more").await;
    })
}

/// `None` when nothing is told any more.
async fn next(reader: &mut StreamReader, follower: &mut Follower) -> Option<StreamMessage> {
    let told = tokio::select! {
        biased;
        () = follower.ended() => return None,
        told = reader.next() => told,
    };
    told.inspect_err(|error| tracing::warn!(error = error.chain(), "a reader of the stream is left")).ok()
}

/// As it was given out, or a sentence.
pub fn last_event_id<T, E: std::fmt::Display>(
    headers: &HeaderMap,
    read: impl FnOnce(&str) -> Result<T, E>,
) -> Answer<Option<T>> {
    let Some(text) = headers.get(LAST_EVENT_ID) else { return Ok(None) };
    let refused = |why: String| Problem::new(StatusCode::BAD_REQUEST, format!("Last-Event-ID: {why}"));
    let text = text.to_str().map_err(|_| refused("it is no plain text".to_owned()))?;
    read(text).map(Some).map_err(|error| refused(error.to_string()))
}
