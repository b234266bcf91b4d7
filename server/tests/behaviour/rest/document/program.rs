//! A program that asks what the document allows, and holds what comes against what it says.

use std::collections::BTreeSet;

use futures_util::StreamExt;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::rest::schema::Schemas;
use crate::rest::server::Server;

/// A day of the exchange's, of contracts that are not known here.
const BHAVCOPY: &str =
    include_str!("../../../../../crates/engine/fixtures/bhavcopy_nse_fo_udiff_2025-08-01_sample.csv");

/// A program that keeps to the document.
pub(super) struct Program<'a> {
    pub(super) server: &'a Server,
    pub(super) document: Value,
    /// Method and path of the document.
    pub(super) asked: BTreeSet<(String, String)>,
}

impl<'a> Program<'a> {
    pub(super) async fn of(server: &'a Server) -> Self {
        let (status, document) = server.get("openapi.json").await;
        assert_eq!(status, 200);
        Self { server, document, asked: BTreeSet::new() }
    }

    pub(super) fn operations(&self) -> BTreeSet<(String, String)> {
        let paths = self.document["paths"].as_object().unwrap().iter();
        let of_path = |(path, item): (&String, &Value)| {
            let methods = item.as_object().unwrap().keys().cloned();
            methods.map(|method| (method, path.clone())).collect::<Vec<_>>()
        };
        paths.flat_map(of_path).collect()
    }

    /// The answer to what the document allows, as it says.
    pub(super) async fn ask(&mut self, method: Method, path: &str, address: &str, body: Value) -> Value {
        let name = format!("{method} {address}");
        let (method_name, path) = (method.as_str().to_lowercase(), format!("/api/v1/{path}"));
        let operation = &self.document["paths"][&path][&method_name];
        assert!(operation.is_object(), "{name} is not in the document");
        assert_parameters(operation, address);
        let schemas = Schemas { document: &self.document };
        let mut request = self.server.request(method, address);
        if !body.is_null() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            schemas.check(schema, &body, "body").unwrap();
            request = request.json(&body);
        } else if operation["requestBody"]["content"]["application/octet-stream"].is_object() {
            request = request.header(CONTENT_TYPE, "application/octet-stream").body(BHAVCOPY);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let told = &operation["responses"][status.as_str()];
        let media_type = answer.headers().get(CONTENT_TYPE).map(|value| value.to_str().unwrap().to_owned());
        let text = answer.text().await.unwrap();
        assert!(status.is_success() && told.is_object(), "{name}: {status} {text}");
        self.asked.insert((method_name, path));
        let media_type = media_type.unwrap_or_default();
        let Some(media_type) = media_type.split(';').next().filter(|name| !name.is_empty()) else {
            assert!(text.is_empty() && told["content"].is_null(), "{name}: {text}");
            return Value::Null;
        };
        let schema = &told["content"][media_type]["schema"];
        let value =
            if media_type == "application/json" { serde_json::from_str(&text).unwrap() } else { json!(text) };
        schemas.check(schema, &value, "answer").unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
        value
    }

    pub(super) async fn get(&mut self, path: &str, address: &str) -> Value {
        self.ask(Method::GET, path, address, Value::Null).await
    }

    /// What an address that never ends tells first.
    pub(super) async fn follow(&mut self, path: &str, address: &str) -> String {
        let mut answer = self.server.request(Method::GET, address).send().await.unwrap();
        let operation = &self.document["paths"][format!("/api/v1/{path}")]["get"];
        assert_parameters(operation, address);
        assert!(operation["responses"]["200"]["content"]["text/event-stream"].is_object(), "{operation}");
        assert_eq!(answer.headers()[CONTENT_TYPE], "text/event-stream");
        self.asked.insert(("get".to_owned(), format!("/api/v1/{path}")));
        String::from_utf8(answer.chunk().await.unwrap().unwrap().to_vec()).unwrap()
    }

    /// The first message over a WebSocket, held against what the document says of all of them.
    pub(super) async fn talk(&mut self, path: &str, address: &str) -> Message {
        let mut socket = self.server.socket(address).await;
        let operation = &self.document["paths"][format!("/api/v1/{path}")]["get"];
        assert_parameters(operation, address);
        let told = &operation["responses"]["101"]["content"];
        let message = socket.next().await.unwrap().unwrap();
        if let Message::Text(text) = &message {
            let value = serde_json::from_str(text).unwrap();
            let schemas = Schemas { document: &self.document };
            schemas.check(&told["application/json"]["schema"], &value, "message").unwrap();
        } else {
            assert!(message.is_binary() && told["application/x-protobuf"].is_object(), "{message:?}");
        }
        self.asked.insert(("get".to_owned(), format!("/api/v1/{path}")));
        message
    }

    /// What comes over a WebSocket up to the first message of a kind, each held against what the document says of all.
    pub(super) async fn hear(&mut self, path: &str, address: &str, kind: &str) {
        let mut socket = self.server.socket(address).await;
        let operation = &self.document["paths"][format!("/api/v1/{path}")]["get"];
        assert_parameters(operation, address);
        let schema = &operation["responses"]["101"]["content"]["application/json"]["schema"];
        let schemas = Schemas { document: &self.document };
        loop {
            let Message::Text(text) = socket.next().await.unwrap().unwrap() else { continue };
            let value: Value = serde_json::from_str(&text).unwrap();
            schemas.check(schema, &value, "message").unwrap();
            if value["kind"] == kind {
                return;
            }
        }
    }

    pub(super) async fn post(&mut self, path: &str, address: &str, body: Value) -> Value {
        self.ask(Method::POST, path, address, body).await
    }
}

/// Each name of the query is in the document, and each that it requires is in the query.
fn assert_parameters(operation: &Value, address: &str) {
    let query = address.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let given: Vec<_> = query.split('&').filter_map(|pair| Some(pair.split_once('=')?.0)).collect();
    let documented: Vec<_> = operation["parameters"].as_array().into_iter().flatten().collect();
    let documented: Vec<_> = documented.into_iter().filter(|parameter| parameter["in"] == "query").collect();
    for name in &given {
        assert!(documented.iter().any(|parameter| parameter["name"] == *name), "{address}: {name}");
    }
    for parameter in documented.iter().filter(|parameter| parameter["required"] == true) {
        assert!(given.contains(&parameter["name"].as_str().unwrap()), "{address}: {parameter}");
    }
}
