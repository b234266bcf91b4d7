//! Kind C: who can be collected. The broker's word alone refuses a well-formed key; one search and one way to name
//! an underlying everywhere; weekly or monthly before anything is listed.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::broker::{Asked, Reply};
use crate::listed::{self, BANKNIFTY, EXPIRY, NIFTY_KEY, RELIANCE, Underlying, day};
use crate::program::{Case, Ran};

/// Left F&O on 2025-08-01.
const LEFT: Underlying = Underlying {
    key: "NSE_EQ|INE769A01020",
    symbol: "AARTIIND",
    segment: "NSE_FO",
    kind: "EQUITY",
    lot: 1_325,
};

fn share(of: &Underlying, name: &str, short: &str) -> Value {
    json!({ "segment": "NSE_EQ", "name": name, "exchange": "NSE", "isin": &of.key[7..], "instrument_type": "EQ",
            "instrument_key": of.key, "trading_symbol": of.symbol, "exchange_token": "7", "short_name": short })
}

/// A master that has the share and no derivative of it; the broker lists its three last expiries.
fn left() -> Case {
    Case::new(|ask| match &ask.about {
        Asked::Master => {
            let mut live = RELIANCE.future(day("2026-12-29"), 51_001);
            live["instrument_key"] = json!("NSE_FO|51001");
            live["expiry"] = json!(1_798_568_999_000_i64);
            Some(Reply::gzip_file(&json!([
                share(&LEFT, "AARTI INDUSTRIES LTD", "Aarti Industries"),
                share(&RELIANCE, "RELIANCE INDUSTRIES LTD", "Reliance Industries"),
                live
            ])))
        }
        Asked::Expiries { key } if key == LEFT.key => {
            Some(Reply::data(json!(["2025-05-29", "2025-06-26", "2025-07-31"])))
        }
        Asked::Options { key, expiry } if key == LEFT.key => {
            Some(Reply::data(LEFT.ladder(*expiry, 400.0, 10.0, 10, 95_000)))
        }
        Asked::Futures { key, expiry } if key == LEFT.key => {
            Some(Reply::data(vec![LEFT.future(*expiry, 64_500)]))
        }
        Asked::History { key, days } if key == LEFT.key => Some(Reply::rows(listed::quiet_life(*days))),
        _ => None,
    })
}

fn keys(ran: &Value) -> BTreeSet<String> {
    let rows = ran["instruments"].as_array().cloned().unwrap_or_default();
    rows.iter().map(|row| row["underlying"]["key"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn c1_a_share_that_left_is_collected() {
    let case = left();
    let ran = case.collect(LEFT.key, "2025-07-31", &["--days", "5"]).expect_exit(0);
    let ran = ran.expect("contracts", 21).expect("failed", 0);
    assert_eq!(case.contracts_under("2025-07-31"), 21, "{ran}");
    let found = case.run(&["instruments", "--search", "aarti"]).expect_exit(0);
    assert!(keys(&found.json).contains(LEFT.key), "{found}");
}

#[test]
fn c1_the_master_s_silence_refuses_nobody() {
    let case = left();
    let ran = case.run(&["expiries", LEFT.key]).expect_exit(0);
    assert_eq!(ran.json["expiries"].as_array().map(Vec::len), Some(3), "{ran}");
}

#[test]
fn c1_the_broker_s_word_does() {
    let case = left();
    for key in ["NSE_EQ|INE000A01010", "NSE_INDEX|Nifty 51"] {
        let ran = case.collect(key, EXPIRY, &[]).expect_exit(2);
        let asked =
            case.broker.count(|about| matches!(about, Asked::Expiries { key: asked } if asked == key));
        assert_eq!(asked, 1, "it was asked: {ran}");
    }
}

#[test]
fn c1_commodities_and_currency_stay_refused_unasked() {
    let case = left();
    for key in ["MCX_FO|294", "NCD_FO|USDINR", "MCX_INDEX|CRUDE"] {
        let ran = case.collect(key, EXPIRY, &[]);
        assert_eq!(ran.exit, Some(2), "{ran}");
    }
    assert_eq!(case.broker.count(|about| matches!(about, Asked::Expiries { .. })), 0);
}

/// The broker has no candles of the underlying itself.
fn without_history(code: &'static str) -> Case {
    Case::new(move |ask| match &ask.about {
        Asked::History { .. } => Some(Reply::error(400, code, "Invalid Instrument key")),
        _ => None,
    })
}

fn collect_future(case: &Case, expiry: &str) -> Ran {
    case.collect(NIFTY_KEY, expiry, &["--kind", "futures", "--days", "60"])
}

#[test]
fn c2_contracts_are_complete_without_the_underlying_s_own_history() {
    let case = without_history("UDAPI100011");
    let first = collect_future(&case, EXPIRY).expect_exit(0).expect("failed", 0).expect("contracts", 1);
    assert!(case.minutes_of(listed::FUTURE_KEY) > 375, "{first}");
    let told = first.told.lines().filter(|line| line.contains("own candles") || line.contains("UDAPI100011"));
    assert_eq!(told.count(), 1, "noted once: {first}");
    // The order has three months, which workers may begin together.
    let asked = case.broker.count(|about| matches!(about, Asked::History { .. }));
    assert!((1..=3).contains(&asked), "asked {asked} times, none of them twice: {first}");
    collect_future(&case, "2025-07-31").expect_exit(0).expect("failed", 0);
    let picture = case.run(&["jobs", "list"]).expect_exit(0);
    for job in picture.json["jobs"].as_array().unwrap() {
        assert_eq!((&job["status"], &job["months"]["failed"]), (&json!("completed"), &json!(0)), "{picture}");
    }
}

/// What one search finds on the command line and over REST.
fn assert_search_finds(words: &[&str], key: &str) {
    let case = Case::new(|_| None);
    let told: Vec<(&str, Ran)> = words
        .iter()
        .map(|text| (*text, case.run(&["instruments", "--search", text]).expect_exit(0)))
        .collect();
    let server = case.serve();
    for (text, ran) in told {
        let found = keys(&ran.json);
        assert!(found.contains(key), "\"{text}\" finds {found:?}, not {key}");
        let over_rest = keys(&server.get(&format!("instruments?search={}", text.replace(' ', "%20"))).json);
        assert_eq!(over_rest, found, "\"{text}\" over REST and on the command line");
    }
}

#[test]
fn c3_the_bank_index_is_found_by_all_its_names() {
    assert_search_finds(
        &["bank nifty", "NIFTYBANK", "banknifty", "Nifty Bank", "BANK  NIFTY"],
        BANKNIFTY.key,
    );
}

#[test]
fn c3_so_is_nifty() {
    assert_search_finds(&["nifty50", "nifty 50", "50 nifty", "NIFTY"], NIFTY_KEY);
}

#[test]
fn c3_so_are_the_others() {
    assert_search_finds(
        &["midcap nifty", "nifty midcap", "MIDCPNIFTY", "mid select"],
        "NSE_INDEX|NIFTY MID SELECT",
    );
    assert_search_finds(&["SNSX50", "sensex50", "sensex 50"], "BSE_INDEX|SENSEX 50");
    assert_search_finds(&["fin nifty", "finnifty", "nifty financial"], "NSE_INDEX|Nifty Fin Service");
}

#[test]
fn c3_a_word_that_nobody_bears_finds_nothing() {
    let case = Case::new(|_| None);
    let ran = case.run(&["instruments", "--search", "nifty tulip"]).expect_exit(0);
    assert_eq!(keys(&ran.json), BTreeSet::new(), "{ran}");
}

#[test]
fn c3_a_unique_symbol_stands_for_its_key() {
    let case = Case::new(|ask| match &ask.about {
        Asked::Expiries { key } if key == BANKNIFTY.key => Some(Reply::data(json!([EXPIRY]))),
        Asked::Options { key, expiry } if key == BANKNIFTY.key => {
            Some(Reply::data(BANKNIFTY.ladder(*expiry, 50_000.0, 100.0, 10, 45_000)))
        }
        Asked::Futures { key, .. } if key == BANKNIFTY.key => Some(Reply::data(json!([]))),
        Asked::History { days, .. } => Some(Reply::rows(listed::quiet_life(*days))),
        _ => None,
    });
    let options = ["--kind", "options", "--days", "5"];
    case.collect("BANKNIFTY", EXPIRY, &options).expect_exit(0).expect("contracts", 20);
    let by_symbol = case.run(&["expiries", "banknifty"]).expect_exit(0);
    assert_eq!(by_symbol.json, case.run(&["expiries", BANKNIFTY.key]).expect_exit(0).json);
    case.run(&["contracts", "BANKNIFTY", EXPIRY]).expect_exit(0);
    let refused = case.run(&["expiries", "TULIPS"]);
    assert_eq!(refused.exit, Some(2), "a symbol of nobody's: {refused}");
    let server = case.serve();
    for path in ["expiries?underlying=BANKNIFTY", "contracts?underlying=BANKNIFTY&expiry=2025-08-28"] {
        let answer = server.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.json);
    }
}

/// The kind of each listed date, before anything else was asked.
fn kinds_of(dates: Vec<String>) -> Vec<(String, Value)> {
    let case = Case::new(move |ask| match &ask.about {
        Asked::Expiries { .. } => Some(Reply::data(dates.clone())),
        _ => None,
    });
    let ran = case.run(&["expiries", NIFTY_KEY]).expect_exit(0);
    let rows = ran.json["expiries"].as_array().unwrap().iter();
    let mut kinds: Vec<_> =
        rows.map(|row| (row["date"].as_str().unwrap().to_owned(), row["weekly"].clone())).collect();
    kinds.sort_by(|(one, _), (other, _)| one.cmp(other));
    kinds
}

fn wrong(kinds: Vec<(String, Value)>) -> Vec<(String, Value)> {
    let proven = listed::proven();
    let right =
        |date: &str| proven.iter().find(|(proven, _)| proven == date).map(|(_, weekly)| json!(weekly));
    kinds.into_iter().filter(|(date, weekly)| right(date).as_ref() != Some(weekly)).collect()
}

#[test]
fn c4_weekly_and_monthly_are_right_before_anything_is_listed() {
    let captured = listed::expiries().iter().map(|date| date.as_str().unwrap().to_owned()).collect();
    let kinds = kinds_of(captured);
    for (date, weekly) in [("2025-04-24", false), ("2025-04-30", true)] {
        let found = kinds.iter().find(|(known, _)| known == date).unwrap();
        assert_eq!(found.1, json!(weekly), "{date}");
    }
    assert_eq!(wrong(kinds), [], "of the captured list");
}

#[test]
fn c4_for_every_date_that_is_proven() {
    let all: Vec<String> = listed::proven().into_iter().map(|(date, _)| date).collect();
    assert_eq!(wrong(kinds_of(all)), []);
}
