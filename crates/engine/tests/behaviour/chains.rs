//! The chain of a past minute against the stored rows themselves, recomputed here in SQL and by brute force.

use std::collections::BTreeMap;

use engine::{AnalysisWish, Engine, EngineError, ErrorKind, SeriesWish};
use market::{ContractKinds, InstrumentKey};
use protocol::{ChainPicture, ChainWish, CollectOrder, Minute, SqlValue, SqlWish};
use rusqlite::Connection;

use crate::common::{Stage, day, nifty};

const EXPIRY: &str = "2025-08-28";

async fn collect(engine: &Engine, days: &str, kinds: ContractKinds) {
    let order = CollectOrder { days: days.parse().unwrap(), ..crate::common::order(&[EXPIRY], kinds) };
    let job = engine.jobs().create(&order).await.unwrap();
    engine.jobs().run(job).await.unwrap();
}

fn minute(text: &str) -> Minute {
    text.parse().unwrap()
}

async fn chain(engine: &Engine, at: &str) -> Result<ChainPicture, EngineError> {
    engine.chains().chain(&nifty(), day(EXPIRY), Some(minute(at))).await
}

/// A side as SQL finds it: last price, its age in seconds, volume of the day, open interest.
type Side = (f64, i64, i64, i64);

fn sides(stage: &Stage, at: Minute) -> BTreeMap<(i64, String), Side> {
    let connection = Connection::open(stage.data.path().join("expirytrack.db")).unwrap();
    let mut statement = connection
        .prepare(
            "SELECT c.strike, c.kind,
                    (SELECT k.close * 1.0 / s.price_scale FROM candle k WHERE k.series_id = s.id AND k.ts <= ?1 AND k.volume > 0
                     ORDER BY k.ts DESC LIMIT 1),
                    (SELECT ?1 - max(k.ts) FROM candle k WHERE k.series_id = s.id AND k.ts <= ?1 AND k.volume > 0),
                    (SELECT coalesce(sum(k.volume), 0) FROM candle k WHERE k.series_id = s.id AND k.ts BETWEEN ?2 AND ?1),
                    (SELECT k.open_interest FROM candle k WHERE k.series_id = s.id AND k.ts <= ?1
                     ORDER BY k.ts DESC LIMIT 1)
             FROM contract c JOIN series s ON s.contract_id = c.id AND s.interval = '1minute'
             WHERE c.kind <> 'FUT'",
        )
        .unwrap();
    let rows = statement.query_map([at.start().0, at.day().start().0], |row| {
        let last: Option<f64> = row.get(2)?;
        let key = (row.get(0)?, row.get(1)?);
        Ok(last.map(|last| (key, (last, row.get(3).unwrap(), row.get(4).unwrap(), row.get(5).unwrap()))))
    });
    rows.unwrap().filter_map(Result::unwrap).collect()
}

fn assert_equals_rows(stage: &Stage, chain: &ChainPicture) {
    let expected = sides(stage, minute(&chain.at));
    let mut told = BTreeMap::new();
    for row in &chain.rows {
        for (kind, side) in [("CE", &row.call), ("PE", &row.put)] {
            if let Some(side) = side {
                let figures = (side.last, side.age_s, side.volume, side.open_interest.unwrap());
                told.insert(((row.strike * 100.0).round() as i64, kind.to_owned()), figures);
            }
        }
    }
    assert_eq!(told, expected, "at {}", chain.at);
    let open =
        |kind: &str| expected.iter().filter(|((_, of), _)| of == kind).map(|(_, side)| side.3).sum::<i64>();
    assert_eq!((chain.calls.open_interest, chain.puts.open_interest), (open("CE"), open("PE")));
    let ratio = open("PE") as f64 / open("CE") as f64;
    assert!((chain.pcr_oi.unwrap() - ratio).abs() < 1e-12);
    // Where writers of options would pay least, tried for every strike.
    let strikes: Vec<i64> = expected.keys().map(|(strike, _)| *strike).collect();
    let paid = |settled: i64| {
        let of = |((strike, kind), side): (&(i64, String), &Side)| {
            let intrinsic = if kind == "CE" { settled - strike } else { strike - settled };
            intrinsic.max(0) * side.3
        };
        expected.iter().map(of).sum::<i64>()
    };
    let least = strikes.iter().copied().min_by_key(|strike| (paid(*strike), *strike)).unwrap();
    assert_eq!(chain.max_pain, Some(least as f64 / 100.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_tells_what_the_rows_tell_and_nothing_of_later() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, "5", ContractKinds::Both).await;
    let days = engine.chains().days(&nifty(), day(EXPIRY)).await.unwrap();
    assert_eq!(days.expiries, [day(EXPIRY)]);
    let first = days.days.first().copied().unwrap();
    let last = days.days.last().copied().unwrap();
    assert_eq!(last.day, day(EXPIRY));

    let mut untraded = Vec::new();
    for of in [first, last] {
        for time in ["09:15", "09:16", "11:37", "15:29"] {
            let told = chain(&engine, &format!("{}T{time}", of.day)).await.unwrap();
            assert_equals_rows(&stage, &told);
            untraded.push(told.rows.len() as u32 + told.untraded_strikes);
            let spot = told.spot.unwrap();
            assert!(told.spot_age_s.is_some());
            let forward = told.forward.as_ref().unwrap();
            assert!((spot / forward.price - 1.0).abs() < 0.02, "{spot:?} {forward:?}");
        }
    }
    // Whatever had not traded by then is counted, and nothing of the list is lost.
    assert!(untraded.iter().all(|strikes| *strikes == untraded[0]), "{untraded:?}");
    let all = chain(&engine, &format!("{}T15:29", last.day)).await.unwrap();
    assert_eq!(all.options_not_collected, 0);
    let reasons = all.rows.iter().filter_map(|row| row.put.as_ref()?.no_volatility_because.as_deref());
    assert!(reasons.clone().count() > 0 && reasons.clone().all(|why| why == "too_near"));

    // Without a minute it is the last one; no wish is a whole one, and begins at noon.
    let latest = engine.chains().chain(&nifty(), day(EXPIRY), None).await.unwrap();
    assert_eq!(latest, all);
    let opening = engine.chains().opening(&ChainWish::default()).await.unwrap().unwrap();
    let noon = chain(&engine, &format!("{}T12:00", last.day)).await.unwrap();
    assert_eq!((opening.chain, opening.days), (noon, days));
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_to_begin_with_say_what_the_chain_says() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, "20", ContractKinds::Options).await;
    let rows =
        async |sql: &str| -> Vec<Vec<SqlValue>> { engine.sql().run(SqlWish::new(sql)).await.unwrap().rows };
    let queries = engine.sql().schema().queries;
    let sql_of = |name: &str| queries.iter().find(|query| query.name == name).unwrap().sql.as_str();

    let (ratios, mut days_with_others) = (rows(sql_of("put-call-ratio")).await, 0);
    assert!(ratios.len() > 10, "{ratios:?}");
    for ratio in &ratios {
        let day = ratio[0].to_string();
        let told = chain(&engine, &format!("{day}T15:29")).await.unwrap();
        for (sql, chain) in [(&ratio[1], told.pcr_oi), (&ratio[2], told.pcr_volume)] {
            let (sql, chain) = (sql.as_number().unwrap(), chain.unwrap());
            assert!((sql - chain).abs() < 0.000_6, "{day}: {sql}, in the chain {chain}");
        }
        let of_day = format!(
            "SELECT sum(open_interest) FROM contract_days
             WHERE day = '{day}' AND interval = '1minute' AND contract_type <> 'FUT'"
        );
        let open = told.calls.open_interest + told.puts.open_interest;
        days_with_others += u32::from(rows(&of_day).await[0][0] != SqlValue::Integer(open));
    }
    assert!(days_with_others > 0, "each option has a row on every day: nothing is tried");

    let last = chain(&engine, &format!("{EXPIRY}T15:29")).await.unwrap();
    let pains = rows(sql_of("max-pain")).await;
    let number = |row: &[SqlValue], at: usize| row[at].as_number().unwrap();
    let least = pains.iter().min_by(|a, b| number(a, 1).total_cmp(&number(b, 1))).unwrap();
    assert_eq!(Some(number(least, 0)), last.max_pain);
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn volatility_agrees_across_a_strike_and_with_parity() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, "5", ContractKinds::Options).await;
    let told = chain(&engine, "2025-08-26T11:00").await.unwrap();
    let forward = told.forward.as_ref().unwrap();
    assert_eq!(forward.source, "parity", "no future is stored");
    let discount = (-told.rate * told.years.unwrap()).exp();
    let mut compared = 0;
    for row in &told.rows {
        let (Some(call), Some(put)) = (&row.call, &row.put) else { continue };
        assert_eq!(call.volatility, put.volatility, "one volatility a strike");
        let (Some(call_delta), Some(put_delta)) = (call.delta, put.delta) else { continue };
        assert!((call_delta - put_delta - discount).abs() < 1e-9, "{row:?}");
        assert!(call.gamma == put.gamma && call.vega == put.vega);
        compared += 1;
    }
    assert!(compared >= 5, "{compared}");
    let volatility = told.atm_volatility.unwrap();
    assert!((0.05..0.6).contains(&volatility), "{volatility}");
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_in_later_is_seen_and_a_side_alone_is_told() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, "2", ContractKinds::Futures).await;
    let at = "2025-08-28T11:00";
    let futures = chain(&engine, at).await.unwrap();
    assert!(futures.rows.is_empty(), "no option is even listed");
    assert_eq!(futures.forward.unwrap().source, "future");
    collect(&engine, "2", ContractKinds::Options).await;
    let whole = chain(&engine, at).await.unwrap();
    assert!(!whole.rows.is_empty());
    assert_equals_rows(&stage, &whole);
    engine.close().await.unwrap();
}

/// All strikes of two days, and of twenty the future alone: on the eighteen others nobody knows what options did.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_asked_of_a_day_is_not_untraded() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, "2", ContractKinds::Both).await;
    collect(&engine, "20", ContractKinds::Futures).await;
    let days = engine.chains().days(&nifty(), day(EXPIRY)).await.unwrap().days;
    let options: i64 = stage.sql("SELECT count(*) FROM contract WHERE kind <> 'FUT'");
    for (of, not_collected) in [(days.first(), options), (days.last(), 0)] {
        let told = chain(&engine, &format!("{}T12:00", of.unwrap().day)).await.unwrap();
        assert_eq!(i64::from(told.options_not_collected), not_collected, "{}", told.at);
        assert_eq!(told.rows.is_empty(), not_collected > 0);
        assert!(not_collected == 0 || told.untraded_strikes == 0, "{told:?}");
    }

    // What sums over all of them says so too, for as many days as are in it.
    let part = format!("{options} options of this expiry were not collected for all of these days");
    for (from, is_told) in [(None, true), (Some(days[days.len() - 1].day), false)] {
        for name in ["put-call-ratio", "max-pain", "open-interest"] {
            let wish = SeriesWish {
                expiry: Some(day(EXPIRY)),
                from,
                ..SeriesWish::new(name.parse().unwrap(), nifty())
            };
            let made = engine.series().make(&wish).await.unwrap();
            assert_eq!(made.head.rule.contains(&part), is_told, "{name}: {}", made.head.rule);
            let wish = AnalysisWish {
                expiry: Some(day(EXPIRY)),
                from,
                ..AnalysisWish::new(name.parse().unwrap(), nifty())
            };
            let missing = engine.analysis().make(&wish).await.unwrap().head.missing.join(" ");
            assert_eq!(missing.contains(&part), is_told, "{name}: {missing}");
        }
    }
    engine.close().await.unwrap();
}

/// The underlying's own minutes are stored by whole months, and say nothing of a day that was not asked of an expiry.
#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_was_not_asked_for_has_no_chain_and_one_without_a_trade_has() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, "2", ContractKinds::Both).await;
    let not_asked = day("2025-08-08");
    let own: i64 = stage.sql(&format!(
        "SELECT count(*) FROM candle k JOIN series s ON s.id = k.series_id
         WHERE s.underlying_id IS NOT NULL AND k.ts BETWEEN {} AND {}",
        not_asked.start().0,
        not_asked.next().start().0
    ));
    assert!(own > 0, "the underlying has minutes of that day");
    let asked = format!("{not_asked}T10:30");
    for (expiry, at) in [(EXPIRY, asked.as_str()), ("2025-08-21", "2025-08-20T10:30")] {
        let error = engine.chains().chain(&nifty(), day(expiry), Some(minute(at))).await.unwrap_err();
        assert_eq!((error.kind(), error.to_collect()), (ErrorKind::NotFound, Some(day(expiry))), "{error}");
        assert!(error.to_string().contains("is stored of the expiry of Nifty 50 on"), "{error}");
    }
    for name in ["smile", "open-interest-by-strike", "term-structure"] {
        let expiry = (name != "term-structure").then(|| day(EXPIRY));
        let wish = AnalysisWish {
            expiry,
            at: Some(minute(&asked)),
            ..AnalysisWish::new(name.parse().unwrap(), nifty())
        };
        let error = engine.analysis().make(&wish).await.map(|_| ()).unwrap_err();
        assert!(
            error.to_string().contains("no minute of 8 Aug 2025 is stored of the expiry"),
            "{name}: {error}"
        );
    }

    // What was asked for and traded nothing is told as that.
    let silent = day("2025-08-28");
    stage.change(&format!(
        "DELETE FROM candle WHERE ts >= {} AND series_id IN (SELECT id FROM series WHERE contract_id IS NOT NULL);
         DELETE FROM series_day WHERE day = '{silent}'
             AND series_id IN (SELECT id FROM series WHERE contract_id IS NOT NULL)",
        silent.start().0
    ));
    let told = chain(&engine, &format!("{silent}T11:00")).await.unwrap();
    assert_eq!((told.options_not_collected, told.calls.volume, told.puts.volume), (0, 0, 0), "{told:?}");
    assert!(told.spot.is_some() && told.no_forward_because.unwrap().contains("was not traded"));
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_future_that_was_not_asked_for_is_not_said_to_be_untraded() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, "2", ContractKinds::Both).await;
    collect(&engine, "9", ContractKinds::Options).await;
    let at = minute("2025-08-20T11:00");
    crate::series::silence(&stage, "PE", at.day().start(), at.day().next().start());
    let told = engine.chains().chain(&nifty(), day(EXPIRY), Some(at)).await.unwrap();
    let why = told.no_forward_because.unwrap();
    assert!(
        why.starts_with("No forward: the expiry's future was not collected for this day, and only 0"),
        "{why}"
    );
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_minute_of_which_there_is_no_chain_says_why() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    assert_eq!(engine.chains().opening(&ChainWish::default()).await.unwrap(), None);
    collect(&engine, "5", ContractKinds::Both).await;
    for (at, kind, part) in [
        (
            "2025-08-28T09:14",
            ErrorKind::Refused,
            "no minute at 09:14 is stored of 28 Aug 2025: its minutes run from 09:15 to 15:29",
        ),
        ("2025-08-28T15:30", ErrorKind::Refused, "no minute at 15:30"),
        ("2025-08-27T11:00", ErrorKind::Refused, "the market was closed on 27 Aug 2025"),
        ("2025-08-24T11:00", ErrorKind::Refused, "the market was closed on 24 Aug 2025"),
        (
            "2025-08-29T11:00",
            ErrorKind::Refused,
            "29 Aug 2025 lies after the expiry of Nifty 50 on 28 Aug 2025",
        ),
        ("2025-07-01T11:00", ErrorKind::NotFound, "no minute of 1 Jul 2025 is stored"),
    ] {
        let error = chain(&engine, at).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
    let unknown = engine.chains().chain(&nifty(), day("2025-08-26"), None).await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotFound);
    assert!(unknown.to_string().contains("no expiry of Nifty 50 on 26 Aug 2025"), "{unknown}");
    engine.close().await.unwrap();
}

/// What is at the money is told by the list of contracts, also on a day of which no option was asked for.
#[tokio::test(flavor = "multi_thread")]
async fn the_strike_at_the_money_is_the_listed_one_whatever_was_collected() {
    let stage = Stage::wide().await;
    let engine = stage.engine().await;
    collect(&engine, "2", ContractKinds::Both).await;
    collect(&engine, "9", ContractKinds::Futures).await;
    let told = chain(&engine, "2025-08-20T12:00").await.unwrap();
    let forward = told.forward.as_ref().unwrap().price;
    let nearest = format!(
        "SELECT strike / 100.0 FROM contract WHERE strike IS NOT NULL
         ORDER BY abs(strike / 100.0 - {forward}), strike LIMIT 1"
    );
    assert_eq!(told.atm_strike, Some(stage.sql::<f64>(&nearest)));
    assert!(told.rows.is_empty() && told.atm_volatility.is_none() && told.straddle.is_none());
    assert_eq!(told.no_atm_volatility_because.as_deref(), Some("no_minutes"));
    let why = told.no_straddle_because.unwrap();
    assert!(why.ends_with("were not both collected for this day."), "{why}");
    engine.close().await.unwrap();
}

/// What a share cost is divided after a bonus or a split, and its contracts are not: it stands beside them where it lies
/// near the forward, and everybody says why where it does not.
#[tokio::test(flavor = "multi_thread")]
async fn the_price_of_a_share_is_told_where_it_fits_its_contracts() {
    const REASON: &str = "divided after a bonus or a split, and those of its contracts are not";
    let stage = Stage::wide().await;
    let engine = stage.engine().await;
    let share: InstrumentKey = "NSE_EQ|INE002A01018".parse().unwrap();
    let order = CollectOrder {
        underlyings: vec![share.clone()],
        days: "2".parse().unwrap(),
        ..crate::common::order(&[EXPIRY], ContractKinds::Both)
    };
    let job = engine.jobs().create(&order).await.unwrap();
    engine.jobs().run(job).await.unwrap();
    let told = async |at: &str| engine.chains().chain(&share, day(EXPIRY), Some(minute(at))).await.unwrap();
    let of_basis = async |of: &str| {
        let wish = SeriesWish {
            expiry: Some(day(EXPIRY)),
            from: Some(day(of)),
            to: Some(day(of)),
            ..SeriesWish::new("forward-basis".parse().unwrap(), share.clone())
        };
        engine.series().make(&wish).await.unwrap()
    };

    let of_share = told("2025-08-28T11:00").await;
    let (spot, forward) = (of_share.spot.unwrap(), of_share.forward.unwrap().price);
    assert!((spot / forward - 1.0).abs() < 0.02, "{spot} {forward}");
    assert!(of_share.spot_age_s.is_some() && of_share.no_spot_because.is_none());
    let basis = of_basis("2025-08-28").await;
    assert!(basis.points.iter().any(|(_, values)| values[0].is_some()), "{:?}", basis.head);

    // As after three bonus shares for one.
    stage.change(
        "UPDATE candle SET open = open / 4, high = high / 4, low = low / 4, close = close / 4
         WHERE series_id IN (SELECT id FROM series WHERE underlying_id IS NOT NULL)",
    );
    let divided = told("2025-08-26T11:00").await;
    assert!(divided.spot.is_none() && divided.spot_age_s.is_none(), "{divided:?}");
    assert!(divided.no_spot_because.unwrap().contains(REASON));
    let basis = of_basis("2025-08-26").await;
    assert!(basis.points.iter().all(|(_, values)| values.iter().all(Option::is_none)));
    assert!(basis.head.gaps.iter().any(|gap| gap.reason.contains(REASON)), "{:?}", basis.head.gaps);
    let wish = AnalysisWish {
        expiry: Some(day(EXPIRY)),
        from: Some(day("2025-08-26")),
        to: Some(day("2025-08-26")),
        ..AnalysisWish::new("max-pain".parse().unwrap(), share.clone())
    };
    let pain = engine.analysis().make(&wish).await.unwrap();
    assert!(pain.head.missing.iter().any(|missing| missing.contains(REASON)), "{:?}", pain.head.missing);

    collect(&engine, "2", ContractKinds::Both).await;
    let of_index = chain(&engine, "2025-08-28T15:00").await.unwrap();
    assert!(of_index.spot.is_some() && of_index.no_spot_because.is_none());
    engine.close().await.unwrap();
}
