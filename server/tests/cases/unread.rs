//! Kind B: nothing is dropped without a word. What plainly means one thing is read as that, what cannot be read is
//! counted, kept and told, and never taken for "no trade".

use serde_json::{Value, json};

use crate::broker::{Ask, Asked, Reply};
use crate::listed::{
    self, CAPTURED_DAY, EXPIRY, FUTURE_KEY, NIFTY_KEY, SENSEX, Underlying, day, nifty_options, time, with,
};
use crate::program::{Case, Ran};

const OPTIONS_ONLY: [&str; 5] = ["--kind", "options", "--days", "5", "--without-underlying"];
/// The future alone, over the captured day.
const FUTURE_ONLY: [&str; 5] = ["--kind", "futures", "--days", "30", "--without-underlying"];

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

/// The future's candles, each row changed.
fn with_rows(change: impl Fn(Value) -> Value + Send + Sync + 'static) -> Case {
    Case::new(move |ask| match &ask.about {
        Asked::Candles { key, days, .. } if key == FUTURE_KEY => {
            Some(Reply::rows(listed::nifty_future_life(*days).into_iter().map(&change).collect::<Vec<_>>()))
        }
        _ => None,
    })
}

fn collect_future(case: &Case) -> Ran {
    case.collect(NIFTY_KEY, EXPIRY, &FUTURE_ONLY)
}

fn whole() -> usize {
    let days = market::DayRange::new(day(EXPIRY).plus_days(-30), day(EXPIRY)).unwrap();
    listed::nifty_future_life(days).len()
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

/// Six strikes of a Sensex expiry; the options of the last one never traded.
fn sensex_with_placeholders(placeholder: impl Fn(&str) -> Value + Send + Sync + 'static) -> Case {
    const EXPIRY: &str = "2025-08-26";
    Case::new(move |ask| match &ask.about {
        Asked::Expiries { .. } => Some(Reply::data(json!([EXPIRY]))),
        Asked::Options { expiry, .. } => {
            Some(Reply::data(SENSEX.ladder(*expiry, 80_000.0, 100.0, 6, 831_000)))
        }
        Asked::Candles { key, days, .. } if is_placeholder(key) => {
            let minutes: Vec<u16> = (listed::OPEN..=listed::LAST_MINUTE).step_by(2).collect();
            let rows = listed::rows(*days, &minutes);
            Some(Reply::rows(rows.iter().map(|row| placeholder(time(row))).collect::<Vec<_>>()))
        }
        _ => None,
    })
}

fn is_placeholder(key: &str) -> bool {
    key.starts_with("BSE_FO|831010|") || key.starts_with("BSE_FO|831011|")
}

fn assert_placeholders_are_nothing(placeholder: impl Fn(&str) -> Value + Send + Sync + 'static) {
    let case = sensex_with_placeholders(placeholder);
    let ran = case.collect(SENSEX.key, "2025-08-26", &["--kind", "options", "--without-underlying"]);
    let ran = ran.expect_exit(0).expect("contracts", 12).expect("empty", 2).expect("failed", 0);
    for (key, askings) in case.broker.candle_askings() {
        assert_eq!(askings, 1, "{key}: {ran}");
        assert_eq!(case.minutes_of(&key) == 0, is_placeholder(&key), "{key}: {ran}");
    }
    assert_eq!(case.quarantined().len(), 0, "{ran}");
}

#[test]
fn b6_placeholders_of_a_contract_that_never_traded_are_an_answer_of_nothing() {
    assert_placeholders_are_nothing(|time| json!([time, 0, 0, 0, 0, 0, 0]));
}

#[test]
fn b6_whatever_their_form() {
    assert_placeholders_are_nothing(|time| json!([time, 0.0, 0.0, 0.0, 0.0, 0, null]));
}

#[test]
fn b7_rows_outside_the_asked_range_are_no_errors() {
    let case = Case::new(|ask| match &ask.about {
        Asked::Candles { .. } => {
            let life = market::DayRange::new(day("2025-05-30"), day(EXPIRY)).unwrap();
            Some(Reply::rows(listed::nifty_future_life(life)))
        }
        _ => None,
    });
    let few_days = ["--kind", "futures", "--days", "5", "--without-underlying"];
    let ran = case.collect(NIFTY_KEY, EXPIRY, &few_days).expect_exit(0).expect("refused", 0);
    let asked = market::DayRange::new(day("2025-08-23"), day(EXPIRY)).unwrap();
    let within = "SELECT count(*) FROM historical_data WHERE timestamp >= '2025-08-23'";
    assert_eq!(case.sql::<i64>(within), listed::nifty_future_life(asked).len() as i64, "{ran}");
    assert_eq!(case.quarantined().len(), 0, "{ran}");
    // A later order for the rest still has it all.
    case.collect(NIFTY_KEY, EXPIRY, &["--kind", "futures", "--without-underlying"]).expect_exit(0);
    let all = market::DayRange::new(day("2025-05-30"), day(EXPIRY)).unwrap();
    assert_eq!(case.minutes_of(FUTURE_KEY), listed::nifty_future_life(all).len() as i64, "{ran}");
}

/// The captured day with a second, other row at noon in some of the answers.
fn contradicting(is_struck: impl Fn(&Ask) -> bool + Send + Sync + 'static) -> Case {
    Case::new(move |ask| match &ask.about {
        Asked::Candles { days, .. } => {
            let mut rows = listed::nifty_future_life(*days);
            let noon = rows.iter().position(|row| time(row).starts_with("2025-08-01T12:00"));
            if let Some(noon) = noon.filter(|_| is_struck(ask)) {
                let mut other = rows[noon].clone();
                other[4] = rows[noon][3].clone();
                if other == rows[noon] {
                    other[4] = rows[noon][2].clone();
                }
                rows.insert(noon, other);
            }
            Some(Reply::rows(rows))
        }
        _ => None,
    })
}

fn asked_for_the_captured_day(case: &Case) -> usize {
    case.broker
        .count(|about| matches!(about, Asked::Candles { days, .. } if days.contains(day(CAPTURED_DAY))))
}

#[test]
fn b8_a_minute_that_contradicts_itself_is_asked_again() {
    let case = contradicting(|ask| ask.nth == 1);
    let ran = collect_future(&case).expect_exit(0).expect("candles", whole() as u64);
    assert_eq!(asked_for_the_captured_day(&case), 2, "{ran}");
}

#[test]
fn b8_one_that_stays_so_is_named() {
    let case = contradicting(|_| true);
    let ran = collect_future(&case).expect_exit(0);
    assert_eq!(asked_for_the_captured_day(&case), 2, "asked again once: {ran}");
    let noon = "SELECT count(*) FROM historical_data WHERE timestamp LIKE '2025-08-01 %'";
    assert!(case.sql::<i64>(noon) >= 374, "the others are kept: {ran}");
    let named = |text: &str| text.contains("12:00") && text.contains("2025-08-01");
    let coverage = case.serve().get("coverage?underlying=NSE_INDEX%7CNifty%2050&expiry=2025-08-28&days=30");
    let in_coverage = coverage.json.to_string().contains("12:00");
    assert!(
        case.quarantined().iter().any(|raw| named(raw)) || in_coverage,
        "{:?}\n{ran}",
        case.quarantined()
    );
}
