//! The log of the real executable: a file that can be read line by line, with ids as fields, and without a secret in
//! it, however much is logged.

use std::process::Command;

use crate::common::{Stage, files_below, until};
use crate::executable;
use crate::rest::server::{EXPIRY, OTHER_EXPIRY, Server};
use axum::http::{HeaderMap, StatusCode};
use regex::Regex;
use reqwest::Method;
use serde_json::json;
use simulator::{Chance, Faults};

const TOKEN: &str = "planted-token-8812-that-nobody-gave-out";
const PASSWORD: &str = "planted-password-5520";
const SIGNING_SECRET: &str = "planted-signing-secret-1167";
const CODE: &str = "planted-code-3391";

fn log(stage: &Stage) -> String {
    std::fs::read_to_string(stage.data.path().join("logs/expirytrack.log")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_can_be_read_alone_with_its_ids_as_fields() {
    let stage = Stage::new().await;
    let server = Server::start_with(&stage, &[("EXPIRYTRACK_LOG", "debug")]);
    server.sign_in().await;
    server.collect(EXPIRY).await;
    let candles = "/v2/expired-instruments/historical-candle".to_owned();
    let refusing = Faults { path_prefix: candles, server_error: Chance::ALWAYS, ..Faults::default() };
    stage.set_faults(Faults { server_error_status: 404, ..refusing });
    server.collect(OTHER_EXPIRY).await;
    let answer = server.request(Method::GET, "jobs/77?find=not-to-be-told").send().await.unwrap();
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let forged = server.request(Method::GET, "jobs/%0A2026-01-01T00:00:00.000000Z%20ERROR%20forged");
    assert_eq!(forged.send().await.unwrap().status(), 400);

    let text = log(&stage);
    let line = Regex::new(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z +(ERROR|WARN|INFO|DEBUG) \S.*$").unwrap();
    for told in text.lines() {
        assert!(line.is_match(told) && !told.contains('\u{1b}'), "{told}");
    }
    let holds = |parts: &[&str]| {
        assert!(text.lines().any(|line| parts.iter().all(|part| line.contains(part))), "{parts:?} in {text}");
    };
    holds(&["the log begins", "version="]);
    holds(&["a job is", "job=1", "status=\"completed\""]);
    holds(&["a part of a job failed", "job=2", "expired_key=\"NSE_FO|", "|21-08-2025\"", "error="]);
    holds(&[
        "a request to the broker failed",
        "job=2",
        "broker_request=",
        "endpoint=\"historical-candle\"",
        "status=404",
    ]);
    holds(&[&format!("request={id} "), "path=\"/api/v1/jobs/77\"", "status=400", "answered"]);
    assert!(!text.contains("not-to-be-told"), "a query may hold a secret");
    let asked: i64 = stage.sql("SELECT max(id) FROM fetch_audit WHERE code IS NOT NULL");
    holds(&[&format!("broker_request={asked} ")]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |name: &str| {
            std::fs::metadata(stage.data.path().join(name)).unwrap().permissions().mode() & 0o777
        };
        assert_eq!((mode("logs"), mode("logs/expirytrack.log")), (0o700, 0o600));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_level_is_a_setting_and_a_wrong_one_is_refused() {
    let stage = Stage::new().await;
    for (variables, has_info, has_debug) in [
        (&[][..], true, false),
        (&[("EXPIRYTRACK_LOG", "WARN")], false, false),
        (&[("RUST_LOG", "expirytrack=debug")], true, true),
        (&[("RUST_LOG", "trace"), ("EXPIRYTRACK_LOG", "error")], false, false),
    ] {
        let _ = std::fs::remove_dir_all(stage.data.path().join("logs"));
        let server = Server::start_with(&stage, variables);
        assert_eq!(server.get("jobs").await.0, 200);
        // A line is written before the answer is.
        let text = log(&stage);
        assert_eq!(
            (text.contains(" INFO "), text.contains("DEBUG")),
            (has_info, has_debug),
            "{variables:?}: {text}"
        );
    }
    let wrong = |name: &str, value: &str, words: &[&str]| {
        let mut command = Command::new(executable::PATH);
        executable::settle(&mut command, &stage).args(words).env_remove("RUST_LOG").env(name, value);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (status, told) = wrong("EXPIRYTRACK_LOG", "loud", &["jobs"]);
    assert!(status == Some(2) && told.contains("loud") && told.contains("off, error, warn"), "{told}");
    let (status, told) = wrong("RUST_LOG", "engine=loud", &["jobs"]);
    assert!(status == Some(0) && told.contains("RUST_LOG cannot be read"), "{told}");
}

/// A broker that repeats in every refusal what it was sent.
async fn echo() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let answer = async |headers: HeaderMap, body: String| {
        let sent = headers.get("authorization").map(|value| value.to_str().unwrap()).unwrap_or_default();
        let error = json!({ "errorCode": "UDAPI100500", "message": format!("I do not take {sent} {body}") });
        (StatusCode::BAD_REQUEST, axum::Json(json!({ "status": "error", "errors": [error] })))
    };
    let router = axum::Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_logged_however_much_is_logged() {
    let stage = Stage::new().await;
    let address = echo().await;
    let variables = [("RUST_LOG", "trace"), ("EXPIRYTRACK_UPSTOX_URL", address.as_str())];
    let server = Server::start_with(&stage, &variables);
    // Kept unchecked, as this broker says neither yes nor no.
    let (status, kept) = server.send(Method::POST, "session", json!({ "token": TOKEN })).await;
    assert!(status == 200 && kept["remark"].as_str().unwrap().contains("Bearer …"), "{kept}");
    let order = json!({ "underlyings": ["NIFTY"], "expiries": { "dates": [EXPIRY] }, "days": 2 });
    let (status, problem) = server.send(Method::POST, "jobs", order).await;
    assert!(status == 400 && problem.to_string().contains("Bearer …"), "{problem}");
    let settings = json!({
        "email": { "host": "127.0.0.1", "port": 9, "security": "none", "user": "trader",
                   "from": "et@example.com", "to": ["me@example.com"], "kinds": ["job_failed"] },
        "webhook": { "url": "http://127.0.0.1:9/", "kinds": ["job_failed"] },
        "secrets": { "email": PASSWORD, "webhook": SIGNING_SECRET },
    });
    assert_eq!(server.send(Method::PUT, "notices/settings", settings.clone()).await.0, 200);
    for channel in ["email", "webhook"] {
        assert_eq!(server.send(Method::POST, "notices/test", json!({ "channel": channel })).await.0, 200);
    }
    let mut broken = settings;
    broken["secrets"]["email"] = json!([PASSWORD]);
    assert_eq!(server.send(Method::PUT, "notices/settings", broken).await.0, 400);
    for path in [format!("callback?code={CODE}&state={CODE}"), format!("login?next=/{CODE}")] {
        server.request(Method::GET, &format!("../../{path}")).send().await.unwrap();
    }
    assert_eq!(server.send(Method::POST, "backups", json!({})).await.0, 201);
    until(async || log(&stage).contains("a backup was made")).await;
    let text = log(&stage);
    assert!(text.contains(" TRACE ") && text.contains("/api/v1/session"), "little was logged");
    drop(server);
    let files = files_below(stage.data.path());
    assert!(files.len() >= 5, "{files:?}");
    for path in files {
        let bytes = std::fs::read(&path).unwrap();
        for planted in [TOKEN, PASSWORD, SIGNING_SECRET, CODE] {
            let at = bytes.windows(planted.len()).position(|part| part == planted.as_bytes());
            let around = at.map(|at| String::from_utf8_lossy(&bytes[at.saturating_sub(200)..at + 50]));
            assert!(at.is_none(), "{planted} in {}: {around:?}", path.display());
        }
    }
}
