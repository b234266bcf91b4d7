//! A symbol or a name stands wherever a key does: on the command line without a server and beside one, and over
//! REST. What is refused, with which status and in which words.

use crate::executable;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use crate::common::Stage;
use serde_json::{Value, json};

const BANK: &str = "NSE_INDEX|Nifty Bank";

fn expirytrack(stage: &Stage, words: &[&str]) -> Command {
    let mut command = Command::new(executable::PATH);
    executable::settle(&mut command, stage).args(words);
    command
}

/// Exit status, standard output as JSON, standard error.
fn run(stage: &Stage, words: &[&str]) -> (i32, Value, String) {
    let output = expirytrack(stage, &[words, &["--json"]].concat()).output().unwrap();
    let told = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code().unwrap(), told, String::from_utf8(output.stderr).unwrap())
}

fn sign_in(stage: &Stage) {
    let mut login = expirytrack(stage, &["login", "--token-stdin"]);
    let mut login = login.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    login.stdin.take().unwrap().write_all(b"simulated").unwrap();
    assert!(login.wait().unwrap().success());
}

struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(stage: &Stage) -> Self {
        let mut command = expirytrack(stage, &["serve", "--addr", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines.next().unwrap().unwrap().split_whitespace().last().unwrap().to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> (u16, Value) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = http.get(format!("{}/api/v1/{path}", self.address)).query(query).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = http.post(format!("{}/api/v1/{path}", self.address)).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn first_symbol(document: &Value) -> &str {
    document["instruments"][0]["underlying"]["symbol"].as_str().unwrap_or_default()
}

/// What a command says where there is no such name, and where several may be meant.
fn assert_refusals(stage: &Stage) {
    let (status, _, problem) = run(stage, &["expiries", "GOLDGOLD"]);
    assert_eq!(status, 2, "{problem}");
    assert!(problem.contains("no index and no stock is called \"GOLDGOLD\""), "{problem}");
    let (status, _, problem) = run(stage, &["collect", "--underlying", "bank", "--last", "1"]);
    assert_eq!(status, 2, "{problem}");
    assert!(problem.contains("BANKNIFTY (Nifty Bank, NSE_INDEX|Nifty Bank), BANKEX"), "{problem}");
    let (status, _, problem) = run(stage, &["expiries", "NIFTY,BANKNIFTY"]);
    assert!(
        status == 2 && problem.contains("are several names, and each is asked for by itself"),
        "{problem}"
    );
    // Where several may stand, a comma is between them.
    let (status, _, problem) = run(stage, &["collect", "--underlying", "NIFTY,GOLDGOLD", "--last", "1"]);
    assert!(status == 2 && problem.contains("is called \"GOLDGOLD\""), "{status} {problem}");
    for (name, sentence) in [("MCX_FO|428750", "commodity key"), ("NSE_FO|47983", "is a contract")] {
        let (status, _, problem) = run(stage, &["expiries", name]);
        assert_eq!(status, 2, "{problem}");
        assert!(problem.contains(sentence), "{problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_taken_by_every_command_and_every_address() {
    let stage = Stage::new().await;
    sign_in(&stage);
    let searches = [
        ("bank nifty", "BANKNIFTY"),
        ("nifty50", "NIFTY"),
        ("midcap nifty", "MIDCPNIFTY"),
        ("SNSX50", "SENSEX50"),
    ];
    for (text, symbol) in searches {
        let (status, found, problem) = run(&stage, &["instruments", "--search", text]);
        assert_eq!((status, first_symbol(&found)), (0, symbol), "{problem}");
    }
    let (status, listed, problem) = run(&stage, &["expiries", "BANKNIFTY"]);
    assert_eq!((status, listed["underlying"].as_str()), (0, Some(BANK)), "{problem}");
    let (status, listed, problem) =
        run(&stage, &["contracts", "nifty bank", "2025-08-28", "--kind", "futures"]);
    assert_eq!((status, listed["contracts"].as_array().unwrap().len()), (0, 1), "{problem}");
    let collect = [
        "collect",
        "--underlying",
        "bank nifty",
        "--expiry",
        "2025-08-28",
        "--kind",
        "futures",
        "--days",
        "2",
    ];
    let (status, outcome, problem) = run(&stage, &collect);
    assert_eq!((status, outcome["status"].as_str()), (0, Some("completed")), "{problem}");
    let (status, found, problem) = run(&stage, &["find", "bn", "fut", "28", "aug"]);
    assert_eq!((status, found["found"][0]["stored"].as_bool()), (0, Some(true)), "{problem}");
    assert_eq!(found["found"][0]["kind"], "contract", "{found}");
    let (status, found, problem) = run(&stage, &["find", "goldgold"]);
    assert_eq!((status, found["found"].as_array().map(Vec::len)), (0, Some(0)));
    assert!(problem.contains("nothing is known here of \"goldgold\""), "{problem}");
    assert_eq!(run(&stage, &["find", ""]).0, 2);
    assert_eq!(run(&stage, &["verify", "--underlying", "BANKNIFTY"]).0, 0);
    assert_refusals(&stage);
    assert!(run(&stage, &["expiries", "GOLDGOLD"]).2.contains("expirytrack instruments --search"));
    let (status, _, problem) = run(&stage, &["schedule", "add", "--underlying", "BANKNIFTY", "--weekly"]);
    assert_eq!(status, 2);
    assert!(problem.contains("BANKNIFTY has monthly expiries only"), "{problem}");

    let server = Server::start(&stage);
    // Beside the server the same commands give the same answers.
    assert_eq!(run(&stage, &["expiries", "bank nifty"]).1["underlying"], BANK);
    assert_refusals(&stage);
    let (status, made, problem) = run(&stage, &["schedule", "add", "--underlying", "BANKNIFTY", "--monthly"]);
    assert_eq!((status, &made["underlyings"]), (0, &json!([BANK])), "{problem}");
    for (text, symbol) in searches {
        let (status, found) = server.get("instruments", &[("search", text)]).await;
        assert_eq!((status, first_symbol(&found)), (200, symbol));
        assert!(found["master"]["had_at"].is_i64() && found["master"]["problem"].is_null(), "{found}");
    }
    for (path, query) in [
        ("expiries", &[("underlying", "BANKNIFTY")][..]),
        ("contracts", &[("underlying", "bank nifty"), ("expiry", "2025-08-28")]),
        ("coverage", &[("underlying", "NIFTYBANK"), ("days", "2")]),
    ] {
        let (status, document) = server.get(path, query).await;
        assert_eq!((status, document["underlying"].as_str()), (200, Some(BANK)), "{path}: {document}");
    }
    let order = json!({ "underlyings": ["BANKNIFTY"], "expiries": { "each": { "bank nifty": ["2025-08-28"] } },
                        "kinds": "futures", "days": 2 });
    let (status, job) = server.post("jobs", order).await;
    assert_eq!((status, &job["plan"]["targets"][0]["underlying"]), (201, &json!(BANK)), "{job}");
    for (query, expected, sentence) in [
        ("bank", 400, "BANKEX"),
        ("GOLDGOLD", 400, "no index and no stock"),
        ("&&", 400, "names no index"),
        ("NSE_EQ|INE000000000", 404, "Upstox knows no expired contracts of NSE_EQ|INE000000000"),
        ("NCD_FO|USDINR", 400, "currency key"),
    ] {
        let (status, problem) = server.get("expiries", &[("underlying", query)]).await;
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert_eq!(status, expected, "{problem}");
        assert!(detail.contains(sentence) && !detail.contains('`'), "{detail}");
    }
}
