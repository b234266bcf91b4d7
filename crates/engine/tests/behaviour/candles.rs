//! What stands beside candles, held against the chain of the same minute and against the candles of others.

use std::collections::BTreeMap;

use engine::{CandlesWish, Engine};
use market::{ChartInterval, ContractKinds, ExpiredKey};
use protocol::{Candles, ChainSide, CollectOrder, MarkKind, Minute};

use crate::common::{Stage, day, nifty};

const EXPIRY: &str = "2025-08-28";

async fn collect(engine: &Engine, kinds: ContractKinds) {
    let order = CollectOrder { days: "3".parse().unwrap(), ..crate::common::order(&[EXPIRY], kinds) };
    let job = engine.jobs().create(&order).await.unwrap();
    engine.jobs().run(job).await.unwrap();
}

async fn candles(engine: &Engine, key: &ExpiredKey, interval: ChartInterval, with: &str) -> Candles {
    let wish = CandlesWish { beside: with.parse().unwrap(), ..CandlesWish::new(key.clone(), interval) };
    engine.market_data().candles(&wish).await.unwrap()
}

fn column<'c>(candles: &'c Candles, name: &str) -> &'c [Option<f64>] {
    &candles.columns.iter().find(|column| column.name == name).unwrap().values
}

fn words(candles: &Candles, name: &str, at: usize) -> Option<String> {
    candles.words.iter().find(|words| words.name == name).unwrap().values[at].clone()
}

/// Options of the last day's middle: at the money, and so many strikes beside it.
async fn options(engine: &Engine) -> Vec<ExpiredKey> {
    let at: Minute = format!("{EXPIRY}T11:00").parse().unwrap();
    let chain = engine.chains().chain(&nifty(), day(EXPIRY), Some(at)).await.unwrap();
    let money = chain.rows.iter().position(|row| Some(row.strike) == chain.atm_strike).unwrap();
    let key = |place: usize, is_call: bool| {
        let row = &chain.rows[place];
        let side = if is_call { &row.call } else { &row.put };
        side.as_ref().unwrap().expired_key.clone()
    };
    vec![
        key(money, true),
        key(money, false),
        key(money + 1, true),
        key(money - 4, true),
        key(money + 6, false),
    ]
}

async fn chain_side(engine: &Engine, key: &ExpiredKey, at: Minute) -> (Option<f64>, Option<ChainSide>) {
    let chain = engine.chains().chain(&nifty(), day(EXPIRY), Some(at)).await.unwrap();
    let sides = chain.rows.into_iter().flat_map(|row| [row.call, row.put]).flatten();
    let side = sides.into_iter().find(|side| side.expired_key == *key);
    (chain.forward.map(|forward| forward.price), side)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_vwap_of_a_day_is_of_its_minutes_however_long_the_bars_are() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, ContractKinds::Both).await;
    let key = options(&engine).await.remove(0);
    let minutes: Vec<_> = candles(&engine, &key, ChartInterval::MINUTE_1, "").await.rows;
    let minutes: Vec<_> = minutes.into_iter().filter_map(|row| row.bar).collect();
    let of_minutes: Vec<_> = minutes.iter().zip(analytics::day_vwap(&minutes)).collect();
    for interval in ["1minute", "5minute", "75minute", "day"] {
        let made = candles(&engine, &key, interval.parse().unwrap(), "vwap").await;
        let starts: Vec<_> = made.rows.iter().map(|row| row.start).collect();
        let mut told = 0;
        for (at, start) in starts.iter().enumerate() {
            let end = starts.get(at + 1).map_or(i64::MAX, |next| next.0);
            let of_bar = of_minutes.iter().filter(|(minute, _)| (start.0..end).contains(&minute.start.0));
            let expected = of_bar.rev().find_map(|(_, value)| *value);
            assert_eq!(column(&made, "vwap")[at], expected, "{interval} at {}", start.to_ist_text());
            told += usize::from(expected.is_some());
        }
        assert!(told >= 2 && made.columns[0].title == "VWAP", "{interval}: {told}");
    }
    // A bar of several days has none, and says why.
    for interval in ["week", "month"] {
        let made = candles(&engine, &key, interval.parse().unwrap(), "vwap").await;
        assert!(!made.rows.is_empty() && column(&made, "vwap").iter().all(Option::is_none), "{made:?}");
        assert_eq!(made.columns[0].title, "No VWAP of the day: a bar is of several days");
    }
    // Bars of their own, without a minute.
    stage.change("UPDATE series SET interval = '30minute' WHERE contract_id IS NOT NULL");
    let made = candles(&engine, &key, ChartInterval::MINUTE_30, "vwap").await;
    assert!(!made.rows.is_empty() && column(&made, "vwap").iter().all(Option::is_none), "{made:?}");
    assert_eq!(made.columns[0].title, "No VWAP of the day: its minutes are not stored");
    engine.close().await.unwrap();
}

/// To the last digit, with a future and without one.
#[tokio::test(flavor = "multi_thread")]
async fn every_bar_has_what_the_chain_of_its_minute_says() {
    for kinds in [ContractKinds::Both, ContractKinds::Options] {
        let stage = Stage::new().await;
        let engine = stage.engine().await;
        collect(&engine, kinds).await;
        let (mut with_value, mut reasons) = (0, BTreeMap::<String, u32>::new());
        for key in options(&engine).await {
            let made = candles(&engine, &key, ChartInterval::MINUTE_1, "volatility").await;
            assert_eq!(made.rate, Some(0.065));
            let last_minutes = made.rows.len() - 3;
            for at in (0..made.rows.len()).step_by(61).chain([last_minutes]) {
                let minute = Minute::of(made.rows[at].start);
                let (forward, side) = chain_side(&engine, &key, minute).await;
                let side = side.unwrap();
                let told = |name: &str| column(&made, name)[at];
                assert_eq!(told("forward"), forward, "{key} at {minute}");
                let volatility = (told("volatility"), words(&made, "no_volatility_because", at));
                assert_eq!(
                    volatility,
                    (side.volatility, side.no_volatility_because.clone()),
                    "{key} at {minute}"
                );
                let greeks = ["time_value", "delta", "gamma", "theta", "vega"].map(told);
                let expected = [side.time_value, side.delta, side.gamma, side.theta, side.vega];
                assert_eq!(greeks, expected, "{key} at {minute}");
                with_value += u32::from(side.volatility.is_some());
                if let Some(reason) = side.no_volatility_because {
                    *reasons.entry(reason).or_default() += 1;
                }
            }
            let sources = &made.words.iter().find(|words| words.name == "forward_source").unwrap().values;
            let expected = if kinds == ContractKinds::Both { "future" } else { "parity" };
            assert!(sources.iter().flatten().any(|source| source == expected), "{kinds:?}");
        }
        assert!(with_value > 30 && reasons.contains_key("too_near"), "{with_value} {reasons:?}");
        engine.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_longer_bar_has_what_stood_in_the_minute_of_its_close() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, ContractKinds::Both).await;
    let key = options(&engine).await.remove(0);
    let minutes = candles(&engine, &key, ChartInterval::MINUTE_1, "volatility,sessions").await;
    let bars = candles(&engine, &key, ChartInterval::MINUTE_15, "volatility").await;
    let mut compared = 0;
    for (at, row) in bars.rows.iter().enumerate() {
        let within = |start: market::EpochSeconds| (row.start.0..row.start.0 + 15 * 60).contains(&start.0);
        // A minute without volume only repeats an old price.
        let has_volume = |row: &protocol::CandleRow| row.bar.is_some_and(|bar| bar.volume > 0);
        let is_traded =
            |place: &usize| within(minutes.rows[*place].start) && has_volume(&minutes.rows[*place]);
        let Some(close) = (0..minutes.rows.len()).rfind(is_traded) else { continue };
        let when = row.start.to_ist_text();
        let close_of = |row: &protocol::CandleRow| row.prices().map(|prices| prices.close);
        assert_eq!(close_of(row), close_of(&minutes.rows[close]), "{when}");
        for name in ["forward", "time_value", "volatility", "delta", "gamma", "theta", "vega"] {
            assert_eq!(column(&bars, name)[at], column(&minutes, name)[close], "{name} at {when}");
        }
        for name in ["forward_source", "no_volatility_because"] {
            assert_eq!(words(&bars, name, at), words(&minutes, name, close), "{name} at {when}");
        }
        compared += usize::from(column(&bars, "volatility")[at].is_some());
    }
    assert!(compared > 20, "{compared}");
    // Minutes before the settlement nothing is told, though the bar began earlier.
    let last = bars.rows.len() - 1;
    assert_eq!(bars.rows[last].start.day(), day(EXPIRY));
    assert_eq!(column(&bars, "volatility")[last], None);
    assert_eq!(words(&bars, "no_volatility_because", last).as_deref(), Some("too_near"));

    // A future has none, and says so.
    let contracts = engine.browse().contracts(&nifty(), day(EXPIRY), None).await.unwrap().contracts;
    let future = contracts.iter().find(|row| row.contract.strike.is_none()).unwrap();
    let future = &future.contract.expired_key;
    let made = candles(&engine, future, ChartInterval::MINUTE_15, "volatility").await;
    assert!(column(&made, "volatility").iter().all(Option::is_none));
    assert_eq!(words(&made, "no_volatility_because", 0).as_deref(), Some("no_option"));
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn others_stand_beside_the_bars_that_they_share() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, ContractKinds::Both).await;
    let mut keys = options(&engine).await;
    let (own, other) = (keys.remove(0), keys.remove(3));
    let interval = ChartInterval::MINUTE_5;
    let wish = CandlesWish {
        beside: "vwap,sma-20,ema-20,future".parse().unwrap(),
        compared: format!("{other},{own}").parse().unwrap(),
        ..CandlesWish::new(own.clone(), interval)
    };
    let made = engine.market_data().candles(&wish).await.unwrap();
    let names: Vec<&str> = made.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["vwap", "sma-20", "ema-20", "future", &other.to_string()], "itself is passed over");

    let closes: BTreeMap<_, _> = candles(&engine, &other, interval, "")
        .await
        .rows
        .into_iter()
        .filter_map(|row| Some((row.start, row.prices()?.close.to_rupees())))
        .collect();
    let beside = column(&made, &other.to_string());
    for (row, value) in made.rows.iter().zip(beside) {
        assert_eq!(*value, closes.get(&row.start).copied());
    }
    assert!(beside.iter().flatten().count() > 50);
    let bars: Vec<_> = made.rows.iter().filter_map(|row| row.bar).collect();
    assert_eq!(column(&made, "ema-20"), analytics::exponential_average(&bars, 20));

    // With the sessions every bar of them is there, and the expiry's day is named.
    let whole = candles(&engine, &own, ChartInterval::MINUTE_1, "sessions").await;
    let days: std::collections::BTreeSet<_> = whole.rows.iter().map(|row| row.start.day()).collect();
    assert_eq!(whole.rows.len(), days.len() * 375);
    assert!(whole.marks.iter().any(|mark| mark.kind == MarkKind::Expiry && mark.text == "Expiry"));
    assert!(whole.marks.iter().all(|mark| mark.kind != MarkKind::Renewed), "{:?}", whole.marks);
    let unknown: ExpiredKey = "NSE_FO|1|28-08-2025".parse().unwrap();
    let wish = CandlesWish { compared: unknown.to_string().parse().unwrap(), ..wish };
    let error = engine.market_data().candles(&wish).await.unwrap_err().to_string();
    assert!(error.contains("no contract NSE_FO|1|28-08-2025 is known here"), "{error}");
    engine.close().await.unwrap();
}
