//! Rows of candles: every form that plainly means one thing is read, and what cannot be read is told and kept.

use serde_json::{Value, json};

use super::{collect_future, whole};
use crate::broker::{Asked, Reply};
use crate::listed::{self, EXPIRY, FUTURE_KEY, Underlying, day, time};
use crate::program::Case;

/// The future's candles, each row changed.
fn with_rows(change: impl Fn(Value) -> Value + Send + Sync + 'static) -> Case {
    Case::new(move |ask| match &ask.about {
        Asked::Candles { key, days, .. } if key == FUTURE_KEY => {
            Some(Reply::rows(listed::nifty_future_life(*days).into_iter().map(&change).collect::<Vec<_>>()))
        }
        _ => None,
    })
}

fn assert_all_is_read(what: &str, change: impl Fn(Value) -> Value + Send + Sync + 'static) {
    let case = with_rows(change);
    let ran = collect_future(&case).expect_exit(0);
    let ran = ran.expect("candles", whole() as u64).expect("refused", 0).expect("empty", 0);
    // The captured day's last minute.
    let prices =
        "SELECT printf('%.2f %.2f %.2f %.2f %d', open, high, low, close, volume) FROM historical_data
                  WHERE timestamp = '2025-08-01 15:29:00'";
    assert_eq!(case.sql::<String>(prices), "24618.90 24624.00 24612.10 24618.00 31125", "{what}: {ran}");
    assert_eq!(case.quarantined().len(), 0, "{what}: {ran}");
    assert_eq!(case.broker.candle_askings()[FUTURE_KEY], 1, "{what}: {ran}");
}

#[test]
fn b3_open_interest_may_be_null() {
    assert_all_is_read("null", |mut row| {
        row[6] = Value::Null;
        row
    });
}

#[test]
fn b3_open_interest_may_be_missing() {
    assert_all_is_read("six values", |mut row| {
        row.as_array_mut().unwrap().truncate(6);
        row
    });
}

#[test]
fn b3_numbers_may_be_text() {
    assert_all_is_read("text", |mut row| {
        for place in 1..7 {
            row[place] = row[place].to_string().into();
        }
        row
    });
    assert_all_is_read("text with decimals", |mut row| {
        for place in 1..5 {
            row[place] = format!("{:.2}", row[place].as_f64().unwrap()).into();
        }
        for place in 5..7 {
            row[place] = format!("{}.0", row[place]).into();
        }
        row
    });
}

#[test]
fn b3_a_time_has_more_than_one_spelling() {
    fn spelled(row: Value, spell: impl Fn(&str) -> String) -> Value {
        let text = spell(time(&row));
        let mut row = row;
        row[0] = text.into();
        row
    }
    let utc = |text: &str, ending: &str| {
        let start = market::EpochSeconds::parse_rfc3339(text).unwrap();
        let shifted = market::EpochSeconds(start.0 - market::IST_OFFSET_SECONDS);
        format!("{}{ending}", shifted.to_ist_text().replace(' ', "T"))
    };
    assert_all_is_read("+0530", |row| spelled(row, |text| text.replace("+05:30", "+0530")));
    assert_all_is_read("no offset", |row| spelled(row, |text| text.replace("+05:30", "")));
    assert_all_is_read("a blank for the T", |row| spelled(row, |text| text.replace('T', " ")));
    assert_all_is_read("Z", move |row| spelled(row, |text| utc(text, "Z")));
    assert_all_is_read("thousandths", move |row| spelled(row, |text| utc(text, ".000+00:00")));
}

/// Whatever came of it, an answer with rows is never "no trade".
fn assert_unread_is_told(what: &str, change: impl Fn(Value) -> Value + Send + Sync + 'static) {
    let case = with_rows(change);
    let ran = collect_future(&case).expect_failures();
    let ran = ran.expect("empty", 0).expect("candles", 0);
    assert!(ran.json["failed"].as_u64() >= Some(1), "{what}: {ran}");
    assert_eq!(case.broker.candle_askings()[FUTURE_KEY], 1, "{what}, asked once: {ran}");
    let (all, once) = (case.quarantined(), case.column::<String>("SELECT DISTINCT raw FROM quarantine"));
    assert_eq!(all.len(), once.len(), "{what}: each row stands in quarantine once");
    assert!(!all.is_empty(), "{what}: {ran}");

    collect_future(&case).expect_failures();
    assert_eq!(case.quarantined().len(), all.len(), "{what}: the same rows again are nothing new");
    let states = "SELECT count(*) FROM fetched_range WHERE outcome <> 'rows'";
    assert_eq!(case.sql::<i64>(states), 0, "{what}: no range is noted as empty");
}

#[test]
fn b4_an_answer_of_which_no_row_can_be_true_is_a_failure() {
    assert_unread_is_told("low above high", |mut row| {
        row[3] = json!(row[2].as_f64().unwrap() + 5.0);
        row
    });
}

#[test]
fn b4_whatever_the_reason() {
    assert_unread_is_told("negative prices", |mut row| {
        for place in 1..5 {
            row[place] = json!(-row[place].as_f64().unwrap());
        }
        row
    });
    assert_unread_is_told("a time that is none", |mut row| {
        row[0] = format!("at {}", time(&row)).into();
        row
    });
    assert_unread_is_told("rows of two values", |row| json!([row[0], row[4]]));
    assert_unread_is_told("volume without a price", |row| {
        json!([row[0], null, null, null, null, row[5], row[6]])
    });
}

#[test]
fn b4_rows_as_objects_are_read_or_told() {
    let case = with_rows(|row| {
        json!({ "timestamp": row[0], "open": row[1], "high": row[2], "low": row[3],
                                       "close": row[4], "volume": row[5], "oi": row[6] })
    });
    let ran = collect_future(&case);
    let is_read = ran.exit == Some(0) && ran.json["candles"] == json!(whole());
    assert!(is_read || ran.exit == Some(4) && ran.json["empty"] == 0, "{ran}");
}

#[test]
fn b4_one_bad_row_among_good_ones_takes_none_of_them_along() {
    let case = with_rows(|mut row| {
        if time(&row).starts_with("2025-08-01T12:00") {
            row[3] = json!(row[2].as_f64().unwrap() + 5.0);
        }
        row
    });
    let ran = collect_future(&case).expect("candles", whole() as u64 - 1).expect("empty", 0);
    assert_eq!(case.quarantined().len(), 1, "{ran}");
}

#[test]
fn b5_the_history_of_an_adjusted_share_is_kept_to_the_last_row() {
    const SHARE: Underlying = Underlying {
        key: "NSE_EQ|INE040A01034",
        symbol: "HDFCBANK",
        segment: "NSE_FO",
        kind: "EQUITY",
        lot: 550,
    };
    /// Half of what was paid: the broker adjusts what lies before a bonus.
    fn adjusted(mut row: Value) -> Value {
        if time(&row) < "2025-08-26" {
            for place in 1..5 {
                row[place] = json!((row[place].as_f64().unwrap() * 100.0).round() / 200.0 + 0.005);
            }
            row[4] = json!(row[1].as_f64().unwrap());
        }
        row
    }
    let case = Case::new(|ask| match &ask.about {
        Asked::Expiries { .. } => Some(Reply::data(json!([EXPIRY]))),
        Asked::Futures { expiry, .. } => Some(Reply::data(vec![SHARE.future(*expiry, 64_200)])),
        Asked::History { days, .. } => {
            Some(Reply::rows(listed::busy_life(*days).into_iter().map(adjusted).collect::<Vec<_>>()))
        }
        _ => None,
    });
    let ran = case.collect(SHARE.key, EXPIRY, &["--kind", "futures", "--days", "10"]).expect_exit(0);
    let august = market::DayRange::new(day("2025-08-18"), day(EXPIRY)).unwrap();
    let expected = listed::busy_life(august);
    let stored = "SELECT count(*) FROM underlying_data WHERE timestamp >= '2025-08-18'";
    assert_eq!(case.sql::<i64>(stored), expected.len() as i64, "{ran}");
    assert_eq!(case.quarantined().len(), 0, "{ran}");
    let first = expected.iter().find(|row| time(row).starts_with("2025-08-20T09:15")).unwrap();
    let open = "SELECT open FROM underlying_data WHERE timestamp = '2025-08-20 09:15:00'";
    let sent = adjusted(first.clone())[1].as_f64().unwrap();
    assert!((case.sql::<f64>(open) - sent).abs() < 1e-9, "{sent}, to the half paisa");
}

#[test]
fn b5_noise_in_the_last_digits_is_rounded_to_the_paisa() {
    assert_all_is_read("noise", |mut row| {
        for place in 1..5 {
            let price = row[place].as_f64().unwrap();
            row[place] = json!(f64::from_bits(price.to_bits() - 1));
        }
        row
    });
}
