//! The log of requests on the command line, beside a server and without one, by days and in pages.

use market::Day;
use serde_json::Value;

use crate::common::Stage;
use crate::rest::server::{EXPIRY, Server};
use crate::storage::{document, run};

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_requests_is_read_by_days_and_in_pages_with_a_server_and_without() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    server.sign_in().await;
    server.collect(EXPIRY).await;
    let first = document(&stage, &["requests", "--limit", "2"]);
    let lines = first["lines"].as_array().unwrap();
    let day = |line: &Value| market::EpochSeconds(line["at"].as_i64().unwrap()).day();
    let today: Day = day(&lines[0]);
    let (today, tomorrow) = (today.to_string(), today.next().to_string());
    assert_eq!(lines.len(), 2, "{first}");

    let before = first["next"].to_string();
    let second = document(&stage, &["requests", "--limit", "2", "--before", &before]);
    assert!(second["lines"][0]["id"].as_i64() < lines[1]["id"].as_i64(), "{first} {second}");
    let of_today =
        document(&stage, &["requests", "--from", &today, "--to", &today, "--endpoint", "expiries"]);
    let lines = of_today["lines"].as_array().unwrap();
    assert!(!lines.is_empty() && lines.iter().all(|line| line["endpoint"] == "expiries"), "{of_today}");
    let later = document(&stage, &["requests", "--from", &tomorrow]);
    assert_eq!((&later["lines"], &later["next"]), (&Value::Array(Vec::new()), &Value::Null));
    let (status, _, problem) = run(&stage, &["requests", "--from", &tomorrow, "--to", &today]);
    assert!(status == 2 && problem.contains(&tomorrow), "{status} {problem}");

    drop(server);
    let alone = document(&stage, &["requests", "--from", &today, "--to", &today, "--endpoint", "expiries"]);
    assert_eq!(alone["lines"], of_today["lines"]);
    let (status, told, _) = run(&stage, &["requests", "--limit", "1"]);
    assert!(status == 0 && told.contains("older ones: --before "), "{told}");
}
