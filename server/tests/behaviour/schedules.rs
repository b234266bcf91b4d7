//! Schedules and notices of the real executable: by the command line beside a running server and without one,
//! and over REST; what is refused, with which status; and no secret in an answer, a file or the log.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Output, Stdio};

use crate::common::{Stage, files_below};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use simulator::Faults;

const PASSWORD: &str = "planted-password-7321";
const SECRET: &str = "planted-signing-secret-9917";
const NIFTY: &str = "NSE_INDEX|Nifty 50";

fn expirytrack(stage: &Stage, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_expirytrack"));
    command.args(words);
    command.env("EXPIRYTRACK_UPSTOX_URL", stage.address.to_string());
    command.env("EXPIRYTRACK_DATA_DIR", stage.data.path());
    // Settings of whoever runs the tests must not count.
    command.env_remove("EXPIRYTRACK_KEY_FILE").current_dir(stage.data.path());
    command
}

fn run(stage: &Stage, words: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = expirytrack(stage, words).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// `--json` of a command that succeeds.
fn document(stage: &Stage, words: &[&str]) -> Value {
    let (status, told, problem) = run(stage, &[words, &["--json"]].concat());
    assert_eq!(status, 0, "{words:?}: {problem}");
    serde_json::from_str(&told).unwrap()
}

struct Server {
    child: Child,
    address: String,
    http: Client,
}

impl Server {
    fn start(stage: &Stage) -> Self {
        let words = ["serve", "--addr", "127.0.0.1:0"];
        let log = std::fs::File::create(stage.data.path().join("log")).unwrap();
        let mut command = expirytrack(stage, &words);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let address = first.split_whitespace().last().unwrap().to_owned();
        std::thread::spawn(move || {
            let mut log = log;
            for line in lines.map_while(Result::ok) {
                writeln!(log, "{line}").unwrap();
            }
        });
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().no_proxy().build().unwrap();
        Self { child, address, http }
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let address = format!("{}/api/v1/{path}", self.address);
        let answer = self.http.request(method, address).json(&body).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(!text.contains(PASSWORD) && !text.contains(SECRET), "{path}: {text}");
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.ask(Method::GET, path, Value::Null).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn sign_in(stage: &Stage) {
    let mut login = expirytrack(stage, &["login", "--token-stdin"]);
    let mut login = login.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    login.stdin.take().unwrap().write_all(b"simulated").unwrap();
    assert!(login.wait().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_makes_and_steers_schedules_with_and_without_a_server() {
    let stage = Stage::new().await;
    let add = ["schedule", "add", "--underlying", NIFTY, "--days", "2"];
    let made = document(&stage, &[&add[..], &["--weekly", "--kind", "futures"]].concat());
    assert_eq!((made["id"].as_i64(), made["expiries"].as_str()), (Some(1), Some("weekly")));
    assert_eq!(made["name"], "Nifty 50 · weekly expiries");
    assert_eq!(run(&stage, &["schedule", "run", "1"]).0, 3, "nobody is signed in");

    let server = Server::start(&stage);
    let made = document(&stage, &[&add[..], &["--cron", "30 7 * * 2-6", "--name", "Mine"]].concat());
    assert_eq!((made["id"].as_i64(), made["name"].as_str()), (Some(2), Some("Mine")));
    assert!(made["when_words"].as_str().unwrap().contains("07:30"));
    for refused in [["--cron", "soon"], ["--at", "05:59"], ["--days", "0"], ["--at", "noon"]] {
        assert_eq!(run(&stage, &[&add[..4], &refused[..]].concat()).0, 2, "{refused:?}");
    }
    assert_eq!(run(&stage, &["schedule", "add", "--underlying", "MCX_FO|1"]).0, 2);
    assert_eq!(run(&stage, &["schedule", "remove", "9"]).0, 2);
    assert_eq!(run(&stage, &["schedule", "run", "2"]).0, 3);

    sign_in(&stage);
    let ran = document(&stage, &["schedule", "run", "2"]);
    assert_eq!(ran["last_run"]["job"], 1);
    assert_eq!(document(&stage, &["schedule", "pause", "2"])["state"], "paused");
    assert_eq!(document(&stage, &["schedule", "resume", "2"])["state"], "planned");
    assert_eq!(document(&stage, &["schedule", "remove", "1"])["removed"], 1);
    let (status, table, _) = run(&stage, &["schedule"]);
    assert!(status == 0 && table.contains("Mine") && table.contains("job 1"), "{table}");
    drop(server);

    // The server is gone, what it made is not.
    let left = document(&stage, &["schedule", "list"]);
    assert_eq!(left["schedules"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn rest_refuses_in_problem_documents_and_previews_cron() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    let (status, preview) = server.get("schedules/preview?cron=30%207%20*%20*%202-6").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(preview["next_runs"].as_array().unwrap().len(), 5);
    assert!(preview["warning"].is_null(), "{preview}");
    let (status, hasty) = server.get("schedules/preview?cron=*%20*%20*%20*%20*").await;
    assert_eq!(status, StatusCode::OK);
    assert!(hasty["warning"].as_str().unwrap().contains("asks Upstox for its lists again"), "{hasty}");
    let (status, preview) = server.get("schedules/preview?after_expiry=06:45").await;
    assert_eq!(status, StatusCode::OK);
    assert!(preview["words"].as_str().unwrap().contains("06:45"), "{preview}");
    let rule = json!({ "underlyings": [NIFTY], "when": { "after_expiry": "07:30" } });
    let (status, made) = server.ask(Method::POST, "schedules", rule.clone()).await;
    assert_eq!((status, made["state"].as_str()), (StatusCode::CREATED, Some("planned")));
    let one = format!("schedules/{}", made["id"]);
    let (status, held) = server.ask(Method::PATCH, &one, json!({ "enabled": false })).await;
    assert_eq!((status, held["state"].as_str()), (StatusCode::OK, Some("paused")));

    let early = json!({ "underlyings": [NIFTY], "when": { "after_expiry": "05:00" } });
    let stranger = json!({ "underlyings": ["NSE_EQ|INE000000000"] });
    let never = "schedules/preview?cron=0%200%2030%202%20*";
    let get = Method::GET;
    for (method, path, body, expected, sentence) in [
        (get.clone(), "schedules/preview?cron=soon", Value::Null, 400, "30 7 * * 2-6"),
        (get.clone(), never, Value::Null, 400, "never comes"),
        (Method::POST, "schedules", early, 400, "06:00 to 23:59"),
        // Only the broker can say whether it knows such a key, and nobody is signed in.
        (Method::POST, "schedules", stranger, 401, "sign-in needed"),
        (Method::POST, "schedules", json!({ "underlyings": [] }), 400, "1 to 300"),
        (Method::POST, &one, rule, 405, ""),
        (Method::DELETE, "schedules/9", Value::Null, 404, "no schedule 9"),
        (Method::DELETE, "schedules/x", Value::Null, 400, "whole number"),
        (Method::POST, &format!("{one}/run"), Value::Null, 401, "sign-in needed"),
        (Method::POST, "notices/test", json!({ "channel": "pigeon" }), 400, "pigeon"),
    ] {
        let (status, problem) = server.ask(method, path, body).await;
        assert_eq!(status.as_u16(), expected, "{path}: {problem}");
        assert!(problem["detail"].as_str().unwrap_or_default().contains(sentence), "{path}: {problem}");
    }
    assert_eq!(server.ask(Method::DELETE, &one, Value::Null).await.0, StatusCode::NO_CONTENT);
    assert_eq!(server.get("schedules").await.1, json!({ "schedules": [] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_go_in_and_never_come_out() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    let settings = json!({
        "email": { "host": "127.0.0.1", "port": 9, "security": "none", "user": "trader",
                   "from": "et@example.com", "to": ["me@example.com"], "kinds": ["job_failed"] },
        "webhook": { "url": "http://127.0.0.1:9/", "kinds": ["job_failed"] },
        "secrets": { "email": PASSWORD, "webhook": SECRET },
    });
    let (status, kept) = server.ask(Method::PUT, "notices/settings", settings.clone()).await;
    assert_eq!(status, StatusCode::OK, "{kept}");
    assert_eq!(
        (&kept["states"]["email"]["has_secret"], &kept["states"]["webhook"]["has_secret"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(server.get("notices/settings").await.1, kept);
    for channel in ["email", "webhook"] {
        let (status, outcome) = server.ask(Method::POST, "notices/test", json!({ "channel": channel })).await;
        assert_eq!((status, &outcome["delivered"]), (StatusCode::OK, &json!(false)), "{outcome}");
    }
    let mut broken = settings.clone();
    broken["secrets"]["email"] = json!([PASSWORD]);
    let mut elsewhere = settings;
    elsewhere["email"]["host"] = json!("mail.example.com");
    for refused in [broken, elsewhere] {
        let (status, _) = server.ask(Method::PUT, "notices/settings", refused).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }
    let (status, page) = server.get("notices").await;
    assert_eq!((status, page["unread"].as_i64()), (StatusCode::OK, Some(0)));
    assert_eq!(server.ask(Method::POST, "notices/read", json!({ "up_to": 1 })).await.0, StatusCode::OK);
    drop(server);
    for path in files_below(stage.data.path()) {
        let bytes = std::fs::read(&path).unwrap();
        for planted in [PASSWORD, SECRET] {
            let shows = bytes.windows(planted.len()).any(|part| part == planted.as_bytes());
            assert!(!shows, "{planted} in {}", path.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_takes_the_same_words_by_rest_and_by_the_command_line() {
    let stage = Stage::new().await;
    stage.set_faults(Faults { latency_ms: 300, ..Faults::default() });
    sign_in(&stage);
    let server = Server::start(&stage);
    let order = json!({"underlyings": [NIFTY], "expiries": {"last": 1}, "days": 2});
    let (status, made) = server.ask(Method::POST, "jobs", order).await;
    assert_eq!((status, made["id"].as_i64()), (StatusCode::CREATED, Some(1)), "{made}");
    let targets = |job: &Value| job["plan"]["targets"].as_array().map(Vec::len);
    assert_eq!(targets(&made), Some(1));
    assert_eq!(targets(&server.get("jobs/1").await.1), Some(1));
    let listed = server.get("jobs").await.1["jobs"][0].clone();
    assert_eq!((targets(&listed), listed["plan"]["expiries"].as_i64()), (None, Some(1)));
    assert_eq!(targets(&document(&stage, &["jobs", "show", "1"])), Some(1));

    assert_eq!(document(&stage, &["jobs", "pause", "1"])["status"], "paused");
    let (status, refused) = server.ask(Method::POST, "jobs/1/pause", json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(refused["detail"].as_str().unwrap().contains("it cannot be paused"), "{refused}");
    let (status, refused) = server.ask(Method::POST, "jobs/1/explode", json!({})).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(refused["detail"].as_str().unwrap().contains("pause, resume, cancel and retry"), "{refused}");
    assert_eq!(server.get("jobs/1").await.1["status"], "paused", "an unknown word changes nothing");
    assert_eq!(run(&stage, &["jobs", "resume", "1"]).0, 0);
    let (status, ended) = server.ask(Method::POST, "jobs/1/cancel", json!({})).await;
    assert_eq!((status, &ended["status"]), (StatusCode::OK, &json!("cancelled")));
    assert_eq!(run(&stage, &["jobs", "retry", "1"]).0, 0);

    let loops = server.get("status").await.1["loops"].clone();
    let names: Vec<_> = loops.as_array().unwrap().iter().map(|of| of["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["jobs", "schedules", "deliveries", "sign-in", "backups", "exports", "lake"]);
    assert!(loops.as_array().unwrap().iter().all(|of| of["running"] == true), "{loops}");

    let direct = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    for (next, back) in [("%2Fjobs%2F1", "%2Fjobs%2F1"), ("%2F%09%2Fevil.example", "%2F")] {
        let answer = direct.get(format!("{}/login?next={next}", server.address)).send().await.unwrap();
        assert_eq!(answer.headers()["location"], format!("/signin?next={back}"));
    }
}
