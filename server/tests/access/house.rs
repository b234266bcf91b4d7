//! The executable on a data directory of its own: commands run to their end, and a server with a client.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use reqwest::header::{COOKIE, HeaderMap, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

use crate::common::Stage;
use crate::executable;

pub const PASSWORD: &str = "correct horse battery";

pub struct House {
    pub stage: Stage,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ran {
    pub exit: i32,
    pub output: String,
    pub told: String,
}

impl House {
    pub async fn new() -> Self {
        Self { stage: Stage::new().await }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(executable::PATH);
        executable::settle(&mut command, &self.stage).args(words);
        command
    }

    /// Runs a command with this on its standard input.
    pub fn run_with(&self, input: &str, words: &[&str]) -> Ran {
        let mut command = self.command(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that reads nothing has closed it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let ended = child.wait_with_output().unwrap();
        Ran {
            exit: ended.status.code().unwrap(),
            output: String::from_utf8(ended.stdout).unwrap(),
            told: String::from_utf8(ended.stderr).unwrap(),
        }
    }

    pub fn run(&self, words: &[&str]) -> Ran {
        self.run_with("", words)
    }

    pub fn set_password(&self, password: &str) {
        let ran = self.run_with(password, &["password", "--stdin"]);
        assert_eq!(ran.exit, 0, "{ran:?}");
    }

    /// The one sentence by which a command is refused.
    #[track_caller]
    pub fn refused(&self, words: &[&str]) -> String {
        let ran = self.run(words);
        assert_eq!((ran.exit, ran.told.lines().count()), (2, 1), "{words:?}: {ran:?}");
        ran.told.trim_end().trim_start_matches("expirytrack: ").to_owned()
    }

    pub fn serve(&self, words: &[&str]) -> Server {
        let words = [&["serve", "--addr", "127.0.0.1:0"], words].concat();
        let mut child = self.command(&words).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let address = first.split_whitespace().find(|word| word.starts_with("http")).unwrap().to_owned();
        let log = Arc::new(Mutex::new(String::new()));
        let kept = log.clone();
        std::thread::spawn(move || {
            lines.map_while(Result::ok).for_each(|line| *kept.lock().unwrap() += &(line + "\n"));
        });
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        Server { child, address, http, log }
    }
}

pub struct Server {
    child: Child,
    pub address: String,
    pub http: Client,
    log: Arc<Mutex<String>>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub async fn of(request: RequestBuilder) -> Self {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Self { status, headers, text: answer.text().await.unwrap() }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

impl Server {
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.address))
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub fn type_password(&self, password: &str) -> RequestBuilder {
        self.request(Method::POST, "/unlock").form(&[("password", password), ("next", "/jobs")])
    }

    /// `name=secret` of the session that begins with the password.
    pub async fn unlock(&self) -> String {
        let answer = Answer::of(self.type_password(PASSWORD)).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/jobs"), "{answer:?}");
        answer.headers[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned()
    }

    /// The status of a request that brings this cookie.
    pub async fn status_with(&self, session: &str, path: &str) -> u16 {
        Answer::of(self.get(path).header(COOKIE, session)).await.status
    }

    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
