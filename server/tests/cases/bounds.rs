//! Kind E: the end of an answer is evidence as its beginning is, any answer is bounded, and whoever waits says for
//! what and until when.

use std::sync::OnceLock;

use serde_json::json;

use crate::broker::{Ask, Asked, Reply, gzip, long_body};
use crate::listed::{self, EXPIRY, FUTURE_KEY, NIFTY_KEY, day, time};
use crate::program::{Case, Ran};

const FUTURE_ONLY: [&str; 5] = ["--kind", "futures", "--days", "30", "--without-underlying"];
const MEMORY_MAX_KB: u64 = 300_000;

fn collect_future(case: &Case) -> Ran {
    case.collect(NIFTY_KEY, EXPIRY, &FUTURE_ONLY)
}

/// The future's whole minutes; some answers end before the days of this date.
fn cut(until: &'static str, is_struck: impl Fn(&Ask) -> bool + Send + Sync + 'static) -> Case {
    Case::new(move |ask| match &ask.about {
        Asked::Candles { days, .. } => {
            let mut rows = listed::busy_life(*days);
            rows.retain(|row| !is_struck(ask) || time(row) < until);
            Some(Reply::rows(rows))
        }
        _ => None,
    })
}

/// Minutes of the 26th and the 28th; the 27th was a holiday.
fn last_days(case: &Case) -> i64 {
    case.sql("SELECT count(*) FROM historical_data WHERE timestamp >= '2025-08-26'")
}

#[test]
fn e1_a_future_whose_end_is_missing_is_asked_again_for_it() {
    let case = cut("2025-08-26", |ask| ask.nth == 1);
    let ran = collect_future(&case).expect_exit(0).expect("failed", 0);
    assert_eq!(last_days(&case), 750, "{ran}");
    let log = case.broker.log();
    let asked = log.iter().filter_map(|ask| match &ask.about {
        Asked::Candles { days, .. } => Some(*days),
        _ => None,
    });
    let again = asked.skip(1).collect::<Vec<_>>();
    assert!(!again.is_empty() && again.iter().all(|days| days.to() == day(EXPIRY)), "{again:?}");
    assert!(again.iter().all(|days| days.from() >= day("2025-08-25")), "its end alone: {again:?}");
}

#[test]
fn e1_an_end_within_the_last_day_is_none() {
    let case = cut("2025-08-28T13:00", |ask| ask.nth == 1);
    let ran = collect_future(&case).expect_exit(0);
    assert_eq!(last_days(&case), 750, "{ran}");
}

#[test]
fn e1_an_end_that_stays_missing_is_told() {
    let case = cut("2025-08-26", |_| true);
    let ran = collect_future(&case);
    assert!(case.broker.candle_askings()[FUTURE_KEY] >= 2, "{ran}");
    let named = ran.told.lines().any(|line| line.contains("FUT 28 AUG 25") && line.contains("25"));
    assert!(named && (ran.told.contains("2025-08-25") || ran.told.contains("25 Aug")), "{ran}");
}

/// 2.5 MB of rows, some eighty times.
fn huge() -> axum::body::Body {
    let row = "[\"2025-08-01T09:15:00+05:30\",100,101,99,100,75,75],";
    let part = row.repeat(50_000).into_bytes();
    let parts = 200_000_000 / part.len();
    let tail = "[\"2025-08-01T09:15:00+05:30\",100,101,99,100,75,75]]}}";
    long_body("{\"status\":\"success\",\"data\":{\"candles\":[", part, parts, tail)
}

/// 600 MB of blanks, in less than a megabyte.
fn bomb() -> Vec<u8> {
    static BOMB: OnceLock<Vec<u8>> = OnceLock::new();
    BOMB.get_or_init(|| gzip(&vec![b' '; 600_000_000])).clone()
}

#[track_caller]
fn assert_bounded(ran: &Ran) {
    assert!(ran.memory_max > 1_000, "its memory was seen: {ran}");
    assert!(ran.memory_max < MEMORY_MAX_KB, "{} kB resident in {ran}", ran.memory_max);
}

#[test]
fn e2_a_huge_answer_is_refused_within_bounds() {
    let case = Case::new(|ask| match &ask.about {
        Asked::Candles { .. } => Some(Reply::body(huge())),
        _ => None,
    });
    let ran = collect_future(&case);
    assert_bounded(&ran);
    let ran = ran.expect_failures().expect("failed", 1).expect("empty", 0);
    assert_eq!(case.broker.candle_askings()[FUTURE_KEY], 1, "too large is no passing fault: {ran}");
}

#[test]
fn e2_so_is_a_small_one_that_unfolds() {
    let case = Case::new(|ask| match &ask.about {
        Asked::Candles { .. } => Some(Reply::body(bomb()).header("content-encoding", "gzip")),
        _ => None,
    });
    let ran = collect_future(&case);
    assert_bounded(&ran);
    let ran = ran.expect_failures().expect("failed", 1);
    assert_eq!(case.broker.candle_askings()[FUTURE_KEY], 1, "{ran}");
}

#[test]
fn e2_so_is_a_master_that_unfolds() {
    let case = Case::new(|ask| match &ask.about {
        Asked::Master => Some(Reply::body(bomb())),
        _ => None,
    });
    let ran = case.run(&["instruments"]).expect_exit(0);
    assert_bounded(&ran);
    assert!(ran.json["instruments"].as_array().is_some_and(|rows| rows.len() >= 8), "the indices: {ran}");
    assert_eq!(case.broker.count(|about| *about == Asked::Master), 1, "{ran}");
}

#[test]
fn e2_and_a_list_that_does_not_end() {
    let case = Case::new(|ask| match &ask.about {
        Asked::Expiries { .. } => {
            let dates = "\"2025-08-28\",".repeat(100_000).into_bytes();
            let parts = 200_000_000 / dates.len();
            Some(Reply::body(long_body(
                "{\"status\":\"success\",\"data\":[",
                dates,
                parts,
                "\"2025-08-28\"]}",
            )))
        }
        _ => None,
    });
    let ran = case.run(&["expiries", NIFTY_KEY]);
    assert_bounded(&ran);
    assert_eq!(ran.exit, Some(1), "{ran}");
    assert_eq!(case.broker.count(|about| matches!(about, Asked::Expiries { .. })), 1, "{ran}");
}

/// Everybody is to wait ten minutes from the first asking for candles on.
fn held() -> Case {
    Case::new(|ask| match &ask.about {
        Asked::Candles { .. } => {
            let reply = Reply::error(429, "UDAPI10005", "Too Many Request Sent");
            Some(reply.header("retry-after", "600"))
        }
        _ => None,
    })
}

/// Says until when: a time of the day.
fn names_a_time(line: &str) -> bool {
    let is_time = |word: &str| {
        let word = word.trim_matches(|character: char| !character.is_ascii_digit());
        word.split_once(':').is_some_and(|(hour, minute)| {
            hour.parse::<u8>().is_ok_and(|hour| hour < 24)
                && minute.len() >= 2
                && minute.is_char_boundary(2)
                && minute[..2].parse::<u8>().is_ok_and(|minute| minute < 60)
        })
    };
    line.contains("until") && line.split_whitespace().any(is_time)
}

#[test]
fn e3_a_command_that_is_held_back_says_until_when() {
    let case = held();
    let words = ["collect", "--underlying", NIFTY_KEY, "--expiry", EXPIRY];
    let running = case.begin(&[&words[..], &FUTURE_ONLY].concat());
    running.line(names_a_time).unwrap_or_else(|told| panic!("no time is named in\n{told}"));
}

#[test]
fn e3_so_does_the_job_at_the_server() {
    let case = held();
    let server = case.serve();
    let order = json!({ "underlyings": [NIFTY_KEY], "expiries": { "dates": [EXPIRY] }, "kinds": "futures",
                        "days": 30, "with_underlying": false });
    let made = server.ask(reqwest::Method::POST, "/api/v1/jobs", &order);
    assert_eq!(made.status, 201, "{}", made.json);
    let path = format!("jobs/{}", made.json["id"]);
    // Held when the first answer has come.
    let mut last = made.json;
    for _ in 0..600 {
        last = server.get(&path).json;
        let said = last["message"].as_str().unwrap_or_default();
        if names_a_time(said) {
            let events = server.get(&format!("{path}/events")).json.to_string();
            assert!(events.contains("until"), "the job's log says it too: {events}");
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("the job does not say until when it waits: {last}");
}
