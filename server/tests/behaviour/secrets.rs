//! Secrets are planted in the real executable over REST and by commands, some where they do not belong, and then looked
//! for where they must not be: in every answer and page, in what is logged at the finest level, on terminals, and in
//! every file of the data directory.
//!
//! What is added to the program is mostly found by itself: addresses come from the program's own document, files from the
//! directory. A new secret is a line of `Secrets::plant`, a new command one of `commands`.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::common::Stage;
use crate::executable;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

const API_KEY: &str = "planted-api-key-7c1f05";
const API_SECRET: &str = "planted-api-secret-93ab";
const MAIL_PASSWORD: &str = "planted-mail-password";
const WEBHOOK_SECRET: &str = "planted-webhook-secret";
const PASSPHRASE: &str = "planted passphrase of some length";
const WRONG_PASSPHRASE: &str = "planted passphrase that is wrong";
const REFUSED_TOKEN: &str = "planted-token-that-is-refused";
const CODE: &str = "planted-code-of-nobody";
/// In requests that are refused before anybody reads them.
const MISPLACED: &str = "planted-where-it-does-not-belong";

const PAGES: [&str; 10] =
    ["", "collect", "jobs", "schedules", "notices", "settings", "status", "signin", "browse", "no/such/page"];

/// A token that the simulator takes for one of an earlier run.
fn token() -> String {
    let payload = r#"{"sub":"planted","iss":"expirytrack-simulator","exp":4102444800}"#;
    ["planted-head", payload, "planted-signature"].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".")
}

/// What must be nowhere, in the forms that it may take on its way.
fn needles() -> Vec<Vec<u8>> {
    let planted = [
        API_KEY,
        API_SECRET,
        MAIL_PASSWORD,
        WEBHOOK_SECRET,
        PASSPHRASE,
        WRONG_PASSPHRASE,
        REFUSED_TOKEN,
        CODE,
        MISPLACED,
        &token(),
    ];
    let forms = |text: &str| [text.to_owned(), STANDARD.encode(text), text.replace(' ', "%20"), hex(text)];
    planted.into_iter().flat_map(forms).map(String::into_bytes).collect()
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn assert_clean(place: &str, bytes: &[u8]) {
    for needle in needles() {
        let found = bytes.windows(needle.len()).position(|part| part == needle);
        if let Some(at) = found {
            let around = &bytes[at.saturating_sub(300)..(at + needle.len() + 100).min(bytes.len())];
            panic!("{place} tells a secret: …{}…", String::from_utf8_lossy(around));
        }
    }
}

/// Every file under a directory.
fn assert_clean_files(directory: &Path) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            assert_clean_files(&path);
        } else {
            assert_clean(&path.display().to_string(), &std::fs::read(&path).unwrap());
        }
    }
}

/// What the test writes itself lies apart from what the program writes.
struct Scene {
    stage: Stage,
    own: TempDir,
}

impl Scene {
    async fn new() -> Self {
        let scene = Self { stage: Stage::new().await, own: TempDir::new().unwrap() };
        std::fs::write(scene.passphrase_file(), PASSPHRASE).unwrap();
        std::fs::write(scene.own.path().join("wrong"), WRONG_PASSPHRASE).unwrap();
        scene
    }

    fn passphrase_file(&self) -> PathBuf {
        self.own.path().join("passphrase")
    }

    /// A command that opens the directory, as talkative as it can be.
    fn expirytrack(&self, words: &[&str]) -> Command {
        let mut command = Command::new(executable::PATH);
        executable::settle(&mut command, &self.stage).args(words);
        command.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full");
        command.env("EXPIRYTRACK_PASSPHRASE_FILE", self.passphrase_file());
        command
    }

    /// Runs a command to its end; what it said is clean, and its standard output comes back.
    fn run(&self, words: &[&str], input: &str, succeeds: bool) -> String {
        self.run_command(self.expirytrack(words), words, input, succeeds)
    }

    fn run_command(&self, mut command: Command, words: &[&str], input: &str, succeeds: bool) -> String {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // One that is refused at once does not read.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.success(), succeeds, "{words:?}: {told}");
        assert!(!told.contains("panicked"), "{words:?}: {told}");
        assert_clean(&format!("{words:?} on standard output"), &output.stdout);
        assert_clean(&format!("{words:?} on standard error"), &output.stderr);
        String::from_utf8(output.stdout).unwrap()
    }

    fn sealed_names(&self) -> Vec<String> {
        let connection = rusqlite::Connection::open(self.stage.data.path().join("expirytrack.db")).unwrap();
        let mut statement = connection.prepare("SELECT name FROM vault ORDER BY name").unwrap();
        let names = statement.query_map([], |row| row.get(0)).unwrap();
        names.map(Result::unwrap).collect()
    }
}

struct Server {
    child: Child,
    address: String,
    http: reqwest::Client,
    log: PathBuf,
    output: PathBuf,
}

impl Server {
    fn start(scene: &Scene) -> Self {
        let (log, output) = (scene.own.path().join("log"), scene.own.path().join("output"));
        let mut command = scene.expirytrack(&["serve", "--addr", "127.0.0.1:0"]);
        let to = |path: &Path| File::create(path).unwrap();
        let child = command.stdout(to(&output)).stderr(to(&log)).spawn().unwrap();
        let address = told_address(&log);
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        Self { child, address, http: http.build().unwrap(), log, output }
    }

    /// An answer is clean whatever it says, its headers too.
    async fn ask(&self, method: Method, path: &str, body: Option<String>) -> (u16, String) {
        let mut request = self.http.request(method.clone(), format!("{}/{path}", self.address));
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), format!("{:?}", answer.headers()));
        let text = answer.text().await.unwrap();
        // The one place where the API key has to be: the address of the broker's dialog, sent to the browser.
        let is_dialog = path == "login" || path == "api/v1/session/dialog" && method == Method::POST;
        let clean = |text: &str| if is_dialog { text.replace(API_KEY, "") } else { text.to_owned() };
        assert_clean(&format!("{method} {path}, headers"), clean(&headers).as_bytes());
        assert_clean(&format!("{method} {path}"), clean(&text).as_bytes());
        (status, text)
    }

    async fn put(&self, path: &str, body: Value) -> Value {
        self.send(Method::PUT, path, body).await
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.send(Method::POST, path, body).await
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> Value {
        let (status, text) = self.ask(method, &format!("api/v1/{path}"), Some(body.to_string())).await;
        assert!((200..300).contains(&status), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn get(&self, path: &str) -> (u16, String) {
        self.ask(Method::GET, path, None).await
    }

    /// What it logged is clean, and is something.
    fn assert_clean_logs(&self) {
        let log = std::fs::read(&self.log).unwrap();
        assert!(String::from_utf8_lossy(&log).contains("DEBUG"), "the log says too little to prove anything");
        assert_clean("the log", &log);
        assert_clean("the output", &std::fs::read(&self.output).unwrap());
    }

    /// Ends it as Ctrl-C does.
    fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        self.child.wait().unwrap();
        self.assert_clean_logs();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Among everything else that a talkative server says.
fn told_address(log: &Path) -> String {
    loop {
        let lines = BufReader::new(File::open(log).unwrap()).lines().map_while(Result::ok);
        let found = lines.filter(|line| line.starts_with("ExpiryTrack is at")).find_map(|line| {
            line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned)
        });
        if let Some(address) = found {
            return address;
        }
        std::thread::yield_now();
    }
}

async fn plant(server: &Server) {
    let app = json!({ "api_key": API_KEY, "api_secret": API_SECRET });
    let picture = server.put("session/app", app).await;
    assert_eq!(picture["key_end"], json!(API_KEY[API_KEY.len() - 4..]), "{picture}");
    let settings = json!({
        "email": { "host": "127.0.0.1", "port": 9, "security": "none", "user": "somebody",
                   "from": "a@example.org", "to": ["b@example.org"], "kinds": ["job_failed"] },
        "webhook": { "url": "http://127.0.0.1:9/", "kinds": ["job_failed"] },
        "secrets": { "email": MAIL_PASSWORD, "webhook": WEBHOOK_SECRET },
    });
    server.put("notices/settings", settings).await;
    let session = server.post("session", json!({ "token": token() })).await;
    assert_eq!((&session["state"], &session["checked"]), (&json!("signed_in"), &json!(true)), "{session}");
}

/// Every way to be refused that has a secret in it.
async fn misplace(server: &Server) {
    for channel in ["email", "webhook"] {
        let outcome = server.post("notices/test", json!({ "channel": channel })).await;
        assert_eq!(outcome["delivered"], json!(false), "{outcome}");
    }
    server.post("session/app/test", json!({})).await;
    server.post("session/dialog", json!({})).await;
    server.get("login").await;
    let (status, _) = server.get(&format!("callback?state=unknown&code={CODE}")).await;
    assert_eq!(status, 200);
    let ended = format!("http://127.0.0.1:5000/callback?state=unknown&code={CODE}");
    let refused = [
        (Method::POST, "session", json!({ "token": REFUSED_TOKEN })),
        (Method::POST, "session", json!({ "token": [MISPLACED] })),
        (Method::POST, "session", json!({ MISPLACED: 1 })),
        (Method::POST, "session", json!(MISPLACED)),
        (Method::POST, "session/dialog/return", json!({ "address": ended })),
        (Method::POST, "session/dialog/return", json!({ "address": { MISPLACED: MISPLACED } })),
        (Method::PUT, "session/app", json!({ "api_key": MISPLACED, "api_secret": 5 })),
        (Method::PUT, "session/app", json!({ "api_key": MISPLACED, "redirect_uri": "no address" })),
        (Method::PUT, "notices/settings", json!({ "secrets": { MISPLACED: MISPLACED } })),
        (Method::PUT, "notices/settings", json!({ "secrets": { "email": { "password": MISPLACED } } })),
    ];
    for (method, path, body) in refused {
        for text in [body.to_string(), format!("{body}{MISPLACED}"), body.to_string().replace('}', "")] {
            let (status, answer) = server.ask(method.clone(), &format!("api/v1/{path}"), Some(text)).await;
            assert!((400..500).contains(&status), "{path} {body}: {status} {answer}");
        }
    }
}

/// Every address of the program's own document that needs no more than itself, and the pages.
async fn look_at_everything(server: &Server) {
    let (_, document) = server.get("api/v1/openapi.json").await;
    let document: Value = serde_json::from_str(&document).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let readable = paths.iter().filter(|(path, ways)| ways["get"].is_object() && !path.contains('{'));
    let readable: Vec<&str> = readable.map(|(path, _)| path.trim_start_matches('/')).collect();
    assert!(readable.len() > 10, "{readable:?}");
    for path in readable {
        let path = if path.starts_with("api/") { path.to_owned() } else { format!("api/v1/{path}") };
        // One answer never ends, unless it is refused.
        let path = if path == "api/v1/stream" { "api/v1/stream?after=now".to_owned() } else { path };
        server.get(&path).await;
    }
    for page in PAGES {
        server.get(page).await;
    }
    for path in ["metrics", "healthz", "readyz"] {
        server.get(path).await;
    }
}

/// Commands beside the server, and such as are refused.
fn commands(scene: &Scene) {
    scene.run(&["login", "--token-stdin"], REFUSED_TOKEN, false);
    scene.run(&["login", "--token-stdin"], &format!("{MISPLACED} {MISPLACED}"), false);
    scene.run(&["login", "--app-stdin"], MISPLACED, false);
    for words in [["jobs", "--json"], ["schedule", "--json"], ["instruments", "--json"], ["verify", "--json"]]
    {
        scene.run(&words, "", true);
    }
}

#[test]
#[should_panic(expected = "the log tells a secret")]
fn a_secret_that_is_told_is_found() {
    assert_clean("the log", format!("something {} else", STANDARD.encode(PASSPHRASE)).as_bytes());
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_that_were_planted_are_found_nowhere() {
    let scene = Scene::new().await;
    let data = scene.stage.data.path();
    scene.run(&["login", "--token-stdin"], &token(), true);
    let server = Server::start(&scene);
    plant(&server).await;
    look_at_everything(&server).await;
    misplace(&server).await;
    commands(&scene);
    look_at_everything(&server).await;
    assert!(
        data.join("expirytrack.db-wal").metadata().unwrap().len() > 0,
        "the write-ahead log is looked at too"
    );
    assert_clean_files(data);
    server.stop();
    assert_clean_files(data);
    let names = scene.sealed_names();
    assert_eq!(names.len(), 5, "the check value and what was planted: {names:?}");

    // The passphrase: a wrong one, a short one, none, and both ways of sealing.
    let mut wrong = scene.expirytrack(&["vault", "to-key-file"]);
    wrong.env("EXPIRYTRACK_PASSPHRASE_FILE", scene.own.path().join("wrong"));
    scene.run_command(wrong, &["vault", "to-key-file"], "", false);
    std::fs::write(scene.own.path().join("short"), "planted").unwrap();
    let mut short = scene.expirytrack(&["login", "--token-stdin"]);
    short.env("EXPIRYTRACK_PASSPHRASE_FILE", scene.own.path().join("short"));
    scene.run_command(short, &["login"], &token(), false);
    let mut none = scene.expirytrack(&["login", "--token-stdin"]);
    none.env_remove("EXPIRYTRACK_PASSPHRASE_FILE");
    scene.run_command(none, &["login"], &token(), false);
    let mut asked = scene.expirytrack(&["vault", "to-key-file", "--passphrase"]);
    asked.env_remove("EXPIRYTRACK_PASSPHRASE_FILE");
    scene.run_command(asked, &["vault", "without a terminal"], "", false);
    assert_eq!(scene.sealed_names(), names);
    scene.run(&["vault", "to-key-file"], "", true);
    assert_clean_files(data);
    scene.run(&["vault", "to-passphrase"], "", true);
    assert_clean_files(data);
    assert_eq!(scene.sealed_names(), names);
    // What was planted is there all the same: signed in, with the app.
    let server = Server::start(&scene);
    let (_, session) = server.get("api/v1/session").await;
    assert!(session.contains("\"signed_in\""), "{session}");
    let (_, app) = server.get("api/v1/session/app").await;
    assert!(app.contains(&API_KEY[API_KEY.len() - 4..]), "{app}");
    server.stop();
}
