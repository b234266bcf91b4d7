//! Past days as they are played, against the stored rows, on a clock that moves when it is told to.

use std::sync::Arc;
use std::time::Duration;

use engine::{Clock, Engine, ErrorKind, Played, Player, SystemClock, VirtualClock};
use market::ContractKinds;
use protocol::{CollectOrder, ReplayCommand, ReplayMinute, TimeOfDay};
use rusqlite::Connection;

use crate::common::{Stage, day, nifty};

const EXPIRY: &str = "2025-08-28";
const DAY: &str = "2025-08-28";

/// With two days of an expiry, on a clock that stands still.
async fn stage() -> (Stage, Engine, Arc<VirtualClock>) {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let days = "2".parse().unwrap();
    let order = CollectOrder { days, ..crate::common::order(&[EXPIRY], ContractKinds::Both) };
    let job = engine.jobs().create(&order).await.unwrap();
    engine.jobs().run(job).await.unwrap();
    engine.close().await.unwrap();
    drop(engine);
    let clock = Arc::new(VirtualClock::new(SystemClock::new().wall()));
    let engine = stage.engine_at(clock.clone()).await;
    (stage, engine, clock)
}

fn time(text: &str) -> TimeOfDay {
    text.parse().unwrap()
}

/// What comes without any time going by.
async fn at_once(player: &mut Player) -> Option<Played> {
    tokio::select! {
        biased;
        played = player.next() => Some(played),
        () = std::future::ready(()) => None,
    }
}

/// The next minute, and how long it was waited for.
async fn waited(player: &mut Player, clock: &VirtualClock) -> (Played, Duration) {
    let before = clock.monotonic();
    loop {
        if let Some(played) = at_once(player).await {
            return (played, clock.monotonic() - before);
        }
        clock.advance(Duration::from_millis(100));
    }
}

/// Key, the four prices in paise and volume of the contracts' rows of a minute, as SQL finds them.
fn rows_of(connection: &Connection, at: i64) -> Vec<(String, i64, i64, i64, i64, i64, i64)> {
    let mut statement = connection
        .prepare_cached(
            "SELECT c.segment || '|' || c.exchange_token, k.open, k.high, k.low, k.close, k.volume, k.open_interest
             FROM candle k JOIN series s ON s.id = k.series_id JOIN contract c ON c.id = s.contract_id
             WHERE k.ts = ? AND s.interval = '1minute' ORDER BY 1",
        )
        .unwrap();
    let rows = statement.query_map([at], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?))
    });
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

fn told_of(minute: &ReplayMinute) -> Vec<(String, i64, i64, i64, i64, i64, i64)> {
    let paise = |rupees: f64| (rupees * 100.0).round() as i64;
    let mut rows: Vec<_> = minute
        .contracts
        .iter()
        .map(|of| {
            let (key, candle) = (of.expired_key.to_string(), of.candle);
            let live = key.rsplit_once('|').unwrap().0.to_owned();
            let [open, high, low, close] = [candle.open, candle.high, candle.low, candle.close].map(paise);
            (live, open, high, low, close, candle.volume, of.open_interest)
        })
        .collect();
    rows.sort();
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_played_row_for_row_and_each_minute_is_the_same_when_it_is_sought() {
    let (stage, engine, clock) = stage().await;
    let replay = engine.replay();
    let played = replay.day(&nifty(), day(EXPIRY), day(DAY)).await.unwrap();
    let head = played.head();
    assert_eq!((head.first, head.last, head.minutes), (time("09:15"), time("15:29"), 375));
    assert!(head.contracts > 20 && head.options_not_collected == 0, "{head:?}");

    let connection = Connection::open(stage.data.path().join("expirytrack.db")).unwrap();
    let mut player = replay.play(&played, None, "60".parse().unwrap()).unwrap();
    let mut seeking = replay.play(&played, None, "1".parse().unwrap()).unwrap();
    seeking.tell(ReplayCommand::Pause).unwrap();
    let (began, mut rows, mut minutes) = (clock.monotonic(), 0, 0);
    loop {
        let (told, _) = waited(&mut player, &clock).await;
        let Played::Minute(at) = told else { break };
        let minute = played.minute(at);
        assert_eq!(told_of(&minute), rows_of(&connection, at.0), "{}", minute.at);
        assert!(minute.underlying.is_some(), "{}", minute.at);
        (rows, minutes) = (rows + minute.contracts.len(), minutes + 1);
        seeking.tell(ReplayCommand::Seek { to: minute.time }).unwrap();
        assert_eq!(at_once(&mut seeking).await, Some(told));
        assert_eq!(at_once(&mut seeking).await, None, "it stands still");
    }
    // A minute a second, and the last one lasts its second too.
    assert_eq!((minutes, clock.monotonic() - began), (375, Duration::from_secs(375)));
    let stored: i64 = stage.sql(
        "SELECT count(*) FROM candle k JOIN series s ON s.id = k.series_id
         WHERE s.contract_id IS NOT NULL AND date(k.ts + 19800, 'unixepoch') = '2025-08-28'",
    );
    assert_eq!(rows as i64, stored);
    assert_eq!(at_once(&mut player).await, None, "the end is told once");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_pauses_changes_its_speed_and_goes_where_it_is_sent() {
    let (_stage, engine, clock) = stage().await;
    let replay = engine.replay();
    let played = replay.day(&nifty(), day(EXPIRY), day(DAY)).await.unwrap();
    let mut player = replay.play(&played, Some(time("10:00")), "60".parse().unwrap()).unwrap();
    let minute = |text| Played::Minute(day(DAY).at_minute(time(text).minute_of_day()));
    assert_eq!(at_once(&mut player).await, Some(minute("10:00")));

    clock.advance(Duration::from_millis(400));
    player.tell(ReplayCommand::Pause).unwrap();
    clock.advance(Duration::from_secs(3_600));
    assert_eq!(at_once(&mut player).await, None);
    player.tell(ReplayCommand::Play).unwrap();
    assert_eq!(waited(&mut player, &clock).await, (minute("10:01"), Duration::from_millis(600)));

    // What is left of a minute passes at the new speed.
    clock.advance(Duration::from_millis(500));
    player.tell(ReplayCommand::Speed { speed: "6".parse().unwrap() }).unwrap();
    assert_eq!(waited(&mut player, &clock).await, (minute("10:02"), Duration::from_secs(5)));
    assert_eq!(waited(&mut player, &clock).await, (minute("10:03"), Duration::from_secs(10)));

    player.tell(ReplayCommand::Seek { to: time("15:29") }).unwrap();
    assert_eq!(at_once(&mut player).await, Some(minute("15:29")));
    assert!(player.state().playing && player.state().next.is_none());
    assert_eq!(waited(&mut player, &clock).await, (Played::End, Duration::from_secs(10)));
    assert!(!player.state().playing);
    player.tell(ReplayCommand::Seek { to: time("09:15") }).unwrap();
    assert_eq!(at_once(&mut player).await, Some(minute("09:15")));
    assert_eq!(player.state().next, Some(time("09:16")));

    // Who listens too slowly is told each minute late, and none at once with another.
    clock.advance(Duration::from_secs(100));
    assert_eq!(at_once(&mut player).await, Some(minute("09:16")));
    assert_eq!(waited(&mut player, &clock).await, (minute("09:17"), Duration::ZERO));
    assert_eq!(waited(&mut player, &clock).await, (minute("09:18"), Duration::from_secs(10)));

    let refused = player.tell(ReplayCommand::Seek { to: time("08:00") }).unwrap_err().to_string();
    assert!(refused.contains("its minutes run from 09:15 to 15:29"), "{refused}");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_played_is_refused_in_words() {
    let (_stage, engine, _clock) = stage().await;
    let replay = engine.replay();
    for (expiry, of_day, kind, sentence) in [
        (EXPIRY, "2025-08-27", ErrorKind::Refused, "the market was closed on 27 Aug 2025"),
        (EXPIRY, "2025-08-24", ErrorKind::Refused, "the market was closed on 24 Aug 2025"),
        (EXPIRY, "2025-06-02", ErrorKind::NotFound, "no minute of 2 Jun 2025 is stored"),
        (EXPIRY, "2025-08-29", ErrorKind::Refused, "lies after the expiry"),
        (
            "2020-01-30",
            "2020-01-30",
            ErrorKind::NotFound,
            "no expiry of Nifty 50 on 30 Jan 2020 is known here",
        ),
    ] {
        let refused = replay.day(&nifty(), day(expiry), day(of_day)).await.err().unwrap();
        assert!(refused.to_string().contains(sentence), "{refused}");
        assert_eq!(refused.kind(), kind, "{refused}");
    }
    let played = replay.day(&nifty(), day(EXPIRY), day(DAY)).await.unwrap();
    let refused = replay.play(&played, Some(time("16:00")), Default::default()).err().unwrap().to_string();
    assert!(refused.contains("there is no 16:00 on 28 Aug 2025"), "{refused}");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_course_of_a_day_says_of_each_minute_what_the_chain_says() {
    let (stage, engine, _clock) = stage().await;
    let played = engine.replay().day(&nifty(), day(EXPIRY), day(DAY)).await.unwrap();
    let mut course = played.course();
    let underlying = course.underlying();
    assert!(course.moments([underlying].into_iter())[0].last.is_none(), "nothing is known before the day");
    // Forwards, and back.
    for text in ["2025-08-28T09:15", "2025-08-28T11:00", "2025-08-28T14:00", "2025-08-28T10:00"] {
        let chain = engine.chains().chain(&nifty(), day(EXPIRY), Some(text.parse().unwrap())).await.unwrap();
        let at = text.parse::<protocol::Minute>().unwrap().start();
        course.go_to(Some(at));
        let mut told = 0;
        for side in chain.rows.iter().flat_map(|row| [&row.call, &row.put]).flatten() {
            let live = side.expired_key.to_string().rsplit_once('|').unwrap().0.to_owned();
            let slot = course.slot(&live).unwrap();
            assert_eq!(course.slot(&side.expired_key.to_string()), Some(slot));
            let moment = course.moments([slot].into_iter()).remove(0);
            let (last, _) = moment.last.unwrap();
            assert_eq!((last.to_rupees(), moment.open_interest), (side.last, side.open_interest));
            assert_eq!(moment.day.map_or(0, |day| day.volume), side.volume, "{live} at {text}");
            assert_eq!((moment.volatility, moment.greeks.map(|of| of.delta)), (side.volatility, side.delta));
            told += usize::from(moment.greeks.is_some());
        }
        assert!(told > 0, "{text}");
        let spot = course.moments([underlying].into_iter()).remove(0);
        assert_eq!(spot.last.map(|(price, _)| price.to_rupees()), chain.spot);
        let highest: i64 = stage.sql(&format!(
            "SELECT max(k.high) FROM candle k JOIN series s ON s.id = k.series_id
             WHERE s.underlying_id IS NOT NULL AND s.interval = '1minute' AND k.ts BETWEEN {} AND {}",
            day(DAY).start().0,
            at.0
        ));
        assert_eq!((spot.day.unwrap().prices.high.to_rupees() * 100.0).round() as i64, highest);
    }
    assert_eq!(course.slot("NSE_FO|nobody"), None);
    engine.close().await.unwrap();
}
