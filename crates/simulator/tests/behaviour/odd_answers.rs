//! Answers that are odd, and those that cannot be read, each by its switch: rows in other words, lists that lack
//! something, dates that are none; and what the oracle says of them.

use std::collections::BTreeSet;

use crate::common::*;
use serde_json::Value;
use simulator::{Chance, Faults, Simulator};

#[tokio::test]
async fn rows_in_other_words_are_the_same_rows() {
    let truth = candles_with(Faults::default()).await;
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok());
    let always = Chance::ALWAYS;
    for (faults, time, values) in [
        (Faults { open_interest_null: always, ..Faults::default() }, 25, 7),
        (Faults { open_interest_missing: always, ..Faults::default() }, 25, 6),
        (Faults { text_numbers: always, ..Faults::default() }, 25, 7),
        (Faults { offset_without_colon: always, ..Faults::default() }, 24, 7),
        (Faults { no_offset: always, ..Faults::default() }, 19, 7),
        (Faults { noisy_prices: always, ..Faults::default() }, 25, 7),
    ] {
        let rows = candles_with(faults.clone()).await;
        assert_eq!(rows.len(), truth.len(), "{faults:?}");
        let changed = rows.iter().zip(&truth).filter(|(row, right)| row != right).count();
        assert!(changed * 2 > rows.len(), "{changed} of {} under {faults:?}", rows.len());
        for (row, right) in rows.iter().zip(&truth) {
            let (start, right_start) = (row[0].as_str().unwrap(), right[0].as_str().unwrap());
            assert_eq!((start.len(), &start[..19]), (time, &right_start[..19]));
            assert_eq!(row.as_array().unwrap().len(), values);
            let same =
                (1..6).all(|at| (number(&row[at]).unwrap() - number(&right[at]).unwrap()).abs() < 1e-9);
            assert!(same, "{row} is {right}");
        }
    }
}

#[tokio::test]
async fn rows_that_nobody_can_read() {
    let truth = candles_with(Faults::default()).await;
    let is_right = |row: &&Value| truth.contains(row);
    let rows = candles_with(Faults { unreadable_rows: Chance::ALWAYS, ..Faults::default() }).await;
    let right = rows.iter().filter(is_right).count();
    assert!(rows.len() == truth.len() && right < rows.len() && right * 10 > rows.len() * 9, "{right}");
    let rows = candles_with(Faults { unreadable_answer: Chance::ALWAYS, ..Faults::default() }).await;
    assert!(rows.len() == truth.len() && !rows.iter().any(|row| is_right(&row)));
}

#[tokio::test]
async fn answers_may_be_wide_or_cut_at_their_end() {
    let truth = candles_with(Faults::default()).await;
    let rows = candles_with(Faults { wide_answers: Chance::ALWAYS, ..Faults::default() }).await;
    assert!(rows.len() > 3 * truth.len() && truth.iter().all(|row| rows.contains(row)));
    for faults in [
        Faults { cut_tails: Chance::ALWAYS, ..Faults::default() },
        Faults { cut_future_tails: Chance::ALWAYS, ..Faults::default() },
    ] {
        let rows = candles_with(faults).await;
        assert!(!rows.is_empty() && rows.len() < truth.len(), "{} of {}", rows.len(), truth.len());
        assert_eq!(rows, truth[truth.len() - rows.len()..], "the oldest are left");
    }
    let option =
        "/v2/expired-instruments/historical-candle/NSE_FO%7C71706%7C28-08-2025/1minute/2025-08-28/2025-08-20";
    let simulator = simulator_with(Faults { cut_future_tails: Chance::ALWAYS, ..Faults::default() });
    get(&simulator, option).await;
    assert!(!simulator.referee().faults.contains_key("cut_future_tails"), "that is an option");
}

fn option_path(expiry: &str) -> String {
    format!("{BASE}/option/contract?instrument_key={NIFTY}&expiry_date={expiry}")
}

async fn options_with(faults: Faults) -> Vec<Value> {
    get(&simulator_with(faults), &option_path("2025-08-28")).await.json()["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn lists_may_lack_a_side_or_most_of_their_rows() {
    let rows = options_with(Faults { one_sided_contracts: Chance::ALWAYS, ..Faults::default() }).await;
    assert!(rows.len() == 97 && rows.iter().all(|row| row["instrument_type"] == rows[0]["instrument_type"]));
    let rows = options_with(Faults { short_contracts: Chance::ALWAYS, ..Faults::default() }).await;
    let strikes: BTreeSet<String> = rows.iter().map(|row| row["strike_price"].to_string()).collect();
    assert_eq!((rows.len(), strikes.len()), (18, 9), "whole rungs");
}

#[tokio::test]
async fn lists_may_be_odd_unreadable_or_of_another_date() {
    let truth: Value = serde_json::from_str(OPTIONS).unwrap();
    let truth = truth["data"].as_array().unwrap();
    let keys = |rows: &[Value]| rows.iter().map(|row| row["instrument_key"].clone()).collect::<Vec<_>>();
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok()).unwrap();
    let rows = options_with(Faults { odd_contract_rows: Chance::ALWAYS, ..Faults::default() }).await;
    assert_eq!(keys(&rows), keys(truth));
    for (row, right) in rows.iter().zip(truth) {
        assert!(row != right, "{row}");
        for name in ["strike_price", "lot_size", "tick_size", "freeze_quantity", "exchange_token"] {
            assert!((number(&row[name]) - number(&right[name])).abs() < 1e-6, "{name} of {row}");
        }
    }

    let simulator = simulator_with(Faults { unreadable_contract_rows: Chance::ALWAYS, ..Faults::default() });
    let rows = get(&simulator, &option_path("2025-08-28")).await.json()["data"].as_array().unwrap().clone();
    let spoiled: Vec<String> = rows
        .iter()
        .filter(|row| row["strike_price"].is_null() || row["instrument_type"] == "CA")
        .map(|row| row["instrument_key"].as_str().unwrap().to_owned())
        .collect();
    let known = simulator.oracle().unreadable_contracts(&nifty(), day("2025-08-28"));
    assert_eq!(spoiled, known.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert!((5..30).contains(&spoiled.len()) && rows.len() == 194);

    let rows = options_with(Faults { redated_contracts: Chance::ALWAYS, ..Faults::default() }).await;
    assert!(rows.iter().all(|row| row["expiry"] == "2025-08-27") && keys(&rows) == keys(truth));
    let rows = options_with(Faults { contracts_of_the_next: Chance::ALWAYS, ..Faults::default() }).await;
    assert!(rows.len() > 194 && rows.iter().all(|row| row["expiry"] == "2025-08-28"));
    let next = rows[194..].iter().all(|row| row["instrument_key"].as_str().unwrap().ends_with("|02-09-2025"));
    assert!(next, "the next expiry's keys");
}

#[tokio::test]
async fn the_list_of_expiries_may_hold_what_is_none() {
    let simulator = simulator_with(Faults { bad_expiries: Chance::first(1), ..Faults::default() });
    let path = format!("{BASE}/expiries?instrument_key={NIFTY}");
    let entries = get(&simulator, &path).await.json()["data"].as_array().unwrap().clone();
    assert_eq!(entries.len(), 51 + 6);
    assert!(entries.contains(&Value::Null) && entries.contains(&"2099-12-31".into()));
    let right = simulator.oracle().expiries(&nifty());
    assert!(right.len() == 51 && right.iter().all(|day| entries.contains(&day.to_string().into())));
    assert_eq!(get(&simulator, &path).await.text(), EXPIRIES, "once");
}

#[tokio::test]
async fn contracts_that_never_traded_may_have_placeholders() {
    let simulator = simulator_with(Faults { placeholders: true, ..Faults::default() });
    let oracle = simulator.oracle();
    let silent = oracle
        .expiries(&nifty())
        .into_iter()
        .rev()
        .flat_map(|expiry| oracle.contracts(&nifty(), expiry, market::ContractKinds::Options))
        .find(|contract| oracle.never_trades(&contract.expired_key))
        .unwrap();
    let (key, expiry) = (silent.expired_key.to_string().replace('|', "%7C"), silent.expiry);
    let path = format!("{BASE}/historical-candle/{key}/1minute/{expiry}/{}", expiry.plus_days(-5));
    let rows = candles(&get(&simulator, &path).await);
    assert!(rows.len() > 300, "{}", rows.len());
    assert!(rows.iter().all(|row| (1..7).all(|at| row[at] == 0)));
    assert!(
        oracle
            .candles(&silent.expired_key, market::Interval::Minute1, expiry.plus_days(-5), expiry)
            .is_empty()
    );
}

#[tokio::test]
async fn a_minute_may_contradict_itself_in_every_answer() {
    let simulator = simulator_with(Faults { contradictory_minute: Some(600), ..Faults::default() });
    let of_minute = |rows: Vec<Value>| {
        rows.into_iter().filter(|row| row[0].as_str().unwrap().contains("T10:00")).collect::<Vec<_>>()
    };
    let rows = of_minute(candles(&get(&simulator, CANDLE_PATH).await));
    assert_eq!(rows, of_minute(candles(&get(&simulator, CANDLE_PATH).await)), "always the same");
    assert!(!rows.is_empty() && rows.chunks(2).all(|pair| pair[0][0] == pair[1][0] && pair[0] != pair[1]));
    let future = future(&simulator.oracle(), "2025-08-28");
    let all = whole_life(&simulator.oracle(), &future, market::Interval::Minute1);
    let left = simulator.oracle().without_contradictions(all.clone());
    assert!(left.len() < all.len() && left.iter().all(|candle| candle.start.minute_of_day() != 600));
}

const SHARE: &str = "NSE_EQ|INE002A01018";

#[tokio::test]
async fn a_share_may_be_adjusted_have_no_history_or_have_left() {
    let history = "/v3/historical-candle/NSE_EQ%7CINE002A01018/minutes/1/2025-08-05/2025-08-01";
    let adjusted = simulator_with(Faults { adjusted_before: Some(day("2025-08-04")), ..Faults::default() });
    let rows = candles(&get(&adjusted, history).await);
    let share = SHARE.parse().unwrap();
    let right = adjusted.oracle().underlying_minutes(&share, day("2025-08-01"), day("2025-08-05"));
    assert_eq!(rows.len(), right.len());
    for (row, candle) in rows.iter().rev().zip(&right) {
        let prices = candle.prices;
        let read = [1, 2, 3, 4].map(|at| market::Price::from_rupees(row[at].as_f64().unwrap()).unwrap());
        assert_eq!(read, [prices.open, prices.high, prices.low, prices.close], "{row}");
    }
    assert!(right.iter().any(|candle| candle.prices.open.whole_paise().is_none()), "finer than a paisa");

    let without = simulator_with(Faults { no_history_of: vec![SHARE.to_owned()], ..Faults::default() });
    let answer = get(&without, history).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "UDAPI100011"));
    assert!(without.oracle().underlying_minutes(&share, day("2025-08-01"), day("2025-08-05")).is_empty());

    let left = simulator_with(Faults { left_derivatives: vec![SHARE.to_owned()], ..Faults::default() });
    let rows = master(&left).await;
    assert!(rows.iter().any(|row| row["instrument_key"] == SHARE));
    assert!(!rows.iter().any(|row| row["underlying_key"] == SHARE));
    assert!(!left.oracle().expiries(&share).is_empty(), "what expired is there");
}

async fn master(simulator: &Simulator) -> Vec<Value> {
    let file = get(simulator, "/market-quote/instruments/exchange/complete.json.gz").await;
    serde_json::from_reader(flate2::read::GzDecoder::new(&file.body[..])).unwrap()
}

#[tokio::test]
async fn the_master_may_have_odd_and_broken_rows() {
    let right = master(&simulator_with(Faults::default())).await;
    let odd = master(&simulator_with(Faults { odd_master_rows: true, ..Faults::default() })).await;
    let changed: Vec<_> = odd.iter().zip(&right).filter(|(odd, right)| odd != right).collect();
    assert!(odd.len() == right.len() && changed.len() > 10);
    let expiries = |is: fn(&Value) -> bool| changed.iter().any(|(row, _)| is(&row["expiry"]));
    assert!(expiries(Value::is_f64) && expiries(Value::is_string));
    let broken = master(&simulator_with(Faults { broken_master_rows: true, ..Faults::default() })).await;
    assert!(broken.contains(&Value::Null) && right.iter().all(|row| broken.contains(row)));
}
