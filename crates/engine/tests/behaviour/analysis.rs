//! What is said of an expiry as a whole, against the chain of the same minute, the series, and the stored rows in SQL.

use std::collections::BTreeMap;

use engine::{AnalysisWish, Engine, EngineError, SeriesWish};
use market::{ContractKinds, without_noise};
use protocol::{AnalysisCell, AnalysisDocument, AnalysisName, ChainPicture, CollectOrder};
use rusqlite::Connection;

use crate::common::{Stage, day, nifty};

const EXPIRY: &str = "2025-08-28";
const DAY: &str = "2025-08-26";

async fn collect(engine: &Engine, expiries: &[&str], days: &str, kinds: ContractKinds) {
    let order = CollectOrder { days: days.parse().unwrap(), ..crate::common::order(expiries, kinds) };
    let job = engine.jobs().create(&order).await.unwrap();
    engine.jobs().run(job).await.unwrap();
}

/// At 11:00 of the day, where the analysis has a minute.
fn wish(name: &str) -> AnalysisWish {
    let new = AnalysisWish::new(name.parse().unwrap(), nifty());
    AnalysisWish { expiry: Some(day(EXPIRY)), ..new }
}

fn at(name: &str, minute: &str) -> AnalysisWish {
    AnalysisWish { at: Some(minute.parse().unwrap()), ..wish(name) }
}

async fn made(engine: &Engine, wish: &AnalysisWish) -> AnalysisDocument {
    engine.analysis().make(wish).await.unwrap()
}

async fn refused(engine: &Engine, wish: &AnalysisWish) -> EngineError {
    engine.analysis().make(wish).await.unwrap_err()
}

fn numbers(row: &[Option<AnalysisCell>]) -> Vec<Option<f64>> {
    let number = |cell: &Option<AnalysisCell>| match cell {
        Some(AnalysisCell::Number(number)) => Some(*number),
        _ => None,
    };
    row.iter().map(number).collect()
}

fn told(cell: &Option<AnalysisCell>) -> &str {
    match cell {
        Some(AnalysisCell::Text(text)) => text,
        _ => "",
    }
}

fn near(told: Option<f64>, expected: Option<f64>) -> bool {
    match (told, expected) {
        (Some(told), Some(expected)) => (told - expected).abs() <= 1e-9 * expected.abs().max(1.0),
        (told, expected) => told == expected,
    }
}

async fn chain(engine: &Engine, minute: &str) -> ChainPicture {
    engine.chains().chain(&nifty(), day(EXPIRY), Some(minute.parse().unwrap())).await.unwrap()
}

#[tokio::test]
async fn what_stands_at_the_strikes_is_what_the_chains_of_both_minutes_say() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[EXPIRY], "4", ContractKinds::Both).await;
    let (since, now) = (format!("{DAY}T10:00"), format!("{DAY}T11:30"));
    let (earlier, later) = (chain(&engine, &since).await, chain(&engine, &now).await);
    let interest = |chain: &ChainPicture, strike: f64| -> [Option<f64>; 2] {
        let row = chain.rows.iter().find(|row| row.strike == strike);
        let of = |side: Option<&protocol::ChainSide>| Some(side?.open_interest? as f64);
        [row.and_then(|row| row.call.as_ref()), row.and_then(|row| row.put.as_ref())].map(of)
    };

    let mut between = at("open-interest-by-strike", &now);
    between.since = Some(since.parse().unwrap());
    let document = made(&engine, &between).await;
    assert_eq!(document.rows.len(), later.rows.len());
    for row in &document.rows {
        let cells = numbers(row);
        let (now, before) = (interest(&later, cells[0].unwrap()), interest(&earlier, cells[0].unwrap()));
        for (told, (now, before)) in [&cells[1..3], &cells[3..5]].into_iter().zip(now.into_iter().zip(before))
        {
            assert_eq!(told[0], Some(now.unwrap_or(0.0)), "{:?}", cells[0]);
            let change = now.zip(before).map(|(now, before)| now - before);
            // What had not traded by then may be told all the same, by minutes without a trade.
            assert!(
                told[1] == change || change.is_none() && now.is_some(),
                "{:?}: {told:?} {change:?}",
                cells[0]
            );
        }
    }
    assert_eq!(document.head.since.as_deref(), Some("2025-08-26T10:00:00+05:30"));

    // On the first of the stored days nobody told what stood open before a contract's first minute.
    let first = engine.chains().days(&nifty(), day(EXPIRY)).await.unwrap().days[0].day;
    let opening = chain(&engine, &format!("{first}T15:29")).await;
    assert_eq!([opening.calls, opening.puts].map(|of| of.open_interest_change), [None; 2]);
    let document = made(&engine, &at("open-interest-by-strike", &format!("{first}T15:29"))).await;
    let unknown = document.rows.iter().flat_map(|row| {
        [[1, 2], [3, 4]].map(|[now, change]| {
            let cells = numbers(row);
            usize::from(cells[now] > Some(0.0) && cells[change].is_none())
        })
    });
    let unknown: usize = unknown.sum();
    let said = document.head.missing.join(" ");
    assert!(
        unknown > 0 && said.contains(&format!("Of {unknown} options it is not known")),
        "{unknown}: {said}"
    );
    // The day after tells what changed since.
    let next = engine.chains().days(&nifty(), day(EXPIRY)).await.unwrap().days[1].day;
    let after = chain(&engine, &format!("{next}T15:29")).await;
    let change = |side_of: fn(&protocol::ChainRow) -> Option<&protocol::ChainSide>| {
        let known = after.rows.iter().filter_map(side_of).filter_map(|now| {
            let mut before = opening.rows.iter().filter_map(side_of);
            let before = before.find(|before| before.expired_key == now.expired_key)?;
            Some(now.open_interest? - before.open_interest?)
        });
        Some(known.sum::<i64>())
    };
    assert_eq!(after.calls.open_interest_change, change(|row| row.call.as_ref()));
    assert_eq!(after.puts.open_interest_change, change(|row| row.put.as_ref()));

    let smile = made(&engine, &at("smile", &now)).await;
    assert_eq!(smile.rows.len(), later.rows.len());
    let mut solved = 0;
    for (row, expected) in smile.rows.iter().zip(&later.rows) {
        let cells = numbers(row);
        let side = expected.call.as_ref().or(expected.put.as_ref()).unwrap();
        assert_eq!((cells[0], cells[1]), (Some(expected.strike), side.volatility));
        assert_eq!(cells[1].is_none(), !told(&row[8]).is_empty(), "what is missing says why");
        assert_eq!(cells[6], expected.call.as_ref().and_then(|call| call.delta).or(cells[6]));
        solved += usize::from(cells[1].is_some());
    }
    assert!(solved > 5, "{solved}");

    let forward = later.forward.as_ref().unwrap().price;
    let exposure = made(&engine, &at("gamma-exposure", &now)).await;
    for (row, expected) in exposure.rows.iter().zip(&later.rows) {
        let cells = numbers(row);
        let of = |side: Option<&protocol::ChainSide>| {
            let Some(side) = side else { return Some(0.0) };
            let interest = side.open_interest.unwrap_or(0) as f64;
            if interest == 0.0 { Some(0.0) } else { Some(side.gamma? * interest * forward * forward * 0.01) }
        };
        let (calls, puts) = (of(expected.call.as_ref()), of(expected.put.as_ref()));
        let both = calls.zip(puts);
        assert!(near(cells[1], both.map(|(calls, _)| calls)), "{row:?}");
        assert!(near(cells[2], both.map(|(_, puts)| -puts)), "{row:?}");
        assert!(near(cells[3], both.map(|(calls, puts)| calls - puts)), "{row:?}");
    }
    assert!(exposure.head.rule.contains("Calls count as positive and puts as negative"));
}

/// By strike and kind, from one minute to another, in SQL.
fn volumes(stage: &Stage, from: &str, to: &str) -> BTreeMap<(i64, String), i64> {
    let [from, to] = [from, to].map(|minute| minute.parse::<protocol::Minute>().unwrap().start().0);
    let connection = Connection::open(stage.data.path().join("expirytrack.db")).unwrap();
    let mut statement = connection
        .prepare(
            "SELECT c.strike, c.kind, sum(k.volume) FROM candle k JOIN series s ON s.id = k.series_id
             JOIN contract c ON c.id = s.contract_id
             WHERE c.kind <> 'FUT' AND s.interval = '1minute' AND k.ts BETWEEN ?1 AND ?2
             GROUP BY c.strike, c.kind HAVING sum(k.volume) > 0",
        )
        .unwrap();
    let rows = statement.query_map([from, to], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

#[tokio::test]
async fn what_was_traded_between_two_minutes_is_what_the_rows_say_over_days_too() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[EXPIRY], "4", ContractKinds::Options).await;
    // Twins: the calls of the two lowest strikes, of which the lower one is silent from noon on.
    stage.change(
        "UPDATE candle SET volume = 0 WHERE ts % 86400 > 23400 AND series_id IN (SELECT s.id FROM series s
             JOIN contract c ON c.id = s.contract_id WHERE c.kind = 'CE' AND c.strike = (SELECT min(strike) FROM contract));
         UPDATE series_day SET volume = (SELECT sum(k.volume) FROM candle k WHERE k.series_id = series_day.series_id
             AND k.ts BETWEEN strftime('%s', day) - 19800 AND strftime('%s', day) + 66599)
             WHERE EXISTS (SELECT 1 FROM candle k WHERE k.series_id = series_day.series_id);
         UPDATE contract SET strike = (SELECT min(strike) FROM contract)
             WHERE kind = 'CE' AND strike = (SELECT min(strike) FROM contract WHERE strike > (SELECT min(strike) FROM contract));",
    );
    let calls =
        "SELECT count(*) FROM contract WHERE kind = 'CE' AND strike = (SELECT min(strike) FROM contract)";
    assert_eq!(stage.sql::<i64>(calls), 2);
    for (since, now) in [
        ("2025-08-28T11:30", "2025-08-28T14:00"),
        ("2025-08-28T10:00", "2025-08-28T10:45"),
        ("2025-08-26T13:00", "2025-08-28T10:45"),
        ("2025-08-28T09:15", "2025-08-28T15:29"),
    ] {
        let mut wished = at("volume-by-strike", now);
        wished.since = Some(since.parse().unwrap());
        let document = made(&engine, &wished).await;
        let mut told = BTreeMap::new();
        for row in &document.rows {
            let cells: Vec<f64> = numbers(row).into_iter().map(Option::unwrap).collect();
            for (kind, units) in [("CE", cells[1]), ("PE", cells[2])] {
                assert!(units >= 0.0, "{row:?}");
                if units > 0.0 {
                    told.insert(((cells[0] * 100.0).round() as i64, kind.to_owned()), units as i64);
                }
            }
        }
        assert_eq!(told, volumes(&stage, since, now), "{since} to {now}");
        assert!(!told.is_empty());
    }
}

#[tokio::test]
async fn what_is_told_over_time_is_what_the_series_say() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[EXPIRY], "4", ContractKinds::Both).await;
    for (name, series, columns) in [
        ("open-interest", "open-interest", 1..5),
        ("put-call-ratio", "put-call-ratio", 1..3),
        ("max-pain", "max-pain", 1..4),
        ("volatility", "atm-volatility", 1..3),
        ("volatility", "realised-volatility window=375", 3..4),
        ("straddle", "atm-straddle", 1..3),
        ("straddle", "atm-straddle fixed=09:20", 3..5),
    ] {
        let document = made(&engine, &wish(name)).await;
        let interval = document.head.interval.unwrap();
        assert_eq!(interval.to_string(), "5minute", "four days are told in bars");
        let of_series = SeriesWish {
            expiry: Some(day(EXPIRY)),
            interval,
            from: document.head.from,
            to: document.head.to,
            ..SeriesWish::new(series.parse().unwrap(), nifty())
        };
        let expected = engine.series().make(&of_series).await.unwrap();
        let expected: BTreeMap<String, Vec<Option<f64>>> = expected.points.into_iter().collect();
        let mut values = 0;
        for row in &document.rows {
            let cells = numbers(&row[columns.clone()]);
            let of_series = expected.get(told(&row[0])).cloned().unwrap_or_default();
            for (place, cell) in cells.iter().enumerate() {
                let value = of_series.get(place).copied().flatten();
                assert!(near(*cell, value), "{series} at {}: {cell:?} {value:?}", told(&row[0]));
                values += usize::from(cell.is_some());
            }
            let is_missing = numbers(&row[1..row.len() - 1]).iter().any(Option::is_none);
            assert!(
                !is_missing || !told(&row[row.len() - 1]).is_empty() || name == "put-call-ratio",
                "{row:?}"
            );
        }
        assert!(values > 100, "{series}: {values}");
    }
    // The kept straddle against itself when it was chosen.
    let mut minutes = wish("straddle");
    (minutes.from, minutes.to) = (Some(day(DAY)), Some(day(DAY)));
    let document = made(&engine, &minutes).await;
    assert_eq!(document.head.interval.unwrap().to_string(), "1minute");
    let kept: Vec<_> = document.rows.iter().map(|row| numbers(row)).collect();
    let first = kept.iter().find_map(|cells| cells[3]).unwrap();
    assert!(kept[0][3].is_none() && told(&document.rows[0][6]).contains("chosen at 09:20"));
    for cells in kept {
        assert_eq!(cells[5], cells[3].map(|now| without_noise(now - first)), "{cells:?}");
    }
}

/// The same minutes at prices whose sums have noise in doubles.
#[tokio::test]
async fn what_is_told_over_time_is_the_series_to_the_last_digit() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[EXPIRY], "3", ContractKinds::Both).await;
    stage.change(
        "UPDATE candle SET close = (CASE (SELECT c.kind FROM series s JOIN contract c ON c.id = s.contract_id
             WHERE s.id = candle.series_id) WHEN 'CE' THEN 1010 + ts / 60 % 7 * 730 ELSE 15945 END)
         WHERE series_id IN (SELECT s.id FROM series s JOIN contract c ON c.id = s.contract_id WHERE c.kind <> 'FUT')",
    );
    assert_eq!(stage.sql::<i64>("SELECT max(price_scale) FROM series"), 100);
    let mut noisy = 0;
    for (series, columns) in [("atm-straddle", 1..3), ("atm-straddle fixed=09:20", 3..5)] {
        let of_day = |mut of: AnalysisWish| {
            (of.from, of.to) = (Some(day(DAY)), Some(day(DAY)));
            of
        };
        let document = made(&engine, &of_day(wish("straddle"))).await;
        let of_series = SeriesWish {
            expiry: Some(day(EXPIRY)),
            from: Some(day(DAY)),
            to: Some(day(DAY)),
            ..SeriesWish::new(series.parse().unwrap(), nifty())
        };
        let expected = engine.series().make(&of_series).await.unwrap();
        let told: BTreeMap<&str, Vec<Option<f64>>> =
            document.rows.iter().map(|row| (told(&row[0]), numbers(&row[columns.clone()]))).collect();
        for (at, values) in &expected.points {
            assert_eq!(told[at.as_str()], values[..2], "{series} at {at}");
            if let (Some(sum), Some(call), Some(put)) = (values[0], values[2], values[3]) {
                assert_eq!(sum, (sum * 100.0).round() / 100.0, "{series} at {at}");
                noisy += usize::from(call + put != sum);
            }
        }
    }
    assert!(noisy > 50, "{noisy}");
}

/// What has changed is counted from the minute of the choice, or not at all.
#[tokio::test]
async fn a_kept_straddle_without_a_price_when_it_was_chosen_has_no_change() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[EXPIRY], "4", ContractKinds::Both).await;
    let [from, to] =
        ["09:15", "09:22"].map(|time| format!("{DAY}T{time}").parse::<protocol::Minute>().unwrap());
    crate::series::silence(&stage, "PE", from.start(), to.start());
    let mut minutes = wish("straddle");
    (minutes.from, minutes.to) = (Some(day(DAY)), Some(day(DAY)));
    let document = made(&engine, &minutes).await;
    let mut kept = 0;
    for row in &document.rows {
        let cells = numbers(row);
        assert_eq!(cells[5], None, "{row:?}");
        if cells[3].is_some() {
            let why =
                "The kept straddle had no price at 09:20, so what it has lost or gained since is not known.";
            assert!(told(&row[6]).contains(why), "{row:?}");
            kept += 1;
        }
    }
    assert!(kept > 200, "{kept}");
}

#[tokio::test]
async fn premiums_by_delta_and_the_surface_are_made_of_the_smile() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[EXPIRY], "3", ContractKinds::Both).await;
    let mut of_day = wish("premium-by-delta");
    (of_day.from, of_day.to) = (Some(day(DAY)), Some(day(DAY)));
    let premiums = made(&engine, &of_day).await;
    let chain = chain(&engine, "2025-08-26T11:00").await;
    let row = premiums.rows.iter().find(|row| told(&row[0]) == "2025-08-26T11:00:00+05:30").unwrap();
    let cells = numbers(row);
    let nearest = |wanted: f64| {
        let calls = chain.rows.iter().filter_map(|row| row.call.as_ref());
        let off = |side: &&protocol::ChainSide| (side.delta.unwrap() - wanted).abs();
        let found =
            calls.filter(|side| side.delta.is_some()).min_by(|one, next| off(one).total_cmp(&off(next)));
        found.filter(|side| off(side) <= 0.1 && side.age_s <= 120).map(|side| side.last)
    };
    assert_eq!(cells[1..4], [nearest(0.5), nearest(0.25), nearest(0.1)]);
    assert!(cells[1].is_some(), "{row:?}");

    let surface = made(&engine, &at("surface", "2025-08-26T11:00")).await;
    let names: Vec<&str> = surface.head.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!((names[1], names[7], names[13]), ("put_05", "at_the_money", "call_05"));
    let row = surface.rows.iter().find(|row| told(&row[0]) == DAY).unwrap();
    assert_eq!(numbers(row)[7], chain.atm_volatility);
    for row in &surface.rows {
        assert_eq!(numbers(&row[1..14]).iter().any(Option::is_none), !told(&row[14]).is_empty(), "{row:?}");
    }
}

#[tokio::test]
async fn the_term_structure_has_each_expiry_of_the_minute() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &["2025-08-21", EXPIRY], "12", ContractKinds::Both).await;
    let mut wished = AnalysisWish::new(AnalysisName::TermStructure, nifty());
    wished.at = Some("2025-08-20T11:00".parse().unwrap());
    let document = made(&engine, &wished).await;
    let expiries: Vec<&str> = document.rows.iter().map(|row| told(&row[0])).collect();
    assert_eq!(expiries, ["2025-08-21", EXPIRY]);
    let chain = chain(&engine, "2025-08-20T11:00").await;
    let cells = numbers(&document.rows[1]);
    assert_eq!((cells[2], cells[4]), (chain.atm_volatility, chain.forward.map(|forward| forward.price)));
    assert!(cells[2].is_some());

    wished.at = Some("2025-08-26T11:00".parse().unwrap());
    let alone = made(&engine, &wished).await;
    assert_eq!(alone.rows.len(), 1);
    assert!(alone.head.missing[0].contains("takes two"), "{:?}", alone.head.missing);
}

/// Of the days before the last two the future alone was asked for.
#[tokio::test]
async fn a_volume_over_days_that_were_not_collected_says_so() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    collect(&engine, &[EXPIRY], "2", ContractKinds::Both).await;
    collect(&engine, &[EXPIRY], "9", ContractKinds::Futures).await;
    for (since, is_told) in [("2025-08-20T10:00", true), ("2025-08-28T10:00", false)] {
        let since = Some(since.parse().unwrap());
        let wished = AnalysisWish { since, ..at("volume-by-strike", "2025-08-28T11:00") };
        let missing = made(&engine, &wished).await.head.missing.join(" ");
        let part = "The options of this expiry were not collected for";
        assert_eq!(missing.contains(part), is_told, "{missing}");
        assert_eq!(missing.contains("trading days (from 20 Aug 2025 to 2"), is_told, "{missing}");
    }
}

#[tokio::test]
async fn what_cannot_be_said_is_a_sentence() {
    let stage = Stage::new().await;
    let engine = stage.engine().await;
    let error = refused(&engine, &AnalysisWish::new(AnalysisName::Smile, nifty())).await.to_string();
    assert!(error.starts_with("nothing of NSE_INDEX|Nifty 50 is stored"), "{error}");
    collect(&engine, &[EXPIRY], "3", ContractKinds::Options).await;
    let between = |since: &str, minute: &str| {
        let since = Some(since.parse().unwrap());
        AnalysisWish { since, ..at("volume-by-strike", minute) }
    };
    for (wished, sentence) in [
        (at("smile", "2025-08-28T09:00"), "its minutes run from 09:15 to"),
        (at("smile", "2025-08-24T11:00"), "the market was closed on 24 Aug 2025"),
        (at("gamma-exposure", "2025-08-29T11:00"), "lies after the expiry"),
        (between("2025-08-28T11:00", "2025-08-28T10:00"), "lies after"),
        (between("2025-08-24T11:00", "2025-08-28T10:00"), "the market was closed on 24 Aug 2025"),
        (at("max-pain", "2025-08-28T10:00"), "takes no minute"),
        (AnalysisWish { from: Some(day(EXPIRY)), ..wish("smile") }, "takes no days"),
        (AnalysisWish { rate: "5%".parse().ok(), ..wish("put-call-ratio") }, "takes no rate"),
        (wish("term-structure"), "takes no expiry"),
        (AnalysisWish { from: Some(day("2025-09-01")), ..wish("max-pain") }, "no minute from 1 Sep 2025 on"),
    ] {
        let error = refused(&engine, &wished).await.to_string();
        assert!(error.contains(sentence), "{}: {error}", wished.name);
    }
    // Without a future the forward comes by parity, and what was realised of the underlying itself.
    let document = made(&engine, &wish("volatility")).await;
    assert!(
        document.head.rule.contains("Nifty 50 itself") || document.head.rule.contains("nothing is known")
    );
}
