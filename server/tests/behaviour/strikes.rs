//! Strikes near the money on the command line, without a server and through one, and over REST: what is taken, what
//! is left out, and what is refused in which words.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use crate::command_line::{expirytrack, run, sign_in};
use crate::common::Stage;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use simulator::SimulatorOptions;

const EXPIRY: &str = "2025-08-21";
/// Of the weekly expiry: where Nifty went in ten days, three strikes each side, a call and a put.
const NEAR: u64 = 38;
const LISTED: u64 = 184;

/// `--json` of a command that succeeds.
fn document(stage: &Stage, words: &[&str]) -> Value {
    let (status, told, problem) = run(stage, &[words, &["--json"]].concat());
    assert_eq!(status, 0, "{words:?}: {problem}");
    serde_json::from_str(&told).unwrap()
}

fn collect<'a>(strikes: &'a [&'a str]) -> Vec<&'a str> {
    let words = ["collect", "--underlying", "NIFTY", "--expiry", EXPIRY, "--kind", "options", "--days", "10"];
    [&words[..], &["--interval", "day", "--without-underlying"], strikes].concat()
}

/// A market whose strikes follow the price, and somebody who has signed in.
async fn stage() -> Stage {
    let options = SimulatorOptions { limits: None, ..SimulatorOptions::default() };
    let stage = Stage::with(options).await;
    sign_in(&stage);
    stage
}

struct Server {
    child: Child,
    address: String,
    http: Client,
}

impl Server {
    fn start(stage: &Stage) -> Self {
        let mut command = expirytrack(stage, &["serve", "--addr", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines.next().unwrap().unwrap().split_whitespace().last().unwrap().to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { child, address, http: Client::builder().no_proxy().build().unwrap() }
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let request = self.http.request(method, format!("{}/api/v1/{path}", self.address));
        let answer = request.json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_takes_the_strikes_near_the_money_and_says_what_it_left_out() {
    let stage = stage().await;
    for bad in ["0", "51", "-1", "near"] {
        let strikes = format!("--strikes={bad}");
        let (status, _, problem) = run(&stage, &collect(&[&strikes]));
        assert_eq!(status, 2, "{problem}");
        let sentence = "the number of strikes each side of the money must be a whole number from 1 to 50";
        assert!(problem.contains(sentence), "{problem}");
    }
    let ended = document(&stage, &collect(&["--strikes", "3"]));
    assert_eq!((&ended["contracts"], &ended["left_out"]), (&json!(NEAR), &json!(LISTED - NEAR)));
    let shown = document(&stage, &["jobs", "show", "1"]);
    assert_eq!((&shown["plan"]["strikes"], &shown["left_out"]), (&json!(3), &json!(LISTED - NEAR)));
    let (_, words, _) = run(&stage, &["jobs", "show", "1"]);
    assert!(words.contains("NIFTY · 21 Aug 2025 · options, ATM ± 3\n"), "{words}");
    assert!(words.contains(&format!("strikes    {} beyond ATM ± 3 left out", LISTED - NEAR)), "{words}");
    let rest = document(&stage, &collect(&[]));
    assert_eq!((&rest["contracts"], &rest["left_out"]), (&json!(LISTED), &json!(0)));
    assert_eq!(document(&stage, &["jobs", "show", "2"])["plan"]["strikes"], Value::Null);

    let words = ["schedule", "add", "--underlying", "NIFTY", "--kind", "options", "--strikes", "7"];
    assert_eq!(document(&stage, &words)["strikes"], json!(7));
    let (_, words, _) = run(&stage, &["schedule", "change", "1", "--underlying", "NIFTY", "--strikes", "8"]);
    assert!(words.contains("strikes   ATM ± 8"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rest_orders_them_and_shows_them_in_the_plan() {
    let stage = stage().await;
    let server = Server::start(&stage);
    let order = |strikes: Value| {
        json!({ "underlyings": ["NIFTY"], "expiries": { "dates": [EXPIRY] }, "kinds": "options", "days": 10,
                "interval": "day", "with_underlying": false, "strikes": strikes })
    };
    for (path, given, sentence) in [
        (
            "jobs",
            json!(0),
            "strikes: the number of strikes each side of the money must be a whole number from 1 to 50, not 0",
        ),
        (
            "estimate",
            json!(51),
            "strikes: the number of strikes each side of the money must be a whole number from 1 to 50, not 51",
        ),
        ("jobs", json!("near"), "strikes must be a whole number from 1 to 50, not \"near\""),
        ("schedules", json!(99), "strikes: the number of strikes each side of the money must be"),
    ] {
        let mut body = order(given);
        if path == "schedules" {
            body["expiries"] = json!("weekly");
        }
        let (status, problem) = server.ask(Method::POST, path, body).await;
        assert_eq!(status, 400, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(sentence), "{problem}");
    }
    let (_, estimate) = server.ask(Method::POST, "estimate", order(json!(3))).await;
    assert_eq!((&estimate["contracts_low"], &estimate["contracts_high"]), (&json!(14), &json!(LISTED)));
    let (status, job) = server.ask(Method::POST, "jobs", order(json!(3))).await;
    assert_eq!((status, &job["plan"]["strikes"]), (201, &json!(3)), "{job}");
    // Beside the server the command goes through it, and takes up what is the same work.
    let ended = document(&stage, &collect(&["--strikes", "3"]));
    assert_eq!((&ended["contracts"], &ended["left_out"]), (&json!(NEAR), &json!(LISTED - NEAR)));
    let id = ended["job"].as_u64().unwrap();
    let (_, grid) = server.ask(Method::GET, &format!("jobs/{id}/grid"), Value::Null).await;
    assert_eq!(grid["expiries"][0]["left_out"], json!(LISTED - NEAR));
    assert_eq!(grid["open"]["cells"].as_array().unwrap().len() as u64, NEAR);
    // It is known now where the underlying went.
    let (_, estimate) = server.ask(Method::POST, "estimate", order(json!(3))).await;
    assert_eq!((&estimate["contracts"], &estimate["contracts_high"]), (&json!(NEAR), &json!(NEAR)));
    let expiries = "expiries?underlying=NIFTY&days=10&interval=day";
    let (_, expiries) = server.ask(Method::GET, expiries, Value::Null).await;
    let row =
        expiries["expiries"].as_array().unwrap().iter().find(|row| row["date"] == json!(EXPIRY)).unwrap();
    let options = &row["options"];
    assert_eq!((&options["collected"], &options["contracts"]), (&json!(NEAR), &json!(LISTED)), "{row}");
}
