//! REST of the real executable, resource by resource: what it answers, and in which words it refuses what it cannot
//! read.

#![expect(clippy::unwrap_used, reason = "a test says what broke by panicking")]
#![expect(clippy::disallowed_methods, reason = "it waits for another process")]

#[path = "../../crates/engine/tests/common/mod.rs"]
mod common;
mod executable;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common::Stage;
use reqwest::{Client, Method};
use serde_json::{Value, json};

const NIFTY: &str = "NSE_INDEX|Nifty 50";
const EXPIRY: &str = "2025-08-28";
const TOKEN: &str = "planted-token-4410";

struct Server {
    child: Child,
    address: String,
    http: Client,
}

impl Server {
    fn start(stage: &Stage) -> Self {
        let mut command = Command::new(executable::PATH);
        executable::settle(&mut command, stage).args(["serve", "--addr", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines.next().unwrap().unwrap().split_whitespace().last().unwrap().to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { child, address, http: Client::builder().no_proxy().build().unwrap() }
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}/api/v1/{path}", self.address))
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.answer(self.request(Method::GET, path)).await
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        self.answer(self.request(method, path).json(&body)).await
    }

    /// A job over one day of the future and the options of one expiry, run to its end.
    async fn collect(&self) -> i64 {
        let (status, _) = self.send(Method::POST, "session", json!({ "token": "simulated" })).await;
        assert_eq!(status, 200);
        let order = json!({ "underlyings": [NIFTY], "expiries": { "dates": [EXPIRY] }, "days": 2 });
        let (status, job) = self.send(Method::POST, "jobs", order).await;
        assert_eq!(status, 201, "{job}");
        let id = job["id"].as_i64().unwrap();
        while self.get(&format!("jobs/{id}")).await.1["status"] != "completed" {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        id
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What no sentence for people has: words of a library, and names of types.
fn assert_own_words(problem: &Value) {
    let detail = problem["detail"].as_str().unwrap();
    for foreign in ["deserialize", "invalid type", "Failed", "expected", "variant", "u32", "struct", "`"] {
        assert!(!detail.contains(foreign), "{detail}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_or_an_address_is_refused_by_the_name_of_its_part() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    let key = "NSE_FO%7C71706%7C28-08-2025";
    for (path, sentence) in [
        ("expiries".to_owned(), "underlying is missing in the query"),
        ("expiries?underlying=NIFTY&interval=1hour".to_owned(), "interval: \"1hour\" is no interval"),
        ("expiries?underlying=NIFTY&days=many".to_owned(), "days must be a whole number from 1 to 1000"),
        ("expiries?underlying=NIFTY&days=0".to_owned(), "days: the number of days before expiry must be"),
        ("contracts?underlying=NIFTY&expiry=soon".to_owned(), "expiry: \"soon\" is not a date"),
        (
            format!("contracts?underlying=NIFTY&expiry={EXPIRY}&type=swaps"),
            "type must be options, futures or both, not \"swaps\"",
        ),
        ("contracts/NIFTY".to_owned(), "expired_key: \"NIFTY\" is not an expired instrument key"),
        (format!("candles/{key}?format=xml"), "format must be json, csv or columns, not \"xml\""),
        (format!("candles/{key}?interval=2hour"), "interval: \"2hour\" is no interval"),
        (format!("candles/{key}?from=2025-08-28&to=2025-08-01"), "runs backwards"),
        ("candles/%FF".to_owned(), "the address is not written in UTF-8"),
        ("coverage?underlying=NIFTY&limit=-1".to_owned(), "limit must be a whole number from 0 on, not -1"),
        ("jobs/first".to_owned(), "id must be a whole number, not \"first\""),
        ("jobs/1/events?after=x".to_owned(), "after must be a whole number, not \"x\""),
        ("jobs/1/events?after=1&before=2".to_owned(), "give after or before, not both"),
        ("jobs/1/grid?expiry=2025-02-30".to_owned(), "expiry: \"2025-02-30\" is not a date"),
        ("jobs/1/failures?limit=few".to_owned(), "limit must be a whole number from 0 to"),
        ("audit?outcome=odd".to_owned(), "outcome must be ok or fault, not \"odd\""),
        ("refused?before=x&job=1".to_owned(), "before must be a whole number, not \"x\""),
        ("notices?cursor=next".to_owned(), "cursor must be a whole number, not \"next\""),
        ("schedules/x".to_owned(), "id must be a whole number, not \"x\""),
        ("schedules/preview".to_owned(), "cron is missing in the query"),
        ("audit?limit=1&limit=2".to_owned(), "limit stands in the query more than once"),
    ] {
        let (status, problem) = server.get(&path).await;
        assert_eq!(status, 400, "{path}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(sentence), "{path}: {problem}");
        assert_own_words(&problem);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_refused_by_where_it_is_wrong() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    for (path, body, sentence) in [
        ("jobs", json!([]), "the body has a list where it must have an object"),
        ("estimate", json!({ "underlyings": ["NIFTY"] }), "expiries is missing in the body"),
        ("estimate", json!({ "underlyings": [5] }), "underlyings[0] must be a text, not 5"),
        ("jobs", json!({ "underlyings": ["NIFTY"], "expiries": "all", "days": "x" }), "from 1 to 1000"),
        (
            "jobs",
            json!({ "underlyings": ["NIFTY"], "expiries": "all", "take_up": 1 }),
            "take_up must be true or",
        ),
        (
            "jobs",
            json!({ "underlyings": ["NIFTY"], "expiries": "all", "with_underlying": "x" }),
            "the body has \"x\" where it must have true or false",
        ),
        ("verify/sample", json!({}), "count is missing in the body"),
        ("notices/read", json!({ "up_to": null }), "up_to must be a whole number, not null"),
        ("notices/test", json!({ "channel": "pigeon" }), "channel must be email or webhook, not \"pigeon\""),
    ] {
        let (status, problem) = server.send(Method::POST, path, body).await;
        assert_eq!(status, 400, "{path}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(sentence), "{path}: {problem}");
        assert_own_words(&problem);
    }
    let json_body = |text: &'static str| {
        server.request(Method::POST, "jobs").header("content-type", "application/json").body(text)
    };
    for (request, sentence) in [
        (json_body("{\"underlyings\":"), "the body is no JSON: what stands in line 1, column 15"),
        (server.request(Method::POST, "jobs").body("{}"), "send the body as application/json"),
    ] {
        let (status, problem) = server.answer(request).await;
        assert_eq!(status, 400);
        assert!(problem["detail"].as_str().unwrap().contains(sentence), "{problem}");
        assert_own_words(&problem);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_repeats_no_secret() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    for (method, path, body, form) in [
        (Method::POST, "session", json!({ "token": [TOKEN] }), "{\"token\": \"…\"}"),
        (Method::POST, "session", json!({ "tokens": TOKEN }), "{\"token\": \"…\"}"),
        (Method::POST, "session", json!(TOKEN), "{\"token\": \"…\"}"),
        (
            Method::PUT,
            "notices/settings",
            json!({ "smtp_password": { "is": TOKEN } }),
            "\"webhook_secret\": …",
        ),
        (Method::PUT, "notices/settings", json!({ "email": TOKEN }), "\"webhook_secret\": …"),
    ] {
        let (status, problem) = server.send(method, path, body).await;
        assert_eq!(status, 400);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.starts_with("send {") && detail.contains(form), "{detail}");
        assert!(!problem.to_string().contains(TOKEN), "{problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_has_its_figures_and_its_neighbours() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    server.collect().await;
    let listed = server.get(&format!("contracts?underlying=NIFTY&expiry={EXPIRY}&type=options")).await.1;
    let calls = listed["contracts"].as_array().unwrap().iter().filter(|contract| contract["kind"] == "CE");
    let mut calls: Vec<_> = calls.collect();
    calls.sort_by_key(|call| call["strike"].as_f64().unwrap() as i64);
    let key = calls[1]["expired_key"].as_str().unwrap();

    let (status, one) = server.get(&format!("contracts/{}", key.replace('|', "%7C"))).await;
    assert_eq!((status, &one["row"]["contract"]["expired_key"]), (200, &json!(key)), "{one}");
    assert_eq!(one["underlying"]["key"], NIFTY);
    assert!(one["row"]["candles"].as_u64().unwrap() > 0, "{one}");
    assert_eq!(one["neighbours"]["lower"]["key"], calls[0]["expired_key"]);
    assert_eq!(one["neighbours"]["higher"]["key"], calls[2]["expired_key"]);
    let (status, unknown) = server.get("contracts/NSE_FO%7C999999999%7C28-08-2025").await;
    assert_eq!(status, 404, "{unknown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_read_forwards_and_backwards() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    let job = server.collect().await;
    let ids = async |query: &str| {
        let (status, document) = server.get(&format!("jobs/{job}/events{query}")).await;
        assert_eq!(status, 200, "{document}");
        let events = document["events"].as_array().unwrap().clone();
        events.iter().map(|event| event["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let all = ids("").await;
    assert!(all.len() > 5 && all.is_sorted(), "{all:?}");
    let third = all[2];
    assert_eq!(ids(&format!("?before={third}")).await, all[..2]);
    assert_eq!(ids(&format!("?after={third}")).await, all[3..]);
    assert!(ids(&format!("?before={}", all[0])).await.is_empty());
}
