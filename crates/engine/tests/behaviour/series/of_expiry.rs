//! Series of one expiry.

use std::collections::BTreeSet;

use engine::SeriesWish;
use market::{ChartInterval, ContractKinds, Day};

use super::rows::{Rows, traded};
use super::{EXPIRY, assert_near, collect, made, moment, points, silence, wish};
use crate::common::{Stage, day};

#[tokio::test(flavor = "multi_thread")]
async fn a_straddle_is_call_plus_put_nearest_the_forward_or_a_gap_that_says_why() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[EXPIRY], "3", ContractKinds::Both).await;
    let silent = [moment("2025-08-26T11:00:00+05:30"), moment("2025-08-26T11:29:00+05:30")];
    silence(&stage, "CE", silent[0], silent[1]);
    let rows = Rows::of(&stage, EXPIRY);

    let document = made(&engine, &wish("atm-straddle")).await;
    assert_eq!(document.head.expiry, Some(day(EXPIRY)));
    let told = points(&document);
    assert!(told.iter().map(|(at, _)| *at).eq(rows.minutes()), "a point for each minute");
    let gap_at = |at| {
        let holds = |gap: &&protocol::SeriesGap| (moment(&gap.from)..=moment(&gap.to)).contains(&at);
        document.head.gaps.iter().find(holds)
    };
    let (mut priced, mut old) = (0, 0);
    for (at, values) in &told {
        let Some((strike, forward)) = rows.at_the_money(*at) else { continue };
        let [call, put] = [0, 1].map(|side| traded(&rows.options[&strike][side], *at, 2));
        let Some((call, put)) = call.zip(put) else {
            assert_eq!(values, &[None; 5], "{at:?}");
            let gap = gap_at(*at).unwrap();
            let strike = strike as f64 / 100.0;
            let side = if call.is_none() { "call" } else { "put" };
            let reason = format!("The {side} at {strike} was not traded in the last 2 minutes.");
            assert_eq!(gap.reason, reason);
            old += 1;
            continue;
        };
        let expected = [call + put, strike as f64 / 100.0, call, put, forward];
        for (told, expected) in values.iter().zip(expected) {
            assert_near(*told, Some(expected), *at);
        }
        assert!(gap_at(*at).is_none());
        priced += 1;
    }
    assert!(priced > 500 && old >= 28, "{priced} {old}");
    let counted: u32 = document.head.gaps.iter().map(|gap| gap.points).sum();
    let empty = told.iter().filter(|(_, values)| values.iter().all(Option::is_none)).count();
    assert_eq!(counted as usize, empty);

    // Steps from the money are counted among what had traded.
    let strangle = points(&made(&engine, &wish("strangle offset=2")).await);
    assert_eq!(strangle.len(), told.len());
    let mut out = 0;
    for (at, values) in &strangle {
        let Some((money, _)) = rows.at_the_money(*at) else { continue };
        let ladder = rows.ladder(*at);
        let above = ladder.iter().copied().filter(|strike| *strike > money).nth(1).unwrap();
        let below = ladder.iter().rev().copied().filter(|strike| *strike < money).nth(1).unwrap();
        let call = traded(&rows.options[&above][0], *at, 2);
        let put = traded(&rows.options[&below][1], *at, 2);
        assert_near(values[0], call.zip(put).map(|(call, put)| call + put), *at);
        let strikes = call.zip(put).map(|_| (above as f64 / 100.0, below as f64 / 100.0));
        assert_eq!((values[1], values[3]), (strikes.map(|of| of.0), strikes.map(|of| of.1)), "{at:?}");
        out += usize::from(values[0].is_some());
    }
    assert!(out > 300, "{out}");

    // In bars of five minutes the last minute of each counts, also where it is a gap.
    let five = SeriesWish { interval: ChartInterval::MINUTE_5, ..wish("atm-straddle") };
    let five = made(&engine, &five).await;
    assert!(five.head.rule.ends_with(analytics::series::RULE_OF_BARS), "{}", five.head.rule);
    let five = points(&five);
    assert_eq!(five[0].0, told[0].0);
    for (at, values) in &five {
        let last = told.iter().rfind(|(minute, _)| (at.0..at.0 + 300).contains(&minute.0));
        assert_eq!(Some(values), last.map(|(_, values)| values), "{at:?}");
    }
    let days = SeriesWish { interval: ChartInterval::Day, ..wish("atm-straddle") };
    let of_rows: BTreeSet<Day> = rows.minutes().iter().map(|at| at.day()).collect();
    assert_eq!(made(&engine, &days).await.points.len(), of_rows.len());
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn ratios_max_pain_and_open_interest_are_what_sql_counts() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[EXPIRY], "3", ContractKinds::Both).await;
    let rows = Rows::of(&stage, EXPIRY);
    let ratio = |puts: i64, calls: i64| (calls > 0).then(|| puts as f64 / calls as f64);

    let told = points(&made(&engine, &wish("put-call-ratio")).await);
    assert!(told.len() > 500);
    for (at, values) in &told {
        let [calls, puts] = rows.totals(*at);
        assert_near(values[0], ratio(puts.0, calls.0), *at);
        assert_near(values[1], ratio(puts.1, calls.1), *at);
    }
    for (at, values) in points(&made(&engine, &wish("max-pain")).await) {
        assert_near(values[0], rows.max_pain(at), at);
    }
    for (at, values) in points(&made(&engine, &wish("open-interest")).await) {
        let [calls, puts] = rows.totals(at);
        assert_near(values[0], Some(calls.0 as f64), at);
        assert_near(values[2], Some(puts.0 as f64), at);
    }
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_alone_is_as_it_is_within_the_whole_life() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[EXPIRY], "5", ContractKinds::Both).await;
    for series in
        ["atm-straddle fixed=09:20", "atm-volatility", "by-delta side=put delta=0.25", "forward-basis"]
    {
        let whole = made(&engine, &wish(series)).await;
        let one = SeriesWish {
            expiry: Some(day(EXPIRY)),
            from: Some(day("2025-08-26")),
            to: Some(day("2025-08-26")),
            ..wish(series)
        };
        let one = made(&engine, &one).await;
        assert_eq!((one.head.from, one.head.to), (day("2025-08-26"), day("2025-08-26")));
        let of_day: Vec<_> =
            whole.points.iter().filter(|(at, _)| at.starts_with("2025-08-26")).cloned().collect();
        assert!(!of_day.is_empty(), "{series}");
        assert_eq!(one.points, of_day, "{series}");
        assert!(whole.points.len() > of_day.len());
    }
    // Volatility agrees with the chain of the minute, and the rate is the one that was asked for.
    let at = "2025-08-26T11:00";
    let chain =
        engine.chains().chain(&crate::common::nifty(), day(EXPIRY), Some(at.parse().unwrap())).await.unwrap();
    let volatility = made(&engine, &wish("atm-volatility")).await;
    let of_minute = volatility.points.iter().find(|(moment, _)| moment.starts_with(at)).unwrap();
    assert_eq!(of_minute.1[..2], [chain.atm_volatility, chain.atm_session_volatility]);
    assert_eq!(volatility.head.rate, Some(chain.rate));
    let dear = SeriesWish { rate: "12%".parse().ok(), ..wish("atm-volatility") };
    let dear = made(&engine, &dear).await;
    let dearer = dear.points.iter().find(|(moment, _)| moment.starts_with(at)).unwrap();
    assert!(dearer.1[0] > of_minute.1[0] && dear.head.rate == Some(0.12), "{dearer:?}");
    engine.close().await.unwrap();
}
