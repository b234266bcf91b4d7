//! Kind E, answers of other days than the asked ones: what they may have pushed out is asked again, and is told where
//! it cannot be had; a broker that sends too much and nothing less costs hardly a request more.

use serde_json::{Value, json};

use crate::broker::{Ask, Asked, Reply};
use crate::listed::{self, EXPIRY, FUTURE_KEY, NIFTY_KEY, day, time};
use crate::program::{Case, Ran};
use market::DayRange;

const BORN: &str = "2025-07-01";
const ROWS_MAX: usize = 4_000;

/// Every minute of a life, newest first; open interest grows from what the first minute traded to far more.
fn life() -> Vec<Value> {
    let mut rows = listed::busy_life(DayRange::new(day(BORN), day(EXPIRY)).unwrap());
    for (age, row) in rows.iter_mut().rev().enumerate() {
        row[6] = json!(if age < 10 { 75 } else { 300_000 });
    }
    rows
}

fn within(mut rows: Vec<Value>, days: DayRange) -> Vec<Value> {
    rows.retain(|row| days.contains(day(&time(row)[..10])));
    rows
}

/// Answers that are `wide` have the whole life, or the newest rows of it.
fn broker(rows_max: usize, is_wide: impl Fn(&Ask) -> bool + Send + Sync + 'static) -> Case {
    Case::new(move |ask| match &ask.about {
        Asked::Candles { days, .. } => {
            let mut rows = life();
            if !is_wide(ask) {
                rows = within(rows, *days);
            }
            rows.truncate(rows_max);
            Some(Reply::rows(rows))
        }
        _ => None,
    })
}

fn collect(case: &Case, days: &str) -> Ran {
    case.collect(NIFTY_KEY, EXPIRY, &["--kind", "futures", "--days", days, "--without-underlying"])
}

fn stored(case: &Case) -> i64 {
    case.sql("SELECT count(*) FROM historical_data")
}

#[test]
fn e2_rows_that_a_cap_keeps_for_other_days_are_asked_again() {
    let case = broker(ROWS_MAX, |ask| ask.nth % 2 == 1);
    let ran = collect(&case, "90").expect_exit(0).expect("failed", 0);
    assert_eq!(stored(&case), life().len() as i64, "{ran}");
}

#[test]
fn e2_and_where_they_cannot_be_had_that_is_told() {
    let case = broker(ROWS_MAX, |_| true);
    let ran = collect(&case, "90").expect_exit(4).expect("failed", 1);
    assert!(ran.told.contains("other days"), "{ran}");
    assert_eq!(stored(&case), ROWS_MAX as i64, "what came is kept: {ran}");
    let again = collect(&case, "90").expect_exit(4);
    assert!(again.told.contains("other days"), "no later order takes it for done: {again}");
}

#[test]
fn e2_a_broker_that_only_sends_too_much_is_believed() {
    for days in ["90", "30", "1"] {
        let case = broker(usize::MAX, |_| true);
        let ran = collect(&case, days).expect_exit(0).expect("failed", 0);
        let first = day(EXPIRY).plus_days(-days.parse::<i64>().unwrap());
        let wanted = within(life(), DayRange::new(first, day(EXPIRY)).unwrap());
        assert_eq!(stored(&case), wanted.len() as i64, "{days} days: {ran}");
        assert!(
            case.broker.candle_askings()[FUTURE_KEY] <= 2,
            "{days} days: {:?}",
            case.broker.candle_askings()
        );
    }
}
