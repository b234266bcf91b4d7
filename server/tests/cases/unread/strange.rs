//! Rows that can be read and are strange: that nothing traded, of days that nobody asked for, one minute told twice.

use serde_json::{Value, json};

use super::{collect_future, whole};
use crate::broker::{Ask, Asked, Reply};
use crate::listed::{self, CAPTURED_DAY, EXPIRY, FUTURE_KEY, NIFTY_KEY, SENSEX, day, time};
use crate::program::Case;

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
    // All is there, and what was refused on the way is for somebody to look at.
    let ran = collect_future(&case).expect_exit(4).expect("candles", whole() as u64);
    assert_eq!(asked_for_the_captured_day(&case), 2, "{ran}");
}

#[test]
fn b8_one_that_stays_so_is_named() {
    let case = contradicting(|_| true);
    let ran = collect_future(&case).expect_exit(4);
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
