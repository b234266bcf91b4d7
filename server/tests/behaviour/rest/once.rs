//! A request with a key of its own is carried out once.

use reqwest::Method;
use serde_json::{Value, json};

use super::server::{EXPIRY, Server};
use crate::common::Stage;

struct Answered {
    status: u16,
    is_replayed: bool,
    body: Value,
}

async fn post(server: &Server, path: &str, key: &str, body: Value) -> Answered {
    let request = server.request(Method::POST, path).header("idempotency-key", key).json(&body);
    let answer = request.send().await.unwrap();
    let (status, is_replayed) =
        (answer.status().as_u16(), answer.headers().contains_key("idempotency-replayed"));
    Answered { status, is_replayed, body: answer.json().await.unwrap() }
}

fn order(days: u32) -> Value {
    json!({ "underlyings": ["NIFTY"], "expiries": { "dates": [EXPIRY] }, "days": days })
}

async fn jobs(server: &Server) -> usize {
    server.get("jobs").await.1["jobs"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_is_answered_again_and_carried_out_once() {
    let stage = Stage::new().await;
    let first = {
        let server = Server::start(&stage);
        // What was refused was not done: the key is as new.
        assert_eq!(post(&server, "jobs", "order-1", order(2)).await.status, 401);
        server.sign_in().await;
        let first = post(&server, "jobs", "order-1", order(2)).await;
        assert_eq!((first.status, first.is_replayed), (201, false), "{}", first.body);
        let again = post(&server, "jobs", "\"order-1\"", order(2)).await;
        assert_eq!((again.status, again.is_replayed, &again.body), (201, true, &first.body));
        let other = post(&server, "jobs", "order-1", order(3)).await;
        assert_eq!(other.status, 422, "{}", other.body);
        assert!(other.body["detail"].as_str().unwrap().contains("another request"), "{}", other.body);
        assert_eq!(post(&server, "estimate", "order-1", order(2)).await.status, 422);
        assert_eq!(post(&server, "jobs", "order-2", order(2)).await.status, 201);
        assert_eq!(jobs(&server).await, 2);
        first
    };
    // A restart knows it too.
    let server = Server::start(&stage);
    let again = post(&server, "jobs", "order-1", order(2)).await;
    assert_eq!((again.status, again.is_replayed, &again.body), (201, true, &first.body));
    assert_eq!(jobs(&server).await, 2);
    // Another program's key is another key.
    let token = json!({ "name": "notebook", "scope": "full" });
    let token = server.send(Method::POST, "access/tokens", token).await.1;
    let request = server.request(Method::POST, "jobs").header("idempotency-key", "order-1").json(&order(2));
    let request = request.bearer_auth(token["secret"].as_str().unwrap());
    assert_eq!(server.answer(request).await.0, 201);
    assert_eq!(jobs(&server).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_are_one_and_the_other_is_told() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    server.sign_in().await;
    let one = || post(&server, "jobs", "at-once", order(2));
    let answers =
        [tokio::join!(one(), one(), one(), one())].map(|(a, b, c, d)| [a, b, c, d]).into_iter().flatten();
    for answer in answers {
        // Whoever comes behind the end has the answer, whoever comes before it is told to wait.
        assert!([201, 409].contains(&answer.status), "{}", answer.body);
    }
    assert_eq!(jobs(&server).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_key_and_what_must_not_be_kept_is_refused() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    for key in ["", "   ", &"x".repeat(129)] {
        let answer = post(&server, "estimate", key, order(2)).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
        assert!(answer.body["detail"].as_str().unwrap().starts_with("Idempotency-Key must be"));
    }
    for path in ["session", "access/tokens"] {
        let answer = post(&server, path, "a-key", json!({ "token": "simulated" })).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
        assert!(answer.body["detail"].as_str().unwrap().contains("takes no Idempotency-Key"));
    }
}
