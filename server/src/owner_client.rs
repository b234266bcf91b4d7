//! REST, asked of the server that owns the data directory: what has to wait is asked again, and a refusal is the
//! sentence and the exit status that the command itself would have had.

use std::time::Duration;

use anyhow::Context;
use engine::OwnerServer;
use protocol::{MARKET_HEADER, Market, SecretText, Wait};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::commands::waiting::{ToldWaits, pause};
use crate::exit::{Exit, Refused};
use crate::tls;

/// A listing may wait for the broker's limits behind other work.
const PATIENCE: Duration = Duration::from_secs(300);
/// Until it takes the connection; what it then does may have no bound.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);

pub struct OwnerClient {
    address: String,
    http: reqwest::Client,
    patience: Duration,
}

impl OwnerClient {
    /// A server, asked about that one of its markets. It knows us by the key that it left in its directory, we know it
    /// by its certificate.
    pub fn new(server: OwnerServer, market: Market) -> anyhow::Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let OwnerServer { address, key: SecretText(key), certificate } = server;
        let mut presented = HeaderValue::from_str(&format!("Bearer {key}"))?;
        presented.set_sensitive(true);
        let chosen = HeaderValue::from_static(market.as_str());
        let headers = [(HeaderName::from_static(MARKET_HEADER), chosen), (AUTHORIZATION, presented)];
        let mut client = reqwest::Client::builder()
            .no_proxy()
            .connect_timeout(CONNECT_PATIENCE)
            .default_headers(headers.into_iter().collect());
        if let Some(fingerprint) = certificate {
            client = client.tls_backend_preconfigured(tls::trusting(fingerprint)?);
        }
        Ok(Self { address, http: client.build()?, patience: PATIENCE })
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// What an address beside REST answers: its status and its text; `None` within this patience.
    pub async fn look(&self, path: &str, patience: Duration) -> Option<(StatusCode, String)> {
        let answer = self.http.get(format!("{}{path}", self.address)).timeout(patience).send().await.ok()?;
        Some((answer.status(), answer.text().await.ok()?))
    }

    pub async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> anyhow::Result<T> {
        self.send(Method::GET, path, query, None).await
    }

    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: Value) -> anyhow::Result<T> {
        self.send(Method::POST, path, &[], Some(body)).await
    }

    /// Waits as long as the work takes, for what answers when it is done: a copy of a large database takes its time.
    pub async fn post_and_wait<T: DeserializeOwned>(&self, path: &str, body: Value) -> anyhow::Result<T> {
        let request = self.request(Method::POST, path, None).json(&body);
        self.answered(request).await?.or_refuse()
    }

    /// Sends a file as it is.
    pub async fn post_file<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        bytes: Vec<u8>,
    ) -> anyhow::Result<T> {
        let request = self.request(Method::POST, path, Some(self.patience)).query(query);
        let request = request.header(CONTENT_TYPE, "application/octet-stream").body(bytes);
        self.answered(request).await?.or_refuse()
    }

    pub async fn put<T: DeserializeOwned>(&self, path: &str, body: Value) -> anyhow::Result<T> {
        self.send(Method::PUT, path, &[], Some(body)).await
    }

    pub async fn patch<T: DeserializeOwned>(&self, path: &str, body: Value) -> anyhow::Result<T> {
        self.send(Method::PATCH, path, &[], Some(body)).await
    }

    pub async fn delete<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        self.send(Method::DELETE, path, &[], None).await
    }

    /// What has to wait is asked again until it need not, and the person is told why.
    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<Value>,
    ) -> anyhow::Result<T> {
        let mut told = ToldWaits::default();
        loop {
            match self.send_once(method.clone(), path, query, body.as_ref()).await? {
                Sent::Answered(answer) => return Ok(answer),
                Sent::Waits(wait) => {
                    told.tell(&wait);
                    pause().await;
                }
            }
        }
    }

    async fn send_once<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> anyhow::Result<Sent<T>> {
        let mut request = self.request(method, path, Some(self.patience)).query(query);
        if let Some(body) = body {
            request = request.json(body);
        }
        self.answered(request).await
    }

    /// `patience`: until its answer is read.
    fn request(&self, method: Method, path: &str, patience: Option<Duration>) -> RequestBuilder {
        let request = self.http.request(method, format!("{}/api/v1/{path}", self.address));
        match patience {
            Some(patience) => request.timeout(patience),
            None => request,
        }
    }

    async fn answered<T: DeserializeOwned>(&self, request: RequestBuilder) -> anyhow::Result<Sent<T>> {
        let gone = || format!("the server at {} does not answer: it owns the data directory", self.address);
        let answer = request.send().await.with_context(gone)?;
        let status = answer.status();
        // The server itself says so; without it the broker's sign-in is meant.
        let is_locked = answer.headers().contains_key(WWW_AUTHENTICATE);
        let text = answer.text().await.with_context(gone)?;
        if status.is_success() {
            // 204 has no document.
            let document = if text.is_empty() { "null" } else { &text };
            return serde_json::from_str(document).map(Sent::Answered).with_context(|| {
                format!("the server at {} answers in a way that this version does not know", self.address)
            });
        }
        if let Some(wait) = wait_of(&text) {
            return Ok(Sent::Waits(wait));
        }
        Err(refusal(status, is_locked, &text).into())
    }
}

enum Sent<T> {
    Answered(T),
    Waits(Wait),
}

impl<T> Sent<T> {
    /// Of what is not asked again.
    fn or_refuse(self) -> anyhow::Result<T> {
        match self {
            Self::Answered(answer) => Ok(answer),
            Self::Waits(wait) => Err(Refused(Exit::Failed, wait.sentence).into()),
        }
    }
}

/// What a problem document says that it waits for.
fn wait_of(text: &str) -> Option<Wait> {
    let problem: Value = serde_json::from_str(text).ok()?;
    serde_json::from_value(problem["waits"].clone()).ok()
}

/// A problem document, as the sentence and the exit status that the command itself would have had.
fn refusal(status: StatusCode, is_locked: bool, text: &str) -> Refused {
    let problem: Value = serde_json::from_str(text).unwrap_or_default();
    let detail = problem["detail"].as_str().unwrap_or(text).to_owned();
    let exit = match status.as_u16() {
        401 if !is_locked => Exit::SignInNeeded,
        400 | 404 | 422 => Exit::Refused,
        _ => Exit::Failed,
    };
    Refused(exit, detail)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::sync::mpsc;

    use serde_json::json;

    use super::*;

    /// It answers when a request that began later has been given up.
    #[tokio::test]
    async fn what_answers_when_its_work_is_done_is_waited_for() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let (finish, is_finished) = mpsc::channel();
        let work = std::thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            assert!(socket.read(&mut [0; 4096]).unwrap() > 0);
            begun.send(()).unwrap();
            is_finished.recv().unwrap();
            let answer = b"HTTP/1.1 201 Created\r\ncontent-length: 4\r\nconnection: close\r\n\r\ntrue";
            socket.write_all(answer).unwrap();
        });
        let server = OwnerServer { address, key: SecretText("key".to_owned()), certificate: None };
        let mut client = OwnerClient::new(server, Market::default()).unwrap();
        client.patience = Duration::from_millis(1);
        let impatient = async {
            has_begun.await.unwrap();
            let given_up = client.get::<bool>("backups", &[]).await;
            finish.send(()).unwrap();
            given_up
        };
        let (made, given_up) = tokio::join!(client.post_and_wait::<bool>("backups", json!({})), impatient);
        assert!(made.unwrap());
        assert!(given_up.unwrap_err().to_string().contains("does not answer"));
        work.join().unwrap();
    }
}
