//! Upstox's market data feed V3 of a past day, below an address that a program written for Upstox takes for its host:
//! `/api/v1/replay/NIFTY/2025-08-28/2025-08-21/upstox/60` and then as Upstox has it. The words and fields of the answers
//! are the broker's.

use axum::extract::ws::{Message, WebSocket};
use axum::extract::{Extension, RawQuery};
use axum::response::Response;
use engine::Engine;
use futures_util::StreamExt;
use market::{Day, UnderlyingName};
use prost::Message as _;
use protocol::{ReplaySpeed, TimeOfDay};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Json, Path, Query};
use super::followers::{Follower, Upgrade, close, send};
use super::guard::AddressedAs;
use super::rest::Answer;
use super::stream::GOING_AWAY;
use super::{Chosen, Site};
use crate::feed::{FeedResponse, FeedSession, Over};

/// A request of thousands of keys.
const REQUEST_BYTES_MAX: usize = 256 * 1024;
/// What a WebSocket is closed with: the official client comes again by itself after any other word than this.
const NORMAL: u16 = 1000;
const UNREADABLE: u16 = 1007;

pub fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(feed)).routes(routes!(authorize))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct FeedPath {
    underlying: UnderlyingName,
    expiry: Day,
    day: Day,
    /// Minutes of then that pass in one.
    #[param(inline)]
    speed: ReplaySpeed,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FeedQuery {
    /// The time in IST from which it plays; the first minute without it.
    from: Option<TimeOfDay>,
}

impl FeedPath {
    async fn session(&self, engine: &Engine, from: Option<TimeOfDay>) -> Answer<FeedSession> {
        let key = engine.browse().find(&self.underlying).await?;
        let day = engine.replay().day(&key, self.expiry, self.day).await?;
        let player = engine.replay().stand_by(&day, from, self.speed)?;
        Ok(FeedSession::new(&day, player))
    }
}

#[derive(Serialize, ToSchema)]
struct AuthorizedDocument {
    status: &'static str,
    data: AuthorizedData,
}

/// Both spellings, as Upstox sends them.
#[derive(Serialize, ToSchema)]
struct AuthorizedData {
    #[serde(rename = "authorizedRedirectUri")]
    camel: String,
    #[serde(rename = "authorized_redirect_uri")]
    snake: String,
}

/// Where the feed of the day is, as Upstox answers it. It holds no secret: where a password is set, the feed itself
/// wants the token too.
#[utoipa::path(
    get,
    path = "/replay/{underlying}/{expiry}/{day}/upstox/{speed}/v3/feed/market-data-feed/authorize",
    params(FeedPath, FeedQuery),
    responses((status = OK, body = AuthorizedDocument))
)]
async fn authorize(
    Chosen(engine): Chosen,
    Extension(AddressedAs(server)): Extension<AddressedAs>,
    Path(path): Path<FeedPath>,
    Query(FeedQuery { from }): Query<FeedQuery>,
    RawQuery(query): RawQuery,
) -> Answer<Json<AuthorizedDocument>> {
    // What cannot be played is refused here already.
    path.session(&engine, from).await?;
    let FeedPath { underlying, expiry, day, speed } = path;
    let underlying = protocol::encoded(&underlying.to_string());
    let server = server.replacen("http", "ws", 1);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    let address = format!(
        "{server}/api/v1/replay/{underlying}/{expiry}/{day}/upstox/{speed}/v3/feed/market-data-feed{query}"
    );
    let data = AuthorizedData { camel: address.clone(), snake: address };
    Ok(Json(AuthorizedDocument { status: "success", data }))
}

/// The feed: protobuf in binary messages, subscribed to with the requests of Upstox. The day begins with the first
/// subscription and ends with a close of status 1000.
#[utoipa::path(
    get,
    path = "/replay/{underlying}/{expiry}/{day}/upstox/{speed}/v3/feed/market-data-feed",
    params(FeedPath, FeedQuery),
    responses((status = SWITCHING_PROTOCOLS, body = Vec<u8>, content_type = "application/x-protobuf",
               description = "A FeedResponse of MarketDataFeedV3.proto in each binary message"))
)]
async fn feed(
    Chosen(engine): Chosen,
    follower: Follower,
    Path(path): Path<FeedPath>,
    Query(FeedQuery { from }): Query<FeedQuery>,
    Upgrade(upgrade): Upgrade,
) -> Answer<Response> {
    let session = path.session(&engine, from).await?;
    Ok(upgrade
        .max_message_size(REQUEST_BYTES_MAX)
        .on_upgrade(move |socket| converse(session, follower, socket)))
}

async fn converse(mut session: FeedSession, mut follower: Follower, socket: WebSocket) {
    let (mut out, mut incoming) = socket.split();
    let mut told = Some(session.greeting());
    loop {
        if let Some(response) = told
            && !send(&mut out, binary(&response)).await
        {
            return;
        }
        told = tokio::select! {
            biased;
            () = follower.ended() => break,
            request = incoming.next() => match request {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => None,
                Some(Ok(request @ (Message::Text(_) | Message::Binary(_)))) => {
                    match session.take(&request.into_data()) {
                        Ok(response) => response,
                        Err(why) => return close(&mut out, UNREADABLE, &shortened(why)).await,
                    }
                }
            },
            minute = session.next() => match minute {
                Ok(response) => Some(response).filter(|response| !response.feeds.is_empty()),
                Err(Over(last)) => {
                    send(&mut out, binary(&last)).await;
                    return close(&mut out, NORMAL, "the day is over").await;
                }
            },
        };
    }
    close(&mut out, GOING_AWAY, "the server ends, or you may not listen any more").await;
}

fn binary(response: &FeedResponse) -> Message {
    Message::Binary(response.encode_to_vec().into())
}

/// What a close can carry.
fn shortened(why: String) -> String {
    const CHARACTERS_MAX: usize = 100;
    why.chars().filter(char::is_ascii).take(CHARACTERS_MAX).collect()
}
