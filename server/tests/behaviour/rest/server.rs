//! A server of the executable under test, and a client of it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::{COOKIE, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::common::Stage;
use crate::executable;

pub const NIFTY: &str = "NSE_INDEX|Nifty 50";
/// A monthly one without a capture, so its ladder is short and it has a future.
pub const EXPIRY: &str = "2025-07-31";
pub const OTHER_EXPIRY: &str = "2025-08-21";
/// One that nothing goes wrong with.
pub const WHOLE_EXPIRY: &str = "2025-08-14";

pub struct Server {
    child: Child,
    address: String,
    http: Client,
    /// What its cookie says once it is unlocked.
    session: OnceLock<String>,
}

impl Server {
    pub fn start(stage: &Stage) -> Self {
        Self::start_with(stage, &[])
    }

    /// With variables of the environment.
    pub fn start_with(stage: &Stage, variables: &[(&str, &str)]) -> Self {
        Self::start_as(stage, &[], variables)
    }

    /// With further words of the command, too.
    pub fn start_as(stage: &Stage, words: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(executable::PATH);
        executable::settle(&mut command, stage).args(["serve", "--addr", "127.0.0.1:0"]).args(words);
        command.envs(variables.iter().copied());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        // Where much is logged, lines of the log may come first.
        let told =
            lines.by_ref().map(Result::unwrap).find(|line| line.starts_with("ExpiryTrack is at")).unwrap();
        let address = told.split_whitespace().last().unwrap().to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        let _ = rustls::crypto::ring::default_provider().install_default();
        // The answer to a form is what is looked at, not where it leads, and each as it comes.
        let http = Client::builder().no_proxy().redirect(Policy::none()).no_gzip().no_brotli();
        let http = http.build().unwrap();
        Self { child, address, http, session: OnceLock::new() }
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}/api/v1/{path}", self.address));
        match self.session.get() {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        }
    }

    /// A WebSocket at an address of REST.
    pub async fn socket(&self, path: &str) -> WebSocketStream<MaybeTlsStream<TcpStream>> {
        let address = format!("{}/api/v1/{path}", self.address.replacen("http", "ws", 1));
        tokio_tungstenite::connect_async(address).await.unwrap().0
    }

    /// Types the password; what is asked from then on comes with the session.
    pub async fn unlock(&self, password: &str) -> &str {
        let typed = self.http.post(format!("{}/unlock", self.address)).form(&[("password", password)]);
        let answer = typed.send().await.unwrap();
        assert_eq!(answer.status(), 303);
        let cookie = answer.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
        self.session.get_or_init(|| cookie)
    }

    pub async fn answer(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        self.answer(self.request(Method::GET, path)).await
    }

    /// Of what is no JSON.
    pub async fn text(&self, path: &str) -> String {
        let answer = self.request(Method::GET, path).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        text
    }

    pub async fn send(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        self.answer(self.request(method, path).json(&body)).await
    }

    pub async fn sign_in(&self) {
        let (status, session) = self.send(Method::POST, "session", json!({ "token": "simulated" })).await;
        assert_eq!(status, 200, "{session}");
    }

    /// A job over the last days of one expiry, run to its end.
    pub async fn collect(&self, expiry: &str) -> i64 {
        self.collect_days(expiry, 2).await
    }

    pub async fn collect_days(&self, expiry: &str, days: u32) -> i64 {
        let order = json!({ "underlyings": [NIFTY], "expiries": { "dates": [expiry] }, "days": days });
        let (status, job) = self.send(Method::POST, "jobs", order).await;
        assert_eq!(status, 201, "{job}");
        let id = job["id"].as_i64().unwrap();
        self.ended(id).await;
        id
    }

    pub async fn ended(&self, id: i64) {
        while self.get(&format!("jobs/{id}")).await.1["ended_at"].is_null() {
            #[expect(clippy::disallowed_methods, reason = "the real executable lives in real time")]
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
