//! Every fault does what its name says, over real HTTP with a real client, and in memory where the socket
//! makes no difference.

use std::collections::BTreeSet;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::*;
use axum::body::Body;
use axum::http::Request;
use futures_util::FutureExt;
use serde_json::Value;
use simulator::{CapBehaviour, Chance, Faults, Simulator, SimulatorOptions};

/// A simulator on a port of its own; it stops when this is dropped.
struct Served {
    simulator: Simulator,
    address: SocketAddr,
    client: reqwest::Client,
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl Served {
    async fn start(faults: Faults) -> Self {
        // The first test to come installs it for all.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let simulator = simulator_with(faults);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        tokio::spawn(simulator.clone().serve(listener, stopped.map(|_| ())));
        let client = reqwest::Client::builder().no_proxy().retry(reqwest::retry::never()).build().unwrap();
        Self { simulator, address, client, _stop: stop }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    async fn get(&self, path: &str) -> reqwest::Result<reqwest::Response> {
        self.client.get(self.url(path)).bearer_auth("simulated").send().await
    }
}

/// The whole chain of an error as one text.
fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(&format!(": {inner}"));
        source = inner.source();
    }
    text
}

#[tokio::test]
async fn without_faults_it_serves_over_http_and_compresses() {
    let served = Served::start(Faults::default()).await;
    let answer = served.get(CANDLE_PATH).await.unwrap();
    assert_eq!(answer.status(), 200);
    let body = answer.bytes().await.unwrap();
    assert_eq!(body, get(&served.simulator, CANDLE_PATH).await.body, "decompressed, the same");
    let path = format!("{BASE}/expiries?instrument_key={NIFTY}");
    assert_eq!(served.get(&path).await.unwrap().text().await.unwrap(), EXPIRIES);
    assert_eq!(served.simulator.referee().by_endpoint["expired_candles"], 2);
}

#[tokio::test]
async fn a_reset_is_a_reset_of_the_connection() {
    let served = Served::start(Faults { connection_reset: Chance::first(2), ..Faults::default() }).await;
    for _ in 0..2 {
        let error = served.get(CANDLE_PATH).await.unwrap_err();
        assert!(error.is_request() && chain(&error).contains("reset"), "{}", chain(&error));
    }
    assert_eq!(served.get(CANDLE_PATH).await.unwrap().status(), 200);
    assert_eq!(served.simulator.referee().faults["connection_reset"], 2);
    // In memory there is nothing to reset: the body breaks.
    let simulator = simulator_with(Faults { connection_reset: Chance::ALWAYS, ..Faults::default() });
    assert!(try_send(&simulator, with_bearer("GET", CANDLE_PATH, "simulated")).await.is_none());
}

#[tokio::test]
async fn a_body_can_be_cut_off_in_two_ways() {
    let served = Served::start(Faults { cut_off: Chance::first(1), ..Faults::default() }).await;
    let body = served.get(CANDLE_PATH).await.unwrap().text().await.unwrap();
    assert!(body.starts_with(r#"{"status":"success""#));
    assert!(serde_json::from_str::<Value>(&body).is_err(), "whole by its length, but no JSON");
    served.simulator.set_faults(Faults { cut_off_in_transfer: Chance::first(1), ..Faults::default() });
    let answer = served.get(CANDLE_PATH).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.bytes().await.is_err(), "shorter than its length");
    assert_eq!(served.get(CANDLE_PATH).await.unwrap().json::<Value>().await.unwrap()["status"], "success");
}

#[tokio::test]
async fn refusals_over_http() {
    let faults =
        Faults { too_many_requests: Chance::first(1), retry_after_seconds: Some(7), ..Faults::default() };
    let served = Served::start(faults).await;
    let answer = served.get(CANDLE_PATH).await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["retry-after"]), (429, &"7".parse().unwrap()));
    assert!(answer.text().await.unwrap().contains("UDAPI10005"));

    served.simulator.set_faults(Faults { too_many_requests: Chance::first(1), ..Faults::default() });
    let answer = served.get(CANDLE_PATH).await.unwrap();
    assert!(answer.status() == 429 && answer.headers().get("retry-after").is_none());

    served.simulator.set_faults(Faults { too_many_under_success: Chance::first(1), ..Faults::default() });
    let answer = served.get(CANDLE_PATH).await.unwrap();
    assert!(answer.status() == 200 && answer.text().await.unwrap().contains("UDAPI10005"));

    served.simulator.set_faults(Faults { forbidden_html: Chance::first(1), ..Faults::default() });
    let answer = served.get(CANDLE_PATH).await.unwrap();
    assert_eq!(answer.status(), 403);
    assert!(answer.text().await.unwrap().contains("Error 1010"));

    for (status, expected) in [(0, 500), (503, 503)] {
        let faults =
            Faults { server_error: Chance::first(1), server_error_status: status, ..Faults::default() };
        served.simulator.set_faults(faults);
        let answer = served.get(CANDLE_PATH).await.unwrap();
        assert_eq!(answer.status().as_u16(), expected);
        assert!(answer.text().await.unwrap().contains("UDAPI100500"));
    }
    let report = served.simulator.referee();
    assert_eq!(
        (report.violations, report.faults["server_error"], report.faults["too_many_requests"]),
        (0, 2, 2)
    );
}

#[tokio::test]
async fn some_agents_are_forbidden() {
    let faults = Faults { forbidden_agents: vec!["Python-urllib".to_owned()], ..Faults::default() };
    let simulator = simulator_with(faults);
    let with_agent = |agent: &str| {
        let mut request = with_bearer("GET", CANDLE_PATH, "simulated");
        request.headers_mut().insert("user-agent", agent.parse().unwrap());
        request
    };
    assert_eq!(send(&simulator, with_agent("Python-urllib/3.12")).await.status, 403);
    assert_eq!(send(&simulator, with_agent("ExpiryTrack/1")).await.status, 200);
}

#[tokio::test]
async fn latency_is_waited_for_by_the_given_clock() {
    let waited: Arc<Mutex<Vec<Duration>>> = Arc::default();
    let seen = waited.clone();
    let options = SimulatorOptions {
        faults: Faults { latency_ms: 100, latency_jitter_ms: 50, ..Faults::default() },
        wait: Arc::new(move |duration| {
            seen.lock().unwrap().push(duration);
            std::future::ready(()).boxed()
        }),
        ..SimulatorOptions::default()
    };
    let simulator = Simulator::new(options).unwrap();
    for _ in 0..20 {
        get(&simulator, CANDLE_PATH).await;
    }
    get(&simulator, "/v2/user/profile").await;
    let waited = waited.lock().unwrap().clone();
    assert_eq!(waited.len(), 20, "the profile is no data endpoint");
    assert!(waited.iter().all(|wait| (100..=150).contains(&wait.as_millis())));
    assert!(waited.iter().collect::<BTreeSet<_>>().len() > 5, "it jitters");
}

#[tokio::test]
async fn tokens_die_after_so_many_requests() {
    let simulator = simulator_with(Faults { token_death_after: 2, ..Faults::default() });
    let token = simulator.issue_token();
    let mut statuses = Vec::new();
    for _ in 0..4 {
        let request = with_bearer("GET", CANDLE_PATH, &token);
        statuses.push(send(&simulator, request).await.status.as_u16());
    }
    assert_eq!(statuses, [200, 200, 401, 401]);
    let fresh = simulator.issue_token();
    for _ in 0..4 {
        assert_eq!(send(&simulator, with_bearer("GET", CANDLE_PATH, &fresh)).await.status, 200, "once only");
    }
}

#[tokio::test]
async fn false_empties() {
    assert!(candles_with(Faults { false_empty: Chance::ALWAYS, ..Faults::default() }).await.is_empty());
    let faults = Faults { false_empty_contracts: Chance::first(1), ..Faults::default() };
    let simulator = simulator_with(faults);
    let path = format!("{BASE}/option/contract?instrument_key={NIFTY}&expiry_date=2025-08-28");
    assert_eq!(get(&simulator, &path).await.text(), r#"{"status":"success","data":[]}"#);
    assert_eq!(get(&simulator, &path).await.text(), OPTIONS);
}

#[tokio::test]
async fn rows_are_spoiled_but_the_truth_is_among_them() {
    let truth = candles_with(Faults::default()).await;
    let all = |spoiled: &[Value]| truth.iter().all(|row| spoiled.contains(row));
    let starts = |rows: &[Value]| rows.iter().map(|row| row[0].to_string()).collect::<Vec<_>>();

    let rows = candles_with(Faults { duplicate_rows: Chance::ALWAYS, ..Faults::default() }).await;
    assert!(rows.len() > truth.len() && all(&rows));
    assert!(rows.iter().all(|row| truth.contains(row)), "equal ones only");

    let rows = candles_with(Faults { conflicting_rows: Chance::ALWAYS, ..Faults::default() }).await;
    assert!(rows.len() > truth.len() && all(&rows));
    assert!(rows.iter().any(|row| !truth.contains(row)));

    let rows = candles_with(Faults { unsorted_rows: Chance::ALWAYS, ..Faults::default() }).await;
    assert!(rows.len() == truth.len() && all(&rows) && starts(&rows) != starts(&truth));

    let rows = candles_with(Faults { wrong_days: Chance::ALWAYS, ..Faults::default() }).await;
    assert!(rows.len() > truth.len() && all(&rows));
    assert!(rows.iter().filter(|row| !truth.contains(row)).all(|row| {
        let day = &row[0].as_str().unwrap()[..10];
        !("2025-08-20"..="2025-08-28").contains(&day)
    }));

    let rows = candles_with(Faults { impossible_rows: Chance::ALWAYS, ..Faults::default() }).await;
    assert_eq!(rows.len(), truth.len());
    assert!(rows.iter().any(|row| row[3].as_f64() > row[2].as_f64()), "low above high");
}

#[tokio::test]
async fn ranges_can_be_capped() {
    let refuse = Faults { range_days_max: 5, ..Faults::default() };
    let answer = get(&simulator_with(refuse), CANDLE_PATH).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "UDAPI1148"));
    let days = |rows: &[Value]| {
        rows.iter().map(|row| row[0].as_str().unwrap()[..10].to_owned()).collect::<BTreeSet<_>>()
    };
    let truncate = Faults { range_days_max: 4, range_cap: CapBehaviour::Truncate, ..Faults::default() };
    assert_eq!(days(&candles_with(truncate).await).first().unwrap(), "2025-08-25");
    let truth = candles_with(Faults::default()).await;
    let rows = candles_with(Faults { rows_max: 500, ..Faults::default() }).await;
    assert_eq!(rows, truth[..500], "the newest are kept");
}

#[tokio::test]
async fn what_is_uncertain_has_a_switch() {
    let reversed = format!("{BASE}/historical-candle/NSE_FO%7C64103%7C28-08-2025/day/2025-08-01/2025-08-28");
    let simulator = simulator_with(Faults { reversed_dates_empty: true, ..Faults::default() });
    assert_eq!(candles(&get(&simulator, &reversed).await).len(), 0);

    let simulator = simulator_with(Faults { decimal_numbers: true, ..Faults::default() });
    let path = format!("{BASE}/future/contract?instrument_key={NIFTY}&expiry_date=2025-08-28");
    assert!(get(&simulator, &path).await.text().contains(r#""lot_size":75.0"#));
    assert!(get(&simulator, CANDLE_PATH).await.text().contains(".0]"));

    let simulator = simulator_with(Faults { unsorted_expiries: true, ..Faults::default() });
    let listed = get(&simulator, &format!("{BASE}/expiries?instrument_key={NIFTY}")).await.json();
    let listed: Vec<String> = serde_json::from_value(listed["data"].clone()).unwrap();
    assert!(listed.len() == 51 && !listed.is_sorted());

    let without = Faults { expiries_without_contracts: vec![day("2025-08-28")], ..Faults::default() };
    let simulator = simulator_with(without);
    assert_eq!(get(&simulator, &path).await.text(), r#"{"status":"success","data":[]}"#);

    let on_expiry_day = |expired_on_expiry_day| {
        let faults = Faults { expired_on_expiry_day, ..Faults::default() };
        let options = SimulatorOptions { today: day("2025-09-16"), faults, ..SimulatorOptions::default() };
        Simulator::new(options).unwrap()
    };
    for (switch, last) in [(false, "2025-09-09"), (true, "2025-09-16")] {
        let path = format!("{BASE}/expiries?instrument_key={NIFTY}");
        let listed = get(&on_expiry_day(switch), &path).await.json();
        assert_eq!(listed["data"].as_array().unwrap().last().unwrap(), last);
    }
}

#[tokio::test]
async fn strikes_are_the_same_for_the_same_seed_and_spare_other_paths() {
    let faults = |seed| Faults {
        seed,
        server_error: Chance::probability(0.3),
        path_prefix: format!("{BASE}/historical-candle"),
        ..Faults::default()
    };
    let strikes = async |seed| {
        let simulator = simulator_with(faults(seed));
        let mut struck = Vec::new();
        for _ in 0..60 {
            struck.push(get(&simulator, CANDLE_PATH).await.status == 500);
        }
        struck
    };
    let one = strikes(1).await;
    assert_eq!(one, strikes(1).await);
    assert_ne!(one, strikes(2).await);
    let count = one.iter().filter(|struck| **struck).count();
    assert!((9..=27).contains(&count), "{count} of 60 at 0.3");
    let simulator = simulator_with(Faults { server_error: Chance::ALWAYS, ..faults(1) });
    assert_eq!(get(&simulator, &format!("{BASE}/expiries?instrument_key={NIFTY}")).await.status, 200);
    assert_eq!(get(&simulator, "/v2/user/profile").await.status, 200);
    assert_eq!(get(&simulator, CANDLE_PATH).await.status, 500);
}

#[tokio::test]
async fn faults_are_switched_while_it_runs() {
    let simulator = simulator_with(Faults::default());
    let put = |body: &str| Request::put("/__faults").body(Body::from(body.to_owned())).unwrap();
    let answer = send(&simulator, put(r#"{"server_error": {"first": 1}, "latency_ms": 0}"#)).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["server_error"]["first"]), (200, &1.into()));
    assert_eq!(get(&simulator, "/__faults").await.json(), answer.json());
    assert_eq!(get(&simulator, CANDLE_PATH).await.status, 500);
    assert_eq!(get(&simulator, CANDLE_PATH).await.status, 200);
    let slip = send(&simulator, put(r#"{"server_eror": 1}"#)).await;
    assert!(slip.status == 400 && slip.text().contains("server_eror"));
}

#[tokio::test]
async fn the_fault_file_is_followed() {
    let file = std::env::temp_dir().join(format!("expirytrack-faults-{}.json", std::process::id()));
    std::fs::write(&file, r#"{"server_error": 1}"#).unwrap();
    let now = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let clock = now.clone();
    let options = SimulatorOptions {
        fault_file: Some(file.clone()),
        now: Arc::new(move || Duration::from_secs(clock.fetch_add(1, std::sync::atomic::Ordering::Relaxed))),
        ..SimulatorOptions::default()
    };
    let simulator = Simulator::new(options).unwrap();
    assert_eq!(get(&simulator, CANDLE_PATH).await.status, 500);
    std::fs::write(&file, "{}").unwrap();
    assert_eq!(get(&simulator, CANDLE_PATH).await.status, 200);
    std::fs::write(&file, "not JSON at all").unwrap();
    assert_eq!(get(&simulator, CANDLE_PATH).await.status, 200, "what does not parse is not taken");
    std::fs::remove_file(&file).unwrap();
}
