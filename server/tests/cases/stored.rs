//! Kind D: reading what is stored. Bars come day by day from the best series of that day, every contract's bars
//! stand on one grid, and twins are told apart.

use std::collections::BTreeSet;

use market::{DayRange, EpochSeconds};
use serde_json::{Value, json};

use crate::broker::{Asked, Reply};
use crate::listed::{self, EXPIRY, FUTURE_KEY, NIFTY_KEY, Underlying, day};
use crate::program::Case;

/// The future alone, every minute of each day, and in other intervals what those minutes make.
fn busy_future() -> Case {
    Case::new(|ask| match &ask.about {
        Asked::Candles { interval, days, .. } => Some(Reply::rows(match interval.as_str() {
            "1minute" => listed::busy_life(*days),
            "day" => listed::rows(*days, &[0]),
            "5minute" => {
                listed::rows(*days, &(listed::OPEN..=listed::LAST_MINUTE).step_by(5).collect::<Vec<_>>())
            }
            other => panic!("{other} is not asked for here"),
        })),
        _ => None,
    })
}

fn bars(case: &Case, key: &str, more: &[&str]) -> Vec<String> {
    let ran = case.run(&[&["candles", key, "--format", "json"][..], more].concat()).expect_exit(0);
    let rows = ran.json["candles"].as_array().unwrap().iter();
    rows.filter(|row| !row[1].is_null()).map(|row| row[0].as_str().unwrap().to_owned()).collect()
}

fn collect(case: &Case, interval: &str, days: &str) {
    let words = ["--kind", "futures", "--without-underlying", "--interval", interval, "--days", days];
    case.collect(NIFTY_KEY, EXPIRY, &words).expect_exit(0);
}

fn trading_days(days: i64) -> usize {
    listed::trading_days(DayRange::new(day(EXPIRY).plus_days(-days), day(EXPIRY)).unwrap()).len()
}

#[test]
fn d1_minutes_of_a_few_days_hide_no_bars_of_the_others() {
    let case = busy_future();
    collect(&case, "5minute", "90");
    let before = bars(&case, FUTURE_KEY, &["--interval", "5minute"]);
    assert_eq!(before.len(), 75 * trading_days(90));
    collect(&case, "1minute", "2");
    assert_eq!(bars(&case, FUTURE_KEY, &["--interval", "5minute"]), before);
}

#[test]
fn d1_nor_days_those_of_the_minutes() {
    let case = busy_future();
    collect(&case, "day", "90");
    let before = bars(&case, FUTURE_KEY, &["--interval", "day"]);
    assert_eq!(before.len(), trading_days(90));
    collect(&case, "1minute", "10");
    assert_eq!(bars(&case, FUTURE_KEY, &["--interval", "day"]).len(), before.len());
}

#[test]
fn d1_the_other_way_round_too() {
    let case = busy_future();
    collect(&case, "1minute", "10");
    let minutes = bars(&case, FUTURE_KEY, &["--interval", "5minute"]).len();
    assert_eq!(minutes, 75 * trading_days(10));
    collect(&case, "5minute", "90");
    assert_eq!(bars(&case, FUTURE_KEY, &["--interval", "5minute"]).len(), 75 * trading_days(90));
}

#[test]
fn d2_a_session_without_a_circular_begins_with_the_underlying_s_first_minute() {
    const MUHURAT: &str = "2026-11-08";
    let at = |times: &[(u16, u16)]| -> Vec<Value> {
        let rows = times.iter().rev().map(|(hour, minute)| listed::row(day(MUHURAT), hour * 60 + minute));
        rows.collect()
    };
    let a = at(&[(18, 2), (18, 4), (18, 31)]);
    let b = at(&[(18, 7), (18, 33)]);
    let evening: Vec<(u16, u16)> = (0..60).map(|minute| (18, minute)).collect();
    let underlying = listed::without_volume(at(&evening));
    let case = Case::new(move |ask| match &ask.about {
        Asked::Expiries { .. } => Some(Reply::data(json!(["2026-11-10"]))),
        Asked::Options { expiry, .. } => Some(Reply::data(NIFTY.ladder(*expiry, 26_000.0, 50.0, 1, 43_000))),
        Asked::Candles { key, days, .. } if days.contains(day(MUHURAT)) => {
            Some(Reply::rows(if key.starts_with("NSE_FO|43000|") { a.clone() } else { b.clone() }))
        }
        Asked::History { days, .. } => {
            let mut rows = listed::without_volume(listed::quiet_life(*days));
            if days.contains(day(MUHURAT)) {
                let place = rows.partition_point(|row| listed::time(row) > MUHURAT);
                rows.splice(place..place, underlying.clone());
            }
            Some(Reply::rows(rows))
        }
        _ => None,
    });
    case.collect(NIFTY_KEY, "2026-11-10", &["--kind", "options", "--days", "3"]);
    let of = |key: &str| -> Vec<String> {
        let words = ["--interval", "5minute", "--from", MUHURAT, "--to", MUHURAT];
        bars(&case, key, &words).iter().map(|time| time[11..16].to_owned()).collect()
    };
    assert_eq!(of("NSE_FO|43000|10-11-2026"), ["18:00", "18:30"], "of A");
    assert_eq!(of("NSE_FO|43001|10-11-2026"), ["18:05", "18:30"], "of B");
}

const NIFTY: Underlying =
    Underlying { key: NIFTY_KEY, symbol: "NIFTY", segment: "NSE_FO", kind: "INDEX", lot: 65 };
const TATA: Underlying = Underlying {
    key: "NSE_EQ|INE155A01022",
    symbol: "TATAMOTORS",
    segment: "NSE_FO",
    kind: "EQUITY",
    lot: 800,
};
const DEMERGER: &str = "2025-10-28";

/// The demerger of October 2025: old contracts end on the 13th, new ones begin on the 14th at ten.
fn demerger() -> Case {
    Case::new(|ask| match &ask.about {
        Asked::Expiries { .. } => Some(Reply::data(json!([DEMERGER]))),
        Asked::Futures { expiry, .. } => {
            Some(Reply::data(vec![TATA.future(*expiry, 70_000), TATA.future(*expiry, 50_000)]))
        }
        Asked::Options { expiry, .. } => {
            let option = |kind, token| TATA.contract(*expiry, kind, Some(700.0), token);
            // PE new, PE old, CE old, CE new.
            Some(Reply::data(vec![
                option("PE", 70_001),
                option("PE", 50_001),
                option("CE", 50_002),
                option("CE", 70_002),
            ]))
        }
        Asked::Candles { key, days, .. } => {
            let is_new = key.starts_with("NSE_FO|7");
            let rows = listed::rows(*days, &[listed::OPEN, 10 * 60, listed::LAST_MINUTE]).into_iter();
            let lives = |row: &Value| (listed::time(row) >= "2025-10-14T10:00") == is_new;
            let in_old_life = |row: &Value| is_new || listed::time(row) < "2025-10-14";
            Some(Reply::rows(rows.filter(|row| lives(row) && in_old_life(row)).collect::<Vec<_>>()))
        }
        Asked::History { days, .. } => Some(Reply::rows(listed::quiet_life(*days))),
        _ => None,
    })
}

#[test]
fn d3_twins_have_files_of_different_names() {
    let case = demerger();
    case.collect(TATA.key, DEMERGER, &["--days", "30"]).expect_exit(0).expect("contracts", 6);
    let server = case.serve();
    let keys: Vec<String> = case.column("SELECT expired_instrument_key FROM contracts");
    let files: BTreeSet<String> = keys
        .iter()
        .map(|key| server.get(&format!("candles/{}?format=csv", key.replace('|', "%7C"))).file)
        .collect();
    assert_eq!(files.len(), keys.len(), "{files:?}");
}

#[test]
fn d3_the_day_of_a_demerger_is_marked_on_the_charts_of_old_and_new_contracts() {
    let case = demerger();
    case.collect(TATA.key, DEMERGER, &["--days", "30"]).expect_exit(0).expect("contracts", 6);
    let server = case.serve();
    let keys: Vec<String> = case.column("SELECT expired_instrument_key FROM contracts");
    for key in keys {
        let path = format!("candles/{}?with=sessions&format=columns", key.replace('|', "%7C"));
        let columns = server.get(&path).json;
        let marks = columns["marks"].as_array().unwrap();
        let renewed: Vec<&Value> = marks.iter().filter(|mark| mark["kind"] == "renewed").collect();
        assert_eq!(renewed.len(), 1, "{key}: {marks:?}");
        assert_eq!(renewed[0]["text"], "14 Oct: new contracts, as after a demerger or a split");
        let marked = EpochSeconds(renewed[0]["from"].as_i64().unwrap()).day();
        let expected = if key.starts_with("NSE_FO|7") { "2025-10-14" } else { "2025-10-13" };
        assert_eq!(marked.to_string(), expected, "{key}");
    }
}
