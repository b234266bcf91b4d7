//! What is told as it comes, over real connections: what lands, a day that is played, and the same day in the form of
//! Upstox's feed.

use std::collections::BTreeMap;

use futures_util::{SinkExt, StreamExt};
use prost::Message as _;
use protocol::{CandleColumns, ReplayMessage, ReplayMinute, StreamMessage};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::command_line::run;
use crate::common::Stage;
use crate::rest::server::{EXPIRY, Server};

#[path = "../../src/feed/wire.rs"]
mod wire;

use wire::{FeedResponse, FeedUnion, FullFeedUnion, Kind, MarketStatus};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

const FEED: &str = "v3/feed/market-data-feed";

async fn stage() -> (Stage, Server) {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    server.sign_in().await;
    (stage, server)
}

fn day() -> String {
    format!("replay/NIFTY/{EXPIRY}/{EXPIRY}")
}

/// Kind, id and document of each event, as they are told.
struct Events {
    answer: reqwest::Response,
    text: String,
}

impl Events {
    async fn of(server: &Server, path: &str, last: Option<&str>) -> Self {
        let request = server.request(Method::GET, path);
        let request = match last {
            Some(last) => request.header("last-event-id", last),
            None => request,
        };
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        Self { answer, text: String::new() }
    }

    /// `None` at the end.
    async fn next(&mut self) -> Option<(String, String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let line = |name: &str| {
                    let found = event.lines().find_map(|line| line.strip_prefix(name));
                    found.unwrap_or_default().trim().to_owned()
                };
                let told = (line("event:"), line("id:"), line("data:"));
                self.text = rest.to_owned();
                if !told.2.is_empty() {
                    return Some((told.0, told.1, serde_json::from_str(&told.2).unwrap()));
                }
                continue;
            }
            let chunk = self.answer.chunk().await.unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

async fn text(socket: &mut Socket) -> String {
    loop {
        match socket.next().await.unwrap().unwrap() {
            Message::Text(text) => return text.to_string(),
            Message::Ping(_) | Message::Pong(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

async fn replayed(socket: &mut Socket) -> ReplayMessage {
    serde_json::from_str(&text(socket).await).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn candles_are_told_as_they_land_and_a_reader_comes_back_without_a_gap() {
    let (stage, server) = stage().await;
    let mut live = Events::of(&server, "stream", None).await;
    let (kind, beginning, _) = live.next().await.unwrap();
    assert_eq!(kind, "begins");
    let chosen = format!("after={beginning}&underlying=NIFTY&expiry={EXPIRY}");
    let mut socket = server.socket(&format!("stream/ws?{chosen}")).await;
    // The address of the events speaks WebSocket to whoever asks for one.
    let mut same = server.socket(&format!("stream?{chosen}")).await;
    let job = server.collect(EXPIRY).await;

    // Some are read, then the connection breaks.
    let asked = stage.sql::<i64>("SELECT sum(rows) FROM fetch_audit WHERE interval IS NOT NULL");
    let written = stage.sql::<i64>("SELECT count(*) FROM job_event");
    let (mut ids, mut rows, mut events) = (Vec::new(), 0, 0);
    while (rows, events) != (asked, written) {
        if ids.len() == 10 {
            live = Events::of(&server, "stream", ids.last().map(String::as_str)).await;
            assert_eq!(live.next().await.unwrap().0, "begins");
        }
        let (_, id, document) = live.next().await.unwrap();
        ids.push(id);
        match serde_json::from_value(document).unwrap() {
            StreamMessage::Candles { candles, .. } => {
                assert_eq!(candles.job.map(|job| job.0), Some(job));
                rows += candles.rows as i64;
            }
            StreamMessage::Event { .. } => events += 1,
            other => panic!("{other:?}"),
        }
    }
    let told = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), told, "nothing is told twice");

    // The same over a WebSocket, of one expiry alone.
    let begins: StreamMessage = serde_json::from_str(&text(&mut socket).await).unwrap();
    assert_eq!(begins.cursor().to_string(), beginning);
    let begins: StreamMessage = serde_json::from_str(&text(&mut same).await).unwrap();
    assert_eq!(begins.cursor().to_string(), beginning);
    let (mut of_contracts, all) = (0, stage.sql::<i64>("SELECT sum(d.candles) FROM series_day d JOIN series s ON s.id = d.series_id WHERE contract_id IS NOT NULL"));
    while of_contracts < all {
        let message: StreamMessage = serde_json::from_str(&text(&mut socket).await).unwrap();
        if let StreamMessage::Candles { candles, .. } = message {
            assert!(
                candles.expired_key.is_some()
                    && candles.expiry.map(|day| day.to_string()).as_deref() == Some(EXPIRY)
            );
            of_contracts += candles.rows as i64;
        }
    }
    for (query, sentence) in [
        ("after=yesterday", "is no cursor of the stream"),
        ("after=999999-0", "it is of another database"),
        ("underlying=nobody", "nobody"),
        ("job=first", "job must be"),
        ("candles=some", "candles must be true or false, not \"some\""),
        ("contract=NIFTY", "contract: \"NIFTY\" is not an expired instrument key"),
        (
            "candels=true",
            "takes no \"candels\": it takes underlying, expiry, contract, job, candles or after",
        ),
    ] {
        let (status, problem) = server.get(&format!("stream?{query}")).await;
        assert!(
            status >= 400 && problem["detail"].as_str().unwrap().contains(sentence),
            "{status} {problem}"
        );
    }
    let (status, problem) = server.get("stream/ws").await;
    assert_eq!((status, problem["detail"].as_str().unwrap().contains("speaks WebSocket")), (400, true));

    // A command that nobody carries out is not passed over.
    let mut socket = server.socket("stream/ws").await;
    socket.send(Message::text(json!({ "command": "pause" }).to_string())).await.unwrap();
    let why = loop {
        if let StreamMessage::Refused { why, .. } = serde_json::from_str(&text(&mut socket).await).unwrap() {
            break why;
        }
    };
    assert!(why.contains("takes no commands"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn by_choice_the_candles_come_along_as_rest_has_them() {
    let (_stage, server) = stage().await;
    server.collect(EXPIRY).await;
    let chosen = format!("stream?after=0-0&candles=true&underlying=NIFTY&expiry={EXPIRY}");
    let mut events = Events::of(&server, &chosen, None).await;
    let mut socket = server.socket(&chosen).await;
    let (mut parts, mut compared) = (Vec::<CandleColumns>::new(), 0);
    while compared < 5 {
        let (kind, _, document) = events.next().await.unwrap();
        // The same over a WebSocket.
        assert_eq!(serde_json::from_str::<Value>(&text(&mut socket).await).unwrap(), document);
        match serde_json::from_value(document).unwrap() {
            StreamMessage::Rows { rows, .. } => {
                assert_eq!((kind.as_str(), rows.part), ("rows", parts.len() as u64 + 1));
                parts.push(rows.columns);
            }
            StreamMessage::Candles { candles, .. } => {
                let address = candles.read_at();
                let (status, answer) = server.get(address.strip_prefix("GET /api/v1/").unwrap()).await;
                assert_eq!(status, 200, "{address}: {answer}");
                let rest: CandleColumns = serde_json::from_value(answer).unwrap();
                assert!(!rest.is_empty() && rest.time == joined(&parts, |of| &of.time), "{address}");
                assert_eq!(rest.open, joined(&parts, |of| &of.open), "{address}");
                assert_eq!(rest.close, joined(&parts, |of| &of.close), "{address}");
                assert_eq!(rest.volume, joined(&parts, |of| &of.volume), "{address}");
                assert_eq!(rest.open_interest, joined(&parts, |of| &of.open_interest), "{address}");
                parts.clear();
                compared += 1;
            }
            _ => {}
        }
    }
}

/// A column of all parts, one behind the other.
fn joined<T: Clone>(parts: &[CandleColumns], column: impl Fn(&CandleColumns) -> &Vec<T>) -> Vec<T> {
    parts.iter().flat_map(|part| column(part).iter().cloned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_played_over_http_and_each_minute_is_the_same_over_a_websocket() {
    let (stage, server) = stage().await;
    server.collect(EXPIRY).await;
    let mut events = Events::of(&server, &format!("{}?speed=100000", day()), None).await;
    let (mut minutes, mut rows) = (BTreeMap::<String, ReplayMinute>::new(), 0);
    let (kind, _, head) = events.next().await.unwrap();
    assert_eq!((kind.as_str(), &head["underlying"]), ("head", &json!("NSE_INDEX|Nifty 50")));
    while let Some((kind, id, document)) = events.next().await {
        match serde_json::from_value(document).unwrap() {
            ReplayMessage::Minute(minute) => {
                assert_eq!((kind.as_str(), id), ("minute", minute.time.to_string()));
                rows += minute.contracts.len() as i64;
                minutes.insert(minute.time.to_string(), minute);
            }
            ReplayMessage::End { .. } => assert_eq!(kind, "end"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(head["minutes"].as_u64(), Some(minutes.len() as u64));
    let stored = stage.sql::<i64>(&format!(
        "SELECT sum(d.candles) FROM series_day d JOIN series s ON s.id = d.series_id
         WHERE contract_id IS NOT NULL AND day = '{EXPIRY}'"
    ));
    assert_eq!(rows, stored);

    // It goes on behind the minute that was read last, and not at all behind the last one.
    let mut rest = Events::of(&server, &format!("{}?speed=100000", day()), Some("15:20")).await;
    rest.next().await.unwrap();
    assert_eq!(rest.next().await.unwrap().1, "15:21");
    let request = server.request(Method::GET, &day()).header("last-event-id", "15:29");
    assert_eq!(request.send().await.unwrap().status(), 204);

    let mut same = server.socket(&format!("{}?from=10:00", day())).await;
    assert!(matches!(replayed(&mut same).await, ReplayMessage::Head(_)));
    assert_eq!(replayed(&mut same).await, ReplayMessage::Minute(minutes["10:00"].clone()));
    same.send(Message::text(json!({ "command": "pause" }).to_string())).await.unwrap();
    assert!(matches!(replayed(&mut same).await, ReplayMessage::State(_)));

    let mut socket = server.socket(&format!("{}/ws?from=10:00", day())).await;
    assert!(matches!(replayed(&mut socket).await, ReplayMessage::Head(_)));
    assert_eq!(replayed(&mut socket).await, ReplayMessage::Minute(minutes["10:00"].clone()));
    for (command, playing, next) in [
        (json!({ "command": "pause" }), false, "10:01"),
        (json!({ "command": "speed", "speed": 600 }), false, "10:01"),
        (json!({ "command": "play" }), true, "10:01"),
    ] {
        socket.send(Message::text(command.to_string())).await.unwrap();
        let ReplayMessage::State(state) = replayed(&mut socket).await else { panic!("{command}") };
        assert_eq!((state.playing, state.next.unwrap().to_string().as_str()), (playing, next), "{command}");
    }
    assert_eq!(replayed(&mut socket).await, ReplayMessage::Minute(minutes["10:01"].clone()));
    socket.send(Message::text(json!({ "command": "pause" }).to_string())).await.unwrap();
    while !matches!(replayed(&mut socket).await, ReplayMessage::State(_)) {}
    for time in ["15:29", "09:15", "12:34"] {
        socket.send(Message::text(json!({ "command": "seek", "to": time }).to_string())).await.unwrap();
        assert!(matches!(replayed(&mut socket).await, ReplayMessage::State(_)));
        assert_eq!(replayed(&mut socket).await, ReplayMessage::Minute(minutes[time].clone()));
    }
    for (command, sentence) in [
        (json!({ "command": "speed", "speed": 0 }), "the speed must be a number from 0.1 to 100000, not 0"),
        (json!({ "command": "seek", "to": "08:00" }), "its minutes run from 09:15 to 15:29"),
        (json!({ "command": "rewind" }), "rewind"),
        (
            json!({ "command": "pause", "loud": true }),
            "the command takes no \"loud\": it takes command, speed or to",
        ),
        (json!({ "command": "pause", "speed": 2 }), "pause and play take nothing beside \"command\""),
        (json!({ "command": "seek", "to": "10:00", "speed": 2 }), "seek takes \"to\" and nothing else"),
        (json!({ "command": "speed" }), "speed takes \"speed\" and nothing else"),
        (json!([]), "command"),
    ] {
        socket.send(Message::text(command.to_string())).await.unwrap();
        let ReplayMessage::Refused { why } = replayed(&mut socket).await else { panic!("{command}") };
        assert!(why.contains(sentence), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_cannot_be_played_is_refused_in_a_sentence() {
    let (stage, server) = stage().await;
    server.collect(EXPIRY).await;
    for (path, status, sentence) in [
        (format!("replay/NIFTY/{EXPIRY}/2025-07-27"), 400, "the market was closed on 27 Jul 2025"),
        (format!("replay/NIFTY/{EXPIRY}/2025-06-02"), 404, "no minute of 2 Jun 2025 is stored"),
        (format!("replay/NIFTY/2020-01-30/{EXPIRY}"), 404, "no expiry of Nifty 50"),
        (format!("{}?speed=0", day()), 400, "speed: the speed must be a number from 0.1 to 100000, not 0"),
        (format!("{}?speed=fast", day()), 400, "speed must be a number from 0.1 to 100000, not \"fast\""),
        (format!("{}?from=16:00", day()), 400, "there is no 16:00 on 31 Jul 2025"),
        (format!("{}/upstox/0/{FEED}", day()), 400, "not 0"),
        (format!("{}/upstox/60/{FEED}", day()), 400, "speaks WebSocket"),
        (
            format!("replay/NIFTY/{EXPIRY}/2025-07-27/upstox/60/{FEED}/authorize"),
            400,
            "the market was closed",
        ),
    ] {
        let (told, problem) = server.get(&path).await;
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(told == status && detail.contains(sentence), "{path}: {told} {problem}");
    }
    let words = |speed: &str| {
        ["replay", "NIFTY", EXPIRY, EXPIRY, "--from", "15:28", "--speed", speed].map(str::to_owned)
    };
    let (status, lines, beside) = run(&stage, &words("6000").each_ref().map(String::as_str));
    assert_eq!(status, 0, "{beside}");
    let kinds: Vec<_> =
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["kind"].clone()).collect();
    assert_eq!(kinds, ["head", "minute", "minute", "end"]);
    let (status, _, beside) = run(&stage, &words("0").each_ref().map(String::as_str));
    assert!(status == 2 && beside.contains("from 0.1 to 100000"), "{beside}");
}

async fn fed(socket: &mut Socket) -> Option<FeedResponse> {
    loop {
        match socket.next().await?.unwrap() {
            Message::Binary(bytes) => return Some(FeedResponse::decode(bytes).unwrap()),
            Message::Close(_) => return None,
            _ => {}
        }
    }
}

fn request(method: &str, mode: Option<&str>, keys: &[String]) -> Message {
    let mut data = json!({ "instrumentKeys": keys });
    if let Some(mode) = mode {
        data["mode"] = json!(mode);
    }
    Message::binary(json!({ "guid": "1", "method": method, "data": data }).to_string().into_bytes())
}

/// The minute's candle in `full`: where it begins, and its volume.
fn minute_of(union: &FeedUnion) -> Option<(i64, i64)> {
    let FeedUnion::Full(full) = union else { return None };
    let candles = match full.union.as_ref()? {
        FullFeedUnion::Market(market) => market.market_ohlc.as_ref()?,
        FullFeedUnion::Index(index) => index.market_ohlc.as_ref()?,
    };
    let candle = candles.ohlc.iter().find(|candle| candle.interval == "I1")?;
    Some((candle.ts / 1000, candle.vol))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_for_upstox_is_told_every_stored_minute_of_what_it_subscribes_to() {
    let (stage, server) = stage().await;
    server.collect(EXPIRY).await;
    let connection = rusqlite::Connection::open(stage.data.path().join("expirytrack.db")).unwrap();
    let mut statement = connection
        .prepare("SELECT c.segment || '|' || c.exchange_token, count(*) FROM candle k JOIN series s ON s.id = k.series_id
                  JOIN contract c ON c.id = s.contract_id WHERE date(k.ts + 19800, 'unixepoch') = ?1 GROUP BY 1")
        .unwrap();
    let stored: BTreeMap<String, i64> = statement
        .query_map([EXPIRY], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let index = "NSE_INDEX|Nifty 50".to_owned();
    let mut keys: Vec<String> = stored.keys().cloned().chain([index.clone()]).collect();
    keys.push("NSE_FO|nobody".to_owned());

    let mut socket = server.socket(&format!("{}/upstox/20000/{FEED}", day())).await;
    let greeting = fed(&mut socket).await.unwrap();
    let segments = greeting.market_info.unwrap().segment_status;
    assert_eq!(greeting.kind, i32::from(Kind::MarketInfo));
    assert_eq!(segments["NSE_FO"], i32::from(MarketStatus::NormalOpen));
    socket.send(request("sub", Some("full"), &keys)).await.unwrap();
    let initial = fed(&mut socket).await.unwrap();
    assert_eq!(initial.kind, i32::from(Kind::InitialFeed));
    assert!(
        initial.feeds.values().all(|feed| minute_of(feed.union.as_ref().unwrap()).is_none()),
        "nothing of the day is known"
    );

    let (mut told, mut of_index, mut with_greeks, mut last) = (BTreeMap::<String, i64>::new(), 0, 0, None);
    while let Some(response) = fed(&mut socket).await {
        if response.market_info.is_some() {
            last = Some(response);
            continue;
        }
        assert_eq!(response.kind, i32::from(Kind::LiveFeed));
        for (key, feed) in response.feeds {
            let union = feed.union.unwrap();
            let (start, _) = minute_of(&union).unwrap();
            assert_eq!((start + 60) * 1000, response.current_ts, "a minute is told when it is over");
            let FeedUnion::Full(full) = union else { panic!("{key}") };
            match full.union.unwrap() {
                FullFeedUnion::Index(_) => of_index += 1,
                FullFeedUnion::Market(market) => {
                    with_greeks += usize::from(market.option_greeks.is_some());
                    *told.entry(key).or_default() += 1;
                }
            }
        }
    }
    assert_eq!(told, stored);
    assert!(of_index == 375 && with_greeks > 0, "{of_index} {with_greeks}");
    assert_eq!(
        last.unwrap().market_info.unwrap().segment_status["NSE_FO"],
        i32::from(MarketStatus::NormalClose)
    );

    // Modes, and an end of what was subscribed; the expired key names the same contract.
    let mut socket = server.socket(&format!("{}/upstox/1/{FEED}?from=12:00", day())).await;
    fed(&mut socket).await.unwrap();
    let contract: String = stage.sql(
        "SELECT segment || '|' || exchange_token || '|' || '31-07-2025' FROM contract WHERE kind = 'FUT' LIMIT 1",
    );
    let both = [contract.clone(), index.clone()];
    for (method, mode) in [("sub", "ltpc"), ("change_mode", "option_greeks"), ("change_mode", "full_d30")] {
        socket.send(request(method, Some(mode), &both)).await.unwrap();
        let feeds = fed(&mut socket).await.unwrap().feeds;
        assert_eq!(feeds.keys().collect::<Vec<_>>(), [&contract, &index]);
        let union = feeds[&contract].union.as_ref().unwrap();
        assert!(
            match mode {
                "ltpc" => matches!(union, FeedUnion::Ltpc(of) if of.ltp > 1_000.0 && of.cp > 1_000.0),
                "option_greeks" => matches!(union, FeedUnion::FirstLevel(of) if of.oi > 0.0),
                _ => minute_of(union).is_some() && feeds[&contract].request_mode == 3,
            },
            "{mode}: {union:?}"
        );
    }
    socket.send(request("unsub", None, &both)).await.unwrap();
    socket.send(request("sub", Some("ltpc"), std::slice::from_ref(&index))).await.unwrap();
    assert_eq!(fed(&mut socket).await.unwrap().feeds.keys().collect::<Vec<_>>(), [&index]);
    socket.send(Message::text("subscribe")).await.unwrap();
    let closed = socket.next().await.unwrap().unwrap();
    assert!(
        matches!(&closed, Message::Close(Some(frame)) if frame.reason.contains("no request of the feed")),
        "{closed:?}"
    );
}
