//! What a monitor reads of the real executable: that it lives, that its database answers, its figures, and a
//! dashboard that asks for nothing else.

use std::collections::{BTreeMap, BTreeSet};

use crate::common::Stage;
use crate::rest::server::{EXPIRY, OTHER_EXPIRY, Server};
use regex::Regex;
use reqwest::Method;
use serde_json::{Value, json};
use simulator::Faults;

/// Beside REST.
async fn text_at(server: &Server, path: &str) -> (u16, String) {
    let answer = server.request(Method::GET, &format!("../../{path}")).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// Every sample by its name and labels, after the rules of the format were held against each line.
fn samples(text: &str) -> BTreeMap<String, f64> {
    let line = Regex::new(
        r#"^([a-z_]+)(\{[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-z_]+="(?:[^"\\\n]|\\[\\"n])*")*\})? (\S+)$"#,
    )
    .unwrap();
    let (mut samples, mut family, mut families) = (BTreeMap::new(), String::new(), BTreeSet::new());
    let mut kind = String::new();
    for text in text.lines() {
        if let Some(help) = text.strip_prefix("# HELP ") {
            family = help.split(' ').next().unwrap().to_owned();
            assert!(family.starts_with("expirytrack_") && help.len() > family.len() + 1, "{help}");
            assert!(families.insert(family.clone()), "{family} stands in two places");
        } else if let Some(told) = text.strip_prefix("# TYPE ") {
            kind = told.strip_prefix(&*family).unwrap().trim().to_owned();
            assert_eq!(family.ends_with("_total"), kind == "counter", "{family}");
        } else {
            let parts = line.captures(text).unwrap_or_else(|| panic!("{text}"));
            let ending = parts[1].strip_prefix(&*family).unwrap_or_else(|| panic!("{text} in {family}"));
            let expected: &[&str] = if kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
            assert!(expected.contains(&ending), "{text}");
            let name = text.rsplit_once(' ').unwrap().0.to_owned();
            assert!(samples.insert(name, parts[3].parse().unwrap()).is_none(), "{text} is there twice");
        }
    }
    samples
}

#[tokio::test(flavor = "multi_thread")]
async fn the_figures_are_those_of_the_database_and_the_broker() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    let before = samples(&text_at(&server, "metrics").await.1);
    assert_eq!(before[r#"expirytrack_signed_in{market="upstox"}"#], 0.0);
    server.sign_in().await;
    server.collect(EXPIRY).await;
    let candles = "/v2/expired-instruments/historical-candle".to_owned();
    let refusing =
        Faults { path_prefix: candles, server_error: simulator::Chance::ALWAYS, ..Faults::default() };
    stage.set_faults(Faults { server_error_status: 404, ..refusing });
    server.collect(OTHER_EXPIRY).await;
    let (status, text) = text_at(&server, "metrics").await;
    assert_eq!(status, 200);
    assert!(!text.contains("simulated"), "the token: {text}");
    let samples = samples(&text);
    let sample = |name: &str| *samples.get(name).unwrap_or_else(|| panic!("{name} is not in {text}"));
    for (status, count) in [("completed", 1.0), ("completed_with_failures", 1.0), ("running", 0.0)] {
        assert_eq!(sample(&format!(r#"expirytrack_jobs{{market="upstox",status="{status}"}}"#)), count);
    }
    for (of, sql) in [("contracts", "contract_id"), ("underlyings", "underlying_id")] {
        let sql = format!(
            "SELECT count(*) FROM candle c JOIN series s ON s.id = c.series_id WHERE s.{sql} IS NOT NULL"
        );
        let counted = stage.sql::<i64>(&sql);
        assert!(counted > 0);
        assert_eq!(sample(&format!(r#"expirytrack_candles{{market="upstox",of="{of}"}}"#)), counted as f64);
    }
    // As the audit of this run has them.
    let endpoint = r#"market="upstox",endpoint="historical-candle""#;
    for (outcome, is_fault) in [("ok", 0), ("refused", 1)] {
        let asked = stage.sql::<i64>(&format!(
            "SELECT count(*) FROM fetch_audit WHERE endpoint = 'historical-candle' AND (code IS NOT NULL) = {is_fault}"
        ));
        assert!(asked > 0);
        let name = format!(r#"expirytrack_broker_requests_total{{{endpoint},outcome="{outcome}"}}"#);
        assert_eq!(sample(&name), asked as f64);
    }
    let bucket = |le: &str| {
        sample(&format!(r#"expirytrack_broker_request_duration_seconds_bucket{{{endpoint},le="{le}"}}"#))
    };
    let count = sample(&format!("expirytrack_broker_request_duration_seconds_count{{{endpoint}}}"));
    assert!(bucket("0.05") <= bucket("30") && bucket("30") <= bucket("+Inf") && bucket("+Inf") == count);
    let bytes = std::fs::metadata(stage.data.path().join("expirytrack.db")).unwrap().len();
    assert_eq!(sample(r#"expirytrack_database_bytes{market="upstox"}"#), bytes as f64);
    assert_eq!(sample(r#"expirytrack_signed_in{market="upstox"}"#), 1.0);
    for name in ["jobs", "schedules", "deliveries", "sign-in", "backups", "exports"] {
        assert_eq!(sample(&format!(r#"expirytrack_loop_up{{market="upstox",loop="{name}"}}"#)), 1.0);
    }
    #[cfg(target_os = "linux")]
    assert!(sample("expirytrack_process_resident_memory_bytes") > 1e6);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_asks_for_figures_that_there_are() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    server.sign_in().await;
    server.collect(EXPIRY).await;
    assert_eq!(server.send(Method::POST, "backups", json!({})).await.0, 201);
    let text = text_at(&server, "metrics").await.1;
    let samples = samples(&text);
    let known: BTreeSet<&str> = samples.keys().map(|name| name.split('{').next().unwrap()).collect();
    let dashboard: Value = serde_json::from_str(include_str!("../../../docs/grafana.json")).unwrap();
    let targets =
        dashboard["panels"].as_array().unwrap().iter().flat_map(|panel| panel["targets"].as_array().unwrap());
    let variables = dashboard["templating"]["list"].as_array().unwrap().iter();
    let asked: Vec<&str> = targets
        .map(|target| target["expr"].as_str().unwrap())
        .chain(variables.filter_map(|variable| variable["definition"].as_str()))
        .collect();
    let name = Regex::new(r"expirytrack_\w+").unwrap();
    let (mut found, limits) = (
        BTreeSet::new(),
        BTreeSet::from(["expirytrack_rate_window_requests", "expirytrack_rate_window_limit"]),
    );
    for expression in &asked {
        let names: Vec<&str> = name.find_iter(expression).map(|found| found.as_str()).collect();
        assert!(!names.is_empty(), "{expression}");
        // A server without limits has no windows; their names stand there all the same.
        for name in names {
            let is_declared = text.contains(&format!("# TYPE {name} "));
            assert!(known.contains(name) || limits.contains(name) && is_declared, "{name} in {expression}");
            found.insert(name.trim_end_matches("_bucket"));
        }
    }
    let label = Regex::new(r#"(\w+)=~?""#).unwrap();
    for expression in &asked {
        for used in label.captures_iter(expression) {
            assert!(text.contains(&format!("{}=\"", &used[1])), "{expression}");
        }
    }
    // And nothing that is told is left out of it, but when the program began.
    for told in text.lines().filter_map(|line| line.strip_prefix("# HELP ")?.split(' ').next()) {
        assert!(
            found.contains(told) || told == "expirytrack_process_start_time_seconds",
            "{told} is on no panel"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_without_its_database_lives_and_is_not_ready() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    assert_eq!(text_at(&server, "healthz").await, (200, "ok\n".to_owned()));
    assert_eq!(text_at(&server, "readyz").await, (200, "ready\n".to_owned()));
    let (database, away) = (stage.data.path().join("expirytrack.db"), stage.data.path().join("away.db"));
    std::fs::rename(&database, &away).unwrap();
    let (status, sentence) = text_at(&server, "readyz").await;
    assert!(
        status == 503 && sentence.starts_with("the database of the market upstox cannot be read: "),
        "{sentence}"
    );
    assert_eq!(sentence.lines().count(), 1);
    assert_eq!(text_at(&server, "healthz").await.0, 200);
    std::fs::rename(&away, &database).unwrap();
    assert_eq!(text_at(&server, "readyz").await, (200, "ready\n".to_owned()));
}
