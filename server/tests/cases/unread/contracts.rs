//! Rows of lists of contracts: read where they plainly mean one thing, else refused aloud.

use serde_json::{Value, json};

use crate::broker::{Asked, Reply};
use crate::listed::{EXPIRY, NIFTY_KEY, Underlying, day, nifty_options, with};
use crate::program::{Case, Ran};

const OPTIONS_ONLY: [&str; 5] = ["--kind", "options", "--days", "5", "--without-underlying"];

fn with_options(change: impl Fn(Vec<Value>) -> Vec<Value> + Send + Sync + 'static) -> Case {
    Case::new(move |ask| match &ask.about {
        Asked::Options { expiry, .. } if *expiry == day(EXPIRY) => {
            Some(Reply::data(change(nifty_options(*expiry))))
        }
        _ => None,
    })
}

fn change_one(name: &'static str, value: impl Into<Value>) -> Case {
    let value = value.into();
    with_options(move |mut rows| {
        rows[50][name] = value.clone();
        rows
    })
}

fn assert_one_is_refused(name: &'static str, value: impl Into<Value>) {
    let case = change_one(name, value);
    let collect = || case.collect(NIFTY_KEY, EXPIRY, &OPTIONS_ONLY);
    let told =
        |ran: Ran| ran.expect_failures().expect("contracts", 193).expect("refused", 1).expect("failed", 0);
    let first = told(collect());
    assert_eq!(case.contracts_under(EXPIRY), 193, "{first}");
    assert_eq!(case.minutes_of("NSE_FO|71706|28-08-2025"), 9, "the others are collected: {first}");
    told(collect());
}

#[test]
fn b1_a_contract_without_a_strike_is_refused_aloud() {
    assert_one_is_refused("strike_price", Value::Null);
}

#[test]
fn b1_so_is_one_of_an_unknown_type() {
    assert_one_is_refused("instrument_type", "CA");
}

#[test]
fn b1_so_is_one_whose_key_cannot_be_made() {
    let spoil = |mut rows: Vec<Value>| {
        rows[50] = with(with(rows[50].take(), "instrument_key", "71706"), "exchange_token", Value::Null);
        rows
    };
    let case = with_options(spoil);
    let ran = case.collect(NIFTY_KEY, EXPIRY, &OPTIONS_ONLY).expect_failures();
    ran.expect("contracts", 193).expect("refused", 1).expect("failed", 0);
}

#[test]
fn b1_it_counts_when_the_list_was_asked_by_another_command_before() {
    let case = change_one("strike_price", Value::Null);
    let listed = case.run(&["contracts", NIFTY_KEY, EXPIRY, "--kind", "options"]).expect_exit(0);
    assert_eq!(listed.json["contracts"].as_array().map(Vec::len), Some(193), "{listed}");
    let ran = case.collect(NIFTY_KEY, EXPIRY, &OPTIONS_ONLY).expect_failures();
    ran.expect("refused", 1).expect("failed", 0).expect("contracts", 193);
}

#[test]
fn b1_rows_that_are_no_rows_are_each_counted() {
    let case = with_options(|mut rows| {
        rows.extend([json!(null), json!("NSE_FO|1|28-08-2025"), json!({})]);
        rows
    });
    let ran = case.collect(NIFTY_KEY, EXPIRY, &OPTIONS_ONLY).expect_failures();
    ran.expect("contracts", 194).expect("refused", 3).expect("failed", 0);
}

#[test]
fn b2_numbers_as_text_and_text_as_numbers_are_read() {
    let case = with_options(|rows| {
        let change = |(place, row): (usize, Value)| {
            let strike = row["strike_price"].clone();
            let token: u64 = row["exchange_token"].as_str().unwrap().parse().unwrap();
            match place % 5 {
                0 => with(row, "strike_price", strike.to_string()),
                1 => with(row, "lot_size", "75"),
                2 => with(with(row, "exchange_token", token), "lot_size", 75.0),
                3 => with(row, "tick_size", "5.0"),
                _ => with(row, "freeze_quantity", "1,800"),
            }
        };
        rows.into_iter().enumerate().map(change).collect()
    });
    let ran = case.collect(NIFTY_KEY, EXPIRY, &OPTIONS_ONLY).expect_exit(0);
    let ran = ran.expect("contracts", 194).expect("refused", 0);
    let (lots, ticks) = ("min(lot_size) = 75 AND max(lot_size) = 75", "max(tick_size) = 0.05");
    assert!(case.sql::<bool>(&format!("SELECT {lots} AND {ticks} FROM contracts")), "{ran}");
    assert_eq!(case.sql::<f64>("SELECT min(strike_price) FROM contracts"), 22_600.0);
}

#[test]
fn b2_noise_in_a_strike_is_rounded_to_the_paisa() {
    const ITC: Underlying = Underlying {
        key: "NSE_EQ|INE154A01025",
        symbol: "ITC",
        segment: "NSE_FO",
        kind: "EQUITY",
        lot: 1_600,
    };
    let case = Case::new(|ask| match &ask.about {
        Asked::Expiries { .. } => Some(Reply::data(json!([EXPIRY]))),
        Asked::Options { expiry, .. } => {
            let mut rows = ITC.ladder(*expiry, 282.5, 2.5, 10, 91_000);
            for row in &mut rows[4..6] {
                assert_eq!(row["strike_price"], 287.5);
                row["strike_price"] = serde_json::from_str("287.50000000000006").unwrap();
            }
            Some(Reply::data(rows))
        }
        _ => None,
    });
    let ran = case.collect(ITC.key, EXPIRY, &OPTIONS_ONLY).expect_exit(0).expect("contracts", 20);
    let strikes = "SELECT count(*) FROM contracts WHERE strike_price = 287.5";
    assert_eq!(case.sql::<i64>(strikes), 2, "{ran}");
}
