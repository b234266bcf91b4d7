//! The wire: captures byte for byte, the order of checks, spellings, the instrument master, and what the
//! referee does to a request. In memory.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::common::*;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::Value;
use simulator::{Faults, Simulator, SimulatorOptions};

fn capture_paths() -> [(String, &'static str); 4] {
    let candles = "historical-candle/NSE_FO%7C64103%7C28-08-2025/1minute/2025-08-01/2025-08-01";
    [
        (format!("{BASE}/expiries?instrument_key={NIFTY}"), EXPIRIES),
        (format!("{BASE}/option/contract?instrument_key={NIFTY}&expiry_date=2025-08-28"), OPTIONS),
        (format!("{BASE}/future/contract?instrument_key={NIFTY}&expiry_date=2025-08-28"), FUTURES),
        (format!("{BASE}/{candles}"), CANDLES),
    ]
}

#[tokio::test]
async fn captures_are_served_byte_for_byte() {
    let simulator = simulator_with(Faults::default());
    for (path, file) in capture_paths() {
        let answer = get(&simulator, &path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.headers["content-type"], "application/json");
        assert_eq!(answer.text(), file, "{path}");
    }
}

#[tokio::test]
async fn a_wider_range_holds_the_captured_rows() {
    let simulator = simulator_with(Faults::default());
    let path = "historical-candle/NSE_FO%7C64103%7C28-08-2025/1minute/2025-08-30/2025-03-01";
    let wide = get(&simulator, &format!("{BASE}/{path}")).await.json();
    let captured: Value = serde_json::from_str(CANDLES).unwrap();
    let rows = wide["data"]["candles"].as_array().unwrap();
    assert!(rows.len() > 15_000);
    let starts: Vec<&str> = rows.iter().map(|row| row[0].as_str().unwrap()).collect();
    assert!(starts.windows(2).all(|pair| pair[0] > pair[1]), "newest first");
    let of_day: Vec<&Value> =
        rows.iter().filter(|row| row[0].as_str().unwrap().starts_with("2025-08-01")).collect();
    let captured: Vec<&Value> = captured["data"]["candles"].as_array().unwrap().iter().collect();
    assert_eq!(of_day, captured);
}

/// Edge, route, token, shape, plan, existence: the first that fails answers.
#[tokio::test]
async fn the_order_of_checks() {
    let no_plan = || Faults { no_plus_plan: true, ..Faults::default() };
    let candles = |rest: &str| format!("{BASE}/historical-candle/{rest}");
    let good_key = "NSE_FO%7C64103%7C28-08-2025";
    let cases = [
        // path, token, plan, status, code
        ("/v2/nothing/here".to_owned(), "bad", true, 404, "UDAPI100060"),
        ("/v3/expired-instruments/expiries".to_owned(), "simulated", true, 404, "UDAPI100060"),
        (format!("{BASE}/expiries?instrument_key=nonsense"), "bad", true, 401, "UDAPI100050"),
        (format!("{BASE}/expiries?instrument_key=nonsense"), "simulated", false, 400, "UDAPI1021"),
        (format!("{BASE}/expiries"), "simulated", true, 400, "UDAPI1009"),
        (
            format!("{BASE}/expiries?instrument_key=NSE_EQ%7CINE000000000"),
            "simulated",
            false,
            401,
            "UDAPI1149",
        ),
        (
            format!("{BASE}/expiries?instrument_key=NSE_EQ%7CINE000000000"),
            "simulated",
            true,
            400,
            "UDAPI100011",
        ),
        (format!("{BASE}/expiries?instrument_key=NCD_FO%7CUSDINR"), "simulated", true, 400, "UDAPI100011"),
        (format!("{BASE}/expiries?instrument_key={NIFTY},{NIFTY}"), "simulated", true, 400, "UDAPI100011"),
        (
            format!("{BASE}/option/contract?instrument_key={NIFTY}&expiry_date=2025-8-28"),
            "simulated",
            true,
            400,
            "UDAPI1088",
        ),
        (format!("{BASE}/future/contract?instrument_key={NIFTY}"), "simulated", false, 400, "UDAPI1088"),
        (
            candles("NSE_FO%7CNIFTY22D0117800CE/day/2025-08-28/2025-08-01"),
            "simulated",
            false,
            400,
            "UDAPI1021",
        ),
        (candles(&format!("{good_key}/1hour/2025-08-28/2025-08-01")), "simulated", true, 400, "UDAPI1020"),
        (candles(&format!("{good_key}/day")), "simulated", true, 400, "UDAPI1022"),
        (candles(&format!("{good_key}/day/2025-02-30/2025-02-01")), "simulated", true, 400, "UDAPI1088"),
        (candles(&format!("{good_key}/day/2025-08-01/2025-08-28")), "simulated", true, 400, "UDAPI1015"),
        (candles("NSE_FO%7C1%7C28-08-2025/day/2025-08-28/2025-08-01"), "simulated", false, 401, "UDAPI1149"),
        (candles("NSE_FO%7C1%7C28-08-2025/day/2025-08-28/2025-08-01"), "simulated", true, 400, "UDAPI100011"),
        (
            candles("NSE_FO%7C64103%7C30-09-2025/day/2025-08-28/2025-08-01"),
            "simulated",
            true,
            400,
            "UDAPI100011",
        ),
        (
            "/v3/historical-candle/NSE_FO%7C64103%7C28-08-2025/days/1/2025-08-28/2025-08-01".to_owned(),
            "simulated",
            true,
            400,
            "UDAPI1021",
        ),
        (
            format!("/v3/historical-candle/{NIFTY}/minutes/1/2025-08-28/2025-07-01"),
            "simulated",
            true,
            400,
            "UDAPI1148",
        ),
        (format!("/v3/historical-candle/{NIFTY}/days/1/2025-08-28/2025-07-01"), "simulated", false, 200, ""),
        ("/v2/user/profile".to_owned(), "simulated", false, 200, ""),
    ];
    for (path, token, plan, status, code) in cases {
        let faults = if plan { Faults::default() } else { no_plan() };
        let simulator = simulator_with(faults);
        let answer = send(&simulator, with_bearer("GET", &path, token)).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{path}");
    }
    let simulator = simulator_with(Faults::default());
    let without = Request::get(format!("{BASE}/expiries")).body(Body::empty()).unwrap();
    assert_eq!(send(&simulator, without).await.code(), "UDAPI100050", "no bearer at all");
}

#[tokio::test]
async fn an_error_has_no_data_and_both_casings() {
    let simulator = simulator_with(Faults::default());
    let answer = get(&simulator, "/nowhere").await;
    assert_eq!(answer.text(), include_str!("../../fixtures/error_404_UDAPI100060_not_found.json").trim());
    let shy = simulator_with(Faults { snake_case_only: true, ..Faults::default() });
    let error = &get(&shy, "/v2/nowhere").await.json()["errors"][0];
    assert_eq!(error["error_code"], "UDAPI100060");
    assert!(error.get("errorCode").is_none());
}

#[tokio::test]
async fn what_is_not_there_is_empty_under_success() {
    let simulator = simulator_with(Faults::default());
    let contracts = |kind: &str, expiry: &str| {
        format!("{BASE}/{kind}/contract?instrument_key={NIFTY}&expiry_date={expiry}")
    };
    for path in [
        contracts("future", "2025-09-09"),
        contracts("option", "2025-08-27"),
        contracts("option", "2025-09-23"),
        format!("{BASE}/expiries?instrument_key=BSE_INDEX%7CSENSEX%2050"),
    ] {
        let answer = get(&simulator, &path).await;
        let empty = include_str!("../../fixtures/empty_list_success.json").trim();
        assert_eq!((answer.status, answer.text()), (StatusCode::OK, empty), "{path}");
    }
    let before_listing =
        format!("{BASE}/historical-candle/NSE_FO%7C64103%7C28-08-2025/day/2025-03-01/2025-02-01");
    let empty = include_str!("../../fixtures/empty_candles_success.json").trim();
    assert_eq!(get(&simulator, &before_listing).await.text(), empty);
}

#[tokio::test]
async fn generated_contracts_have_the_captured_form() {
    let simulator = simulator_with(Faults::default());
    let captured: Value = serde_json::from_str(OPTIONS).unwrap();
    let path = |expiry: &str| format!("{BASE}/option/contract?instrument_key={NIFTY}&expiry_date={expiry}");
    let answer = get(&simulator, &path("2025-07-31")).await;
    let generated = answer.json();
    let names = |row: &Value| row.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&generated["data"][0]), names(&captured["data"][0]));
    // The order of the fields, too.
    let order = |text: &str| {
        let row = text.split('{').nth(2).unwrap().split('}').next().unwrap();
        row.split('"')
            .filter(|part| names(&captured["data"][0]).contains(&(*part).to_owned()))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(order(answer.text()), order(OPTIONS));
    let weekly = get(&simulator, &path("2025-09-09")).await.json();
    assert_eq!((&weekly["data"][0]["weekly"], &weekly["data"][0]["lot_size"]), (&true.into(), &75.into()));
    assert!(weekly["data"][0]["trading_symbol"].as_str().unwrap().ends_with(" PE 09 SEP 25"));
    // Every listed key can be asked for.
    for row in weekly["data"].as_array().unwrap().iter().step_by(40) {
        let key = row["instrument_key"].as_str().unwrap();
        let path = format!("{BASE}/historical-candle/{key}/day/2025-09-09/2025-08-01");
        assert_eq!(get(&simulator, &path).await.status, 200, "{key}");
    }
}

#[tokio::test]
async fn keys_are_taken_in_every_spelling() {
    let simulator = simulator_with(Faults::default());
    for key in ["NSE_INDEX%7CNifty%2050", "NSE_INDEX|Nifty%2050", "NSE_INDEX%7cNifty+50"] {
        let answer = get(&simulator, &format!("{BASE}/expiries?instrument_key={key}")).await;
        assert_eq!(answer.text(), EXPIRIES, "{key}");
    }
    let raw = format!("{BASE}/historical-candle/NSE_FO|64103|28-08-2025/1minute/2025-08-01/2025-08-01");
    assert_eq!(get(&simulator, &raw).await.text(), CANDLES);
}

#[tokio::test]
async fn bodies_are_compressed_only_for_those_who_ask() {
    let simulator = simulator_with(Faults::default());
    let (path, file) = capture_paths()[3].clone();
    let ask = |encoding: &str| {
        let mut request = with_bearer("GET", &path, "simulated");
        request.headers_mut().insert("accept-encoding", encoding.parse().unwrap());
        request
    };
    let answer = send(&simulator, ask("br, gzip")).await;
    assert_eq!(answer.headers["content-encoding"], "gzip");
    assert!(answer.body.len() < file.len() / 3);
    let mut text = String::new();
    flate2::read::GzDecoder::new(&answer.body[..]).read_to_string(&mut text).unwrap();
    assert_eq!(text, file);
    for encoding in ["identity", "gzip;q=0"] {
        assert_eq!(send(&simulator, ask(encoding)).await.text(), file);
    }
}

#[tokio::test]
async fn the_underlyings_history() {
    let simulator = simulator_with(Faults::default());
    let ask = async |key: &str, rest: &str| {
        let answer = get(&simulator, &format!("/v3/historical-candle/{key}/{rest}")).await;
        assert_eq!(answer.status, 200, "{key} {rest}: {}", answer.text());
        answer.json()["data"]["candles"].as_array().unwrap().clone()
    };
    let minutes = ask(NIFTY, "minutes/1/2025-08-29/2025-08-01").await;
    assert_eq!(minutes.len(), 19 * 375);
    assert!(minutes.iter().all(|row| row[5] == 0 && row[6] == 0), "an index has no volume");
    assert_eq!(minutes.last().unwrap()[0], "2025-08-01T09:15:00+05:30");
    assert_eq!(ask(NIFTY, "minutes/10/2025-08-01/2025-08-01").await.len(), 38);
    let hours = ask(NIFTY, "hours/1/2025-08-01/2025-08-01").await;
    assert_eq!(hours.iter().map(|row| &row[0].as_str().unwrap()[11..16]).next_back(), Some("09:15"));
    assert_eq!(hours.len(), 7);
    let days = ask(NIFTY, "days/1/2025-12-31/2025-01-01").await;
    assert_eq!(days[0][0], "2025-09-16T00:00:00+05:30", "up to yesterday");
    // A day went as far as its minutes did, and they are what options are priced by.
    for day in days.iter().filter(|day| day[0].as_str().unwrap().starts_with("2025-08")) {
        let date = &day[0].as_str().unwrap()[..10];
        let prices = |at: usize| {
            let of_day = minutes.iter().filter(move |row| row[0].as_str().unwrap().starts_with(date));
            of_day.map(move |row| row[at].as_f64().unwrap())
        };
        assert_eq!(day[2].as_f64(), prices(2).reduce(f64::max), "the high of {date}");
        assert_eq!(day[3].as_f64(), prices(3).reduce(f64::min), "the low of {date}");
    }
    assert_eq!(ask(NIFTY, "weeks/1/2025-08-31/2025-08-01").await.len(), 5);
    assert_eq!(ask(NIFTY, "months/1/2025-08-31/2025-01-01").await.len(), 8);
    let stock = ask("NSE_EQ%7CINE002A01018", "minutes/1/2025-08-01/2025-08-01").await;
    assert!(stock.iter().all(|row| row[5].as_i64().unwrap() > 0), "a stock has");
    // Two decimals that are no multiples of a tick.
    assert!(minutes.iter().any(|row| (row[4].as_f64().unwrap() * 100.0).round() as i64 % 5 != 0));
}

#[tokio::test]
async fn the_instrument_master_is_gzip_without_a_bearer() {
    let simulator = simulator_with(Faults::default());
    let rows = async |file: &str| {
        let path = format!("/market-quote/instruments/exchange/{file}.json.gz");
        let answer = send(&simulator, Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 200);
        assert!(answer.headers.get("content-encoding").is_none(), "a gzip file, not a compressed answer");
        let mut text = String::new();
        flate2::read::GzDecoder::new(&answer.body[..]).read_to_string(&mut text).unwrap();
        serde_json::from_str::<Vec<Value>>(&text).unwrap()
    };
    let complete = rows("complete").await;
    let with = |field: &str, value: &str| complete.iter().filter(|row| row[field] == value).count();
    assert_eq!(with("instrument_type", "INDEX"), 9);
    assert!(with("segment", "MCX_FO") == 1 && with("segment", "NCD_FO") == 1);
    let with_derivatives: std::collections::BTreeSet<&str> = complete
        .iter()
        .filter(|row| row["segment"] == "NSE_FO" || row["segment"] == "BSE_FO")
        .filter_map(|row| row["underlying_key"].as_str())
        .collect();
    assert_eq!(with_derivatives.len(), 10, "all but SENSEX 50: {with_derivatives:?}");
    assert!(!with_derivatives.contains("NSE_EQ|INE839G01010"));
    let nifty: Vec<&Value> = complete.iter().filter(|row| row["underlying_symbol"] == "NIFTY").collect();
    assert!(nifty.iter().all(|row| row["expiry"].as_i64().unwrap() > 1_758_067_200_000), "live only");
    // 23 September 2025, 23:59:59 IST.
    assert!(nifty.iter().any(|row| row["expiry"] == 1_758_652_199_000_i64));
    assert!(complete.iter().all(|row| row.as_object().unwrap().values().all(|value| !value.is_null())));
    assert!(rows("BSE").await.iter().all(|row| row["exchange"] == "BSE"));
    let parts = rows("NSE").await.len() + rows("BSE").await.len() + rows("MCX").await.len();
    assert_eq!(parts, complete.len());
    assert_eq!(simulator.referee().requests, 0, "another host: not counted");
}

#[tokio::test]
async fn the_referee_counts_exactly_and_refuses_what_is_too_much() {
    let now = Arc::new(AtomicU64::new(0));
    let clock = now.clone();
    let options = SimulatorOptions {
        limits: Some(vec![(3, Duration::from_secs(1)), (4, Duration::from_secs(60))]),
        now: Arc::new(move || Duration::from_millis(clock.load(Ordering::Relaxed))),
        ..SimulatorOptions::default()
    };
    let simulator = Simulator::new(options).unwrap();
    let mut statuses = Vec::new();
    for at in [0, 10, 20, 999, 1_000, 1_010, 60_000] {
        now.store(at, Ordering::Relaxed);
        let answer = get(&simulator, "/v2/user/profile").await;
        if answer.status == 429 {
            let body = include_str!("../../fixtures/error_429_UDAPI10005_rate_limit.json").trim();
            assert_eq!(answer.text(), body);
            assert!(answer.headers.get("retry-after").is_none());
        }
        statuses.push(answer.status.as_u16());
    }
    assert_eq!(statuses, [200, 200, 200, 429, 200, 429, 200]);
    let report = get(&simulator, "/__referee").await.json();
    assert_eq!(
        (&report["requests"], &report["violations"], &report["refused"]),
        (&7.into(), &2.into(), &2.into())
    );
    assert_eq!(report["by_endpoint"]["profile"], 7);
    assert_eq!(report["windows"][0]["maximum_seen"], 4);
    assert_eq!(report["windows"][1]["violations"], 1);
    assert_eq!(simulator.referee().windows[1].requests_max, 4);
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let refused = |options: SimulatorOptions| Simulator::new(options).err().map(|error| error.to_string());
    let with_limits = |limits| SimulatorOptions { limits: Some(limits), ..SimulatorOptions::default() };
    assert!(refused(with_limits(vec![(0, Duration::from_secs(1))])).is_some());
    assert!(refused(with_limits(vec![(1, Duration::ZERO)])).is_some());
    assert!(refused(SimulatorOptions { today: day("2024-10-01"), ..SimulatorOptions::default() }).is_some());
    let file = Some("/nowhere/faults.json".into());
    assert!(refused(SimulatorOptions { fault_file: file, ..SimulatorOptions::default() }).is_some());
    assert_eq!(SimulatorOptions::default().today, day("2025-09-17"));
}
