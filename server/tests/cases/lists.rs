//! Kind A: a list of the broker's is evidence, not a verdict. It is asked again while it cannot be believed, what
//! is known never shrinks, one bad element spoils nothing, and a contract is found under the date that its key
//! names.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::broker::{Ask, Asked, Reply};
use crate::listed::{self, BANKNIFTY, EXPIRY, NIFTY_KEY, RELIANCE, dated, day, nifty_options, with};
use crate::program::{Case, Ran};

const OPTIONS_ONLY: [&str; 5] = ["--kind", "options", "--days", "5", "--without-underlying"];

fn options_of(
    expiry: &'static str,
    answer: impl Fn(&Ask) -> Option<Vec<Value>>,
) -> impl Fn(&Ask) -> Option<Reply> {
    move |ask| match &ask.about {
        Asked::Options { expiry: asked, .. } if *asked == day(expiry) => answer(ask).map(Reply::data),
        _ => None,
    }
}

fn only(kind: &str) -> Vec<Value> {
    let rows = nifty_options(day(EXPIRY)).into_iter();
    rows.filter(|row| row["instrument_type"] == kind).collect()
}

fn collect(case: &Case) -> Ran {
    case.collect(NIFTY_KEY, EXPIRY, &OPTIONS_ONLY)
}

/// A list that stays bad through a whole order, and is right at the next.
fn right_at_the_second_order(bad: Vec<Value>, known: u64, words: &str) {
    let is_right = Arc::new(AtomicBool::new(false));
    let switch = is_right.clone();
    let case = Case::new(options_of(EXPIRY, move |_| (!switch.load(Ordering::SeqCst)).then(|| bad.clone())));
    let first = collect(&case).expect_failures();
    let first = first.expect("contracts", known).expect_told("unconfirmed").expect_told(words);
    assert!(first.json["failed"].as_u64() >= Some(1), "the listing failed: {first}");
    assert!(case.broker.option_askings(EXPIRY) >= 2, "it is asked again within the job: {first}");

    // Asked anew by the next order; minutes later it counts as one asking still.
    let asked = case.broker.option_askings(EXPIRY);
    let again = collect(&case).expect_failures().expect_told("asked 1 of 4");
    assert!(case.broker.option_askings(EXPIRY) > asked, "every later order asks: {again}");

    is_right.store(true, Ordering::SeqCst);
    collect(&case).expect_exit(0).expect("contracts", 194).expect("failed", 0);
    assert_eq!(case.contracts_under(EXPIRY), 194);
}

#[test]
fn a1_an_empty_first_list_of_an_expiry_is_asked_again() {
    let case = Case::new(options_of(EXPIRY, |ask| (ask.nth == 1).then(Vec::new)));
    let ran = collect(&case).expect_exit(0).expect("contracts", 194).expect("failed", 0);
    assert!(case.broker.option_askings(EXPIRY) >= 2, "{ran}");
    assert_eq!(case.contracts_under(EXPIRY), 194);
}

#[test]
fn a1_an_expiry_whose_list_stays_empty_makes_a_job_and_is_asked_at_every_order() {
    right_at_the_second_order(Vec::new(), 0, "nothing listed yet");
}

#[test]
fn a1_an_empty_list_asked_for_by_another_command_settles_nothing() {
    let case = Case::new(options_of(EXPIRY, |ask| (ask.nth == 1).then(Vec::new)));
    let listed = case.run(&["contracts", NIFTY_KEY, EXPIRY, "--kind", "options"]).expect_exit(0);
    assert!(listed.json["contracts"].as_array().is_some_and(|rows| rows.len() % 194 == 0), "{listed}");
    collect(&case).expect_exit(0).expect("contracts", 194);
}

#[test]
fn a1_no_future_on_a_weekly_expiry_is_an_answer() {
    let case = Case::new(|_| None);
    let both = ["--days", "5", "--without-underlying"];
    case.collect(NIFTY_KEY, "2025-08-21", &both).expect_exit(0).expect("contracts", 194).expect("failed", 0);
    assert_eq!(case.broker.count(|about| matches!(about, Asked::Futures { .. })), 1, "confirmed at once");
}

#[test]
fn a1_other_expiries_of_an_order_are_collected_beside_an_empty_one() {
    let case = Case::new(options_of(EXPIRY, |_| Some(Vec::new())));
    let words = ["--expiry", "2025-08-21"];
    let ran = case.collect(NIFTY_KEY, EXPIRY, &[&words[..], &OPTIONS_ONLY].concat()).expect_failures();
    assert_eq!(ran.json["contracts"], 194, "{ran}");
}

#[test]
fn a2_a_first_list_with_calls_only_is_asked_again() {
    let case = Case::new(options_of(EXPIRY, |ask| (ask.nth == 1).then(|| only("CE"))));
    collect(&case).expect_exit(0).expect("contracts", 194).expect("failed", 0);
    assert_eq!(case.contracts_under(EXPIRY), 194);
}

#[test]
fn a2_a_list_that_stays_at_calls_is_unconfirmed() {
    right_at_the_second_order(only("CE"), 97, "one side only");
}

#[test]
fn a2_a_list_that_stays_at_puts_is_unconfirmed() {
    right_at_the_second_order(only("PE"), 97, "one side only");
}

#[test]
fn a2_a_list_far_smaller_than_its_neighbours_is_unconfirmed() {
    let case = Case::new(options_of(EXPIRY, |_| Some(nifty_options(day(EXPIRY)).split_off(194 - 12))));
    for neighbour in ["2025-08-14", "2025-08-21", "2025-09-02"] {
        case.run(&["contracts", NIFTY_KEY, neighbour, "--kind", "options"]).expect_exit(0);
    }
    let ran = collect(&case).expect_failures().expect("contracts", 12).expect_told("unconfirmed");
    assert!(case.broker.option_askings(EXPIRY) >= 2, "{ran}");
}

#[test]
fn a2_a_strike_without_a_side_is_no_reason_for_doubt() {
    let without_one = || nifty_options(day(EXPIRY)).split_off(1);
    let case = Case::new(options_of(EXPIRY, move |_| Some(without_one())));
    collect(&case).expect_exit(0).expect("contracts", 193).expect("failed", 0);
    assert_eq!(case.broker.option_askings(EXPIRY), 1, "one list is enough");
}

#[test]
fn a2_a_list_never_shrinks_what_is_known() {
    let case = Case::new(options_of(EXPIRY, |ask| match ask.nth {
        1 => Some(only("CE")),
        _ => Some(only("PE")),
    }));
    collect(&case);
    assert_eq!(case.contracts_under(EXPIRY), 194, "what either list named is known");
}

/// Nifty Bank in January 2025, when its expiry of the 30th was named in two ways.
fn bank(options: impl Fn() -> Vec<Value> + Send + Sync + 'static) -> Case {
    Case::new(move |ask| match &ask.about {
        Asked::Expiries { .. } => Some(Reply::data(json!(["2025-01-30", "2025-02-27"]))),
        Asked::Options { expiry, .. } if *expiry == day("2025-01-30") => Some(Reply::data(options())),
        Asked::Options { .. } | Asked::Futures { .. } => Some(Reply::data(json!([]))),
        _ => None,
    })
}

fn bank_ladder(expiry: &str) -> Vec<Value> {
    BANKNIFTY.ladder(day(expiry), 48_000.0, 100.0, 10, 41_000)
}

#[test]
fn a3_rows_whose_expiry_lies_a_day_off_belong_to_the_list_that_they_stand_in() {
    let moved = || bank_ladder("2025-01-30").into_iter().map(|row| with(row, "expiry", "2025-01-29"));
    let case = bank(move || moved().collect());
    let ran = case.collect(BANKNIFTY.key, "2025-01-30", &OPTIONS_ONLY);
    let ran = ran.expect_exit(0).expect("contracts", 20).expect("failed", 0).expect_told("2025-01-29");
    assert_eq!(case.contracts_under("2025-01-30"), 20, "{ran}");
    let key: String = case.sql("SELECT min(expired_instrument_key) FROM contracts");
    assert_eq!(key, "NSE_FO|41000|30-01-2025");
}

#[test]
fn a3_the_reverse_too() {
    let moved = || bank_ladder("2025-01-29").into_iter().map(|row| with(row, "expiry", "2025-01-30"));
    let case = bank(move || moved().collect());
    let ran = case.collect(BANKNIFTY.key, "2025-01-30", &OPTIONS_ONLY);
    let ran = ran.expect_exit(0).expect("contracts", 20).expect("failed", 0);
    assert_eq!(case.contracts_under("2025-01-30"), 20, "{ran}");
    assert!(case.broker.candle_askings().contains_key("NSE_FO|41000|29-01-2025"), "by its own key: {ran}");
}

/// The keys of the 28th stand in the list of the 26th too.
fn two_lists() -> Case {
    Case::new(|ask| match &ask.about {
        Asked::Expiries { .. } => Some(Reply::data(json!(["2025-08-21", "2025-08-26", EXPIRY]))),
        Asked::Options { expiry, .. } if *expiry == day("2025-08-26") => {
            let rows = nifty_options(day(EXPIRY)).into_iter();
            Some(Reply::data(rows.map(|row| with(row, "expiry", "2025-08-26")).collect::<Vec<_>>()))
        }
        _ => None,
    })
}

#[test]
fn a4_a_contract_in_two_lists_is_found_under_the_date_that_its_key_names() {
    let case = two_lists();
    case.collect(NIFTY_KEY, "2025-08-26", &OPTIONS_ONLY).expect_exit(0).expect("contracts", 194);
    collect(&case).expect_exit(0).expect("contracts", 194);
    assert_eq!(case.contracts_under(EXPIRY), 194);
    let listed = case.run(&["contracts", NIFTY_KEY, EXPIRY, "--kind", "options"]).expect_exit(0);
    assert_eq!(listed.json["contracts"].as_array().map(Vec::len), Some(194), "{listed}");
}

#[test]
fn a4_whichever_list_comes_first() {
    let case = two_lists();
    collect(&case).expect_exit(0).expect("contracts", 194);
    case.run(&["contracts", NIFTY_KEY, "2025-08-26", "--kind", "options"]);
    assert_eq!(case.contracts_under(EXPIRY), 194, "the other list takes none away");
    collect(&case).expect_exit(0).expect("contracts", 194);
}

fn with_expiries(odd: Value) -> Case {
    Case::new(move |ask| match &ask.about {
        Asked::Expiries { key } if key == NIFTY_KEY => {
            let mut dates = listed::expiries();
            dates.reverse();
            dates.push("2025-08-28".into());
            dates.extend(odd.as_array().unwrap().clone());
            dates.rotate_right(3);
            Some(Reply::data(dates))
        }
        _ => None,
    })
}

fn assert_the_good_dates_are_used(odd: Value) {
    let case = with_expiries(odd);
    let ran = case.run(&["expiries", NIFTY_KEY]).expect_exit(0);
    let dates: Vec<&str> =
        ran.json["expiries"].as_array().unwrap().iter().map(|row| row["date"].as_str().unwrap()).collect();
    for good in listed::expiries() {
        assert_eq!(dates.iter().filter(|date| good == **date).count(), 1, "{good} in {ran}");
    }
    let asked = case.broker.count(|about| matches!(about, Asked::Expiries { .. }));
    assert_eq!(asked, 1, "a bad entry is no reason to ask again: {ran}");

    case.run(&["collect", "--underlying", NIFTY_KEY, "--last", "1", "--kind", "options", "--days", "5"])
        .expect("contracts", 194);
    assert_eq!(case.contracts_under("2025-09-16"), 194, "the newest that has expired");
}

#[test]
fn a5_bad_entries_of_the_expiry_list_spoil_nothing() {
    assert_the_good_dates_are_used(json!([null, "", "28-08-2025", "2099-12-31"]));
}

#[test]
fn a5_entries_of_other_types_too() {
    assert_the_good_dates_are_used(
        json!([20250828, true, ["2025-08-28"], { "expiry": "2025-08-28" }, "soon", 0]),
    );
}

#[test]
fn a5_bad_entries_are_told() {
    let case = with_expiries(json!(["2025-13-45", null]));
    let ran = case.run(&["expiries", NIFTY_KEY]).expect_exit(0);
    let kept = case.quarantined();
    assert!(
        kept.iter().any(|raw| raw.contains("2025-13-45")),
        "kept with its reason, not in {kept:?}: {ran}"
    );
    ran.expect_told("2025-13-45");
}

#[test]
fn a5_a_list_of_bad_entries_alone_is_no_empty_one() {
    let case = Case::new(|ask| match &ask.about {
        Asked::Expiries { .. } => Some(Reply::data(json!(["2025-13-45", null]))),
        _ => None,
    });
    case.run(&["expiries", NIFTY_KEY]).expect_exit(1).expect_told("could be taken (2 came)");
    let ran = case.run(&["collect", "--underlying", NIFTY_KEY, "--last", "1"]);
    ran.expect_exit(1).expect_told("could be taken (2 came)");
}

#[test]
fn a5_a_date_that_is_still_to_come_can_not_be_ordered_as_an_expired_one() {
    let case = with_expiries(json!(["2099-12-31"]));
    let ran = case.collect(NIFTY_KEY, "2099-12-31", &OPTIONS_ONLY);
    assert_ne!(ran.exit, Some(0), "nothing of it has expired: {ran}");
}

/// A master of Nifty and two stocks with their futures, and what a test adds.
fn master(odd: Vec<Value>) -> Case {
    Case::new(move |ask| {
        if ask.about != Asked::Master {
            return None;
        }
        let live = |row: Value, expiry: i64| {
            let key = row["instrument_key"].as_str().unwrap().rsplit_once('|').unwrap().0.to_owned();
            with(with(row, "instrument_key", key), "expiry", expiry)
        };
        let mut rows = vec![
            json!({ "segment": "NSE_INDEX", "name": "Nifty 50", "exchange": "NSE", "instrument_type": "INDEX",
                    "instrument_key": NIFTY_KEY, "trading_symbol": "NIFTY", "exchange_token": "26000" }),
            json!({ "segment": "NSE_EQ", "name": "RELIANCE INDUSTRIES LTD", "exchange": "NSE", "isin": "INE002A01018",
                    "instrument_type": "EQ", "instrument_key": RELIANCE.key, "trading_symbol": "RELIANCE",
                    "exchange_token": "2885", "short_name": "Reliance Industries" }),
            live(RELIANCE.future(day("2026-12-29"), 51_001), 1_798_568_999_000),
            live(RELIANCE.future(day("2027-01-26"), 51_002), 1_800_988_199_000),
        ];
        rows.extend(odd.iter().cloned());
        rows.rotate_right(2);
        Some(Reply::gzip_file(&Value::Array(rows)))
    })
}

fn odd_future() -> Value {
    with(
        dated(RELIANCE.future(day("2026-12-29"), 51_003), day("2026-12-29")),
        "instrument_key",
        "NSE_FO|51003",
    )
}

fn assert_stocks_are_there(odd: Vec<Value>) {
    let shown: Vec<String> = odd.iter().map(Value::to_string).collect();
    let case = master(odd);
    let ran = case.run(&["instruments", "--search", "reliance"]).expect_exit(0);
    let keys: Vec<&Value> =
        ran.json["instruments"].as_array().unwrap().iter().map(|row| &row["underlying"]["key"]).collect();
    assert_eq!(keys, [&json!(RELIANCE.key)], "beside {shown:?}: {ran}");
}

#[test]
fn a6_an_odd_row_of_the_master_takes_nothing_from_the_others() {
    for odd in [
        with(odd_future(), "expiry", json!(1_798_568_999_000.0)),
        with(odd_future(), "expiry", "1798568999000"),
        with(with(odd_future(), "expiry", 1_798_568_999_000_i64), "trading_symbol", 7),
        with(with(odd_future(), "expiry", 1_798_568_999_000_i64), "weekly", "false"),
    ] {
        assert_stocks_are_there(vec![odd]);
    }
}

#[test]
fn a6_nor_does_one_that_is_no_row_at_all() {
    assert_stocks_are_there(vec![
        json!(null),
        json!(5),
        json!("NSE_FO|1"),
        json!([]),
        json!({}),
        with(odd_future(), "instrument_key", 51_003),
        with(odd_future(), "underlying_key", json!({ "key": RELIANCE.key })),
        with(odd_future(), "expiry", "next Thursday"),
    ]);
}

const TOLD: &str = "SELECT message, job_id FROM job_event WHERE message LIKE '%is no contract%'";

/// The list is doubtful, so the job asks for it again, and meets the row each time.
#[test]
fn a_refused_row_is_told_once_in_a_job_however_often_its_list_is_asked() {
    let case = Case::new(options_of(EXPIRY, |_| {
        let mut rows = only("CE");
        rows.push(json!({ "instrument_key": "", "strike_price": "planted" }));
        Some(rows)
    }));
    let ran = collect(&case).expect_failures();
    assert!(case.broker.option_askings(EXPIRY) >= 2, "{ran}");
    let told: Vec<String> = case.column(TOLD);
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].contains("planted") && told[0].contains("kept in quarantine"), "{told:?}");

    collect(&case).expect_failures();
    let most: i64 =
        case.sql(&format!("SELECT max(times) FROM (SELECT count(*) AS times FROM ({TOLD}) GROUP BY job_id)"));
    assert_eq!(most, 1, "the next order's job tells it once too");
}
