//! The real executable beside a scripted broker: run to its end, or as a server, in an environment of its own.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::{Client, Method};
use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;

use crate::broker::{Ask, Broker, Reply};

/// A command that takes longer hangs; it is ended and the test fails.
const PATIENCE_LOOKS: u32 = 9_000;
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The scripted broker, and a data directory in which somebody has signed in.
pub struct Case {
    pub broker: Broker,
    data: TempDir,
    output: TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ran {
    pub words: String,
    pub exit: Option<i32>,
    /// Standard output, read as JSON; null where it is none.
    pub json: Value,
    pub output: String,
    /// Standard error.
    pub told: String,
    /// The most memory that was resident at once, in kB.
    pub memory_max: u64,
}

impl Case {
    pub fn new(script: impl Fn(&Ask) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let case = Self {
            broker: Broker::start(script),
            data: TempDir::new().unwrap(),
            output: TempDir::new().unwrap(),
        };
        let mut login = case.command(&["login", "--token-stdin"]);
        let mut login = login.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        login.stdin.take().unwrap().write_all(b"a-token").unwrap();
        assert!(login.wait().unwrap().success(), "nobody could sign in");
        // Signing in asks whose the token is and whether the plan is the right one: no asking of a case's.
        case.broker.log().clear();
        case
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_expirytrack"));
        // The settings of whoever runs the tests must not count.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("EXPIRYTRACK_") {
                command.env_remove(name);
            }
        }
        command.env("EXPIRYTRACK_UPSTOX_URL", &self.broker.address);
        command.env("EXPIRYTRACK_DATA_DIR", self.data.path()).env("EXPIRYTRACK_RATE_LIMITS", "off");
        command.current_dir(self.data.path()).stdin(Stdio::null()).args(words);
        command
    }

    /// Runs a command with `--json` to its end.
    pub fn run(&self, words: &[&str]) -> Ran {
        let file = |name: &str| self.output.path().join(name);
        let mut command = self.command(words);
        command.arg("--json");
        command.stdout(File::create(file("output")).unwrap()).stderr(File::create(file("told")).unwrap());
        let mut child = command.spawn().unwrap();
        let (mut exit, mut memory_max, mut looks) = (None, 0, 0);
        while exit.is_none() && looks < PATIENCE_LOOKS {
            memory_max = memory_of(&child).max(memory_max);
            exit = child.try_wait().unwrap();
            looks += 1;
            std::thread::sleep(LOOK_EVERY);
        }
        if exit.is_none() {
            child.kill().unwrap();
        }
        child.wait().unwrap();
        let text = |name: &str| String::from_utf8_lossy(&std::fs::read(file(name)).unwrap()).into_owned();
        let output = text("output");
        Ran {
            words: words.join(" "),
            exit: exit.and_then(|status| status.code()),
            json: serde_json::from_str(&output).unwrap_or(Value::Null),
            output,
            told: text("told"),
            memory_max,
        }
    }

    /// `collect` of one expiry.
    pub fn collect(&self, underlying: &str, expiry: &str, more: &[&str]) -> Ran {
        self.run(&[&["collect", "--underlying", underlying, "--expiry", expiry][..], more].concat())
    }

    /// A command that is not waited for; its standard error comes line by line.
    pub fn begin(&self, words: &[&str]) -> Running {
        let mut child = self.command(words).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let (lines, told) = std::sync::mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            stderr.lines().map_while(Result::ok).try_for_each(|line| lines.send(line))
        });
        Running { child, told }
    }

    pub fn serve(&self) -> Server<'_> {
        let running = self.begin(&["serve", "--addr", "127.0.0.1:0"]);
        let first = running.line(|line| line.contains("ExpiryTrack is at")).unwrap();
        let address = first.split_whitespace().find(|word| word.starts_with("http")).unwrap().to_owned();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().no_proxy().build().unwrap();
        Server { case: self, _running: running, address, http }
    }

    /// One value of the database.
    pub fn sql<T: rusqlite::types::FromSql>(&self, sql: &str) -> T {
        let connection = Connection::open(self.data.path().join("expirytrack.db")).unwrap();
        connection.query_row(sql, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// All values of a column.
    pub fn column<T: rusqlite::types::FromSql>(&self, sql: &str) -> Vec<T> {
        let connection = Connection::open(self.data.path().join("expirytrack.db")).unwrap();
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    /// Contracts that are filed under an expiry.
    pub fn contracts_under(&self, expiry: &str) -> i64 {
        self.sql(&format!("SELECT count(*) FROM contracts WHERE expiry_date = '{expiry}'"))
    }

    /// Stored minutes of a contract.
    pub fn minutes_of(&self, expired_key: &str) -> i64 {
        self.sql(&format!(
            "SELECT count(*) FROM historical_data WHERE expired_instrument_key = '{expired_key}'"
        ))
    }

    pub fn quarantined(&self) -> Vec<String> {
        self.column("SELECT raw FROM quarantine")
    }
}

impl Ran {
    #[track_caller]
    pub fn expect_exit(self, exit: i32) -> Self {
        assert_eq!(self.exit, Some(exit), "the exit status of {self}");
        self
    }

    /// A figure of `collect --json`.
    #[track_caller]
    pub fn expect(self, name: &str, figure: u64) -> Self {
        assert_eq!(self.json[name].as_u64(), Some(figure), "{name} of {self}");
        self
    }

    /// Exit 4: done, and something failed or could not be read.
    #[track_caller]
    pub fn expect_failures(self) -> Self {
        let ran = self.expect_exit(4);
        assert_eq!(ran.json["status"], "completed_with_failures", "{ran}");
        ran
    }

    #[track_caller]
    pub fn expect_told(self, words: &str) -> Self {
        assert!(self.told.contains(words), "\"{words}\" is not told by {self}");
        self
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SHOWN_MAX: usize = 3_000;
        let shown = |text: &str| text.chars().take(SHOWN_MAX).collect::<String>();
        let Self { words, exit, output, told, .. } = self;
        write!(f, "`{words}`\nexit: {exit:?}\noutput: {}\ntold: {}", shown(output), shown(told))
    }
}

/// A command under way; it ends with this.
pub struct Running {
    child: Child,
    told: std::sync::mpsc::Receiver<String>,
}

impl Running {
    /// The first line of standard error of which this is true, or everything that was told instead.
    pub fn line(&self, is_meant: impl Fn(&str) -> bool) -> Result<String, String> {
        const PATIENCE: Duration = Duration::from_secs(60);
        let mut told = String::new();
        while let Ok(line) = self.told.recv_timeout(PATIENCE) {
            if is_meant(&line) {
                return Ok(line);
            }
            told.push_str(&line);
            told.push('\n');
        }
        Err(told)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `serve`, and its REST.
pub struct Server<'a> {
    case: &'a Case,
    _running: Running,
    address: String,
    http: Client,
}

/// What REST answered.
pub struct Answered {
    pub status: u16,
    pub json: Value,
    /// The name that a download would have.
    pub file: String,
}

impl Server<'_> {
    pub fn ask(&self, method: Method, path: &str, body: &Value) -> Answered {
        self.case.broker.runtime.block_on(async {
            let request = self.http.request(method.clone(), format!("{}{path}", self.address));
            let request = if method == Method::GET { request } else { request.json(body) };
            let answer = request.send().await.unwrap();
            let file = answer.headers().get("content-disposition").and_then(|name| name.to_str().ok());
            let (status, file) = (answer.status().as_u16(), file.unwrap_or_default().to_owned());
            let text = answer.text().await.unwrap();
            Answered { status, json: serde_json::from_str(&text).unwrap_or(Value::String(text)), file }
        })
    }

    /// Under `/api/v1`.
    pub fn get(&self, path: &str) -> Answered {
        self.ask(Method::GET, &format!("/api/v1/{path}"), &Value::Null)
    }
}

/// The most memory that a process had resident at once, in kB; nothing where it has ended.
fn memory_of(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
