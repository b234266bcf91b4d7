//! Signing in and out: the dialog, the exchange of its code, and how tokens end. In memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::common::*;
use axum::body::Body;
use axum::http::Request;
use serde_json::Value;
use simulator::{Faults, Simulator, SimulatorOptions};

#[tokio::test]
async fn signing_in_from_the_dialog_to_the_profile() {
    let simulator = simulator_with(Faults::default());
    let dialog = "/v2/login/authorization/dialog";
    let query = "response_type=code&client_id=simulated&redirect_uri=http%3A%2F%2F127.0.0.1%3A5000%2Fcallback&state=a%22b";
    let page = send(&simulator, Request::get(format!("{dialog}?{query}")).body(Body::empty()).unwrap()).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains(r#"name="state" value="a&quot;b""#), "escaped");
    assert!(page.text().contains(">Approve</button>") && page.text().contains(">Deny</button>"));

    let denied = post_form(&simulator, dialog, &format!("{query}&decision=deny")).await;
    let location = denied.headers["location"].to_str().unwrap();
    assert_eq!(location, "http://127.0.0.1:5000/callback?error=access_denied&state=a%22b");
    let approved = post_form(&simulator, dialog, &format!("{query}&decision=approve")).await;
    assert_eq!(approved.status, 302);
    let location = approved.headers["location"].to_str().unwrap();
    let code = location.strip_prefix("http://127.0.0.1:5000/callback?code=").unwrap();
    let code = code.strip_suffix("&state=a%22b").unwrap();

    let form = format!(
        "code={code}&client_id=simulated&client_secret=x&redirect_uri=http%3A%2F%2F127.0.0.1%3A5000%2Fcallback&grant_type=authorization_code"
    );
    let answer = post_form(&simulator, "/v2/login/authorization/token", &form).await;
    assert_eq!(answer.status, 200);
    let token = answer.json();
    assert!(token.get("status").is_none() && token.get("data").is_none(), "flat");
    let token = token["access_token"].as_str().unwrap().to_owned();
    assert_eq!(token.split('.').count(), 3, "a JWT in form");
    let again = post_form(&simulator, "/v2/login/authorization/token", &form).await;
    assert_eq!(again.code(), "UDAPI100057", "a code is single use");

    assert_eq!(send(&simulator, with_bearer("GET", "/v2/user/profile", &token)).await.status, 200);
    let out = send(&simulator, with_bearer("DELETE", "/v2/logout", &token)).await;
    assert_eq!(out.text(), r#"{"status":"success","data":true}"#);
    let after = send(&simulator, with_bearer("GET", "/v2/user/profile", &token)).await;
    assert_eq!((after.status.as_u16(), after.code().as_str()), (401, "UDAPI100050"));
}

#[tokio::test]
async fn sign_in_errors() {
    let simulator = simulator_with(Faults::default());
    let dialog = "/v2/login/authorization/dialog";
    for query in [
        "response_type=code&client_id=&redirect_uri=http%3A%2F%2F127.0.0.1%2F",
        "response_type=code&client_id=a&redirect_uri=http%3A%2F%2Fexample.com%2F",
        "client_id=a&redirect_uri=http%3A%2F%2F127.0.0.1%2F",
    ] {
        let answer = get(&simulator, &format!("{dialog}?{query}")).await;
        assert_eq!(answer.code(), "UDAPI100068", "{query}");
        let answer = post_form(&simulator, dialog, &format!("{query}&decision=approve")).await;
        assert_eq!(answer.code(), "UDAPI100068", "{query}");
    }
    let query = "response_type=code&client_id=a&redirect_uri=http%3A%2F%2Flocalhost%2F&decision=approve";
    let cases = [
        ("client_id=a&client_secret=b&redirect_uri=http://localhost/&grant_type=authorization_code", ""),
        (
            "client_id=z&client_secret=b&redirect_uri=http://localhost/&grant_type=authorization_code",
            "UDAPI100069",
        ),
        (
            "client_id=a&client_secret=wrong&redirect_uri=http://localhost/&grant_type=authorization_code",
            "UDAPI100069",
        ),
        (
            "client_id=a&client_secret=b&redirect_uri=http://localhost/x&grant_type=authorization_code",
            "UDAPI100070",
        ),
        ("client_secret=b&redirect_uri=http://localhost/&grant_type=authorization_code", "UDAPI1017"),
        ("client_id=a&redirect_uri=http://localhost/&grant_type=authorization_code", "UDAPI1024"),
        ("client_id=a&client_secret=b&grant_type=authorization_code", "UDAPI1018"),
        ("client_id=a&client_secret=b&redirect_uri=http://localhost/", "UDAPI1023"),
    ];
    for (form, code) in cases {
        let approved = post_form(&simulator, dialog, query).await;
        let location = approved.headers["location"].to_str().unwrap();
        let auth_code = location.split("code=").nth(1).unwrap();
        let form = format!("code={auth_code}&{form}");
        let answer = post_form(&simulator, "/v2/login/authorization/token", &form).await;
        assert_eq!(answer.code(), code, "{form}");
    }
    let answer = post_form(&simulator, "/v2/login/authorization/token", "").await;
    assert_eq!(answer.code(), "UDAPI1022");
}

#[tokio::test]
async fn tokens_die_at_half_past_three_by_the_wall_clock() {
    // 2025-09-17 02:00 IST.
    let wall = Arc::new(AtomicU64::new(1_758_054_600_000));
    let clock = wall.clone();
    let options = SimulatorOptions {
        wall: Arc::new(move || clock.load(Ordering::Relaxed) as i64),
        ..SimulatorOptions::default()
    };
    let simulator = Simulator::new(options).unwrap();
    let token = simulator.issue_token();
    let profile = async || send(&simulator, with_bearer("GET", "/v2/user/profile", &token)).await.status;
    assert_eq!(profile().await, 200);
    wall.fetch_add(90 * 60_000 - 1, Ordering::Relaxed);
    assert_eq!(profile().await, 200);
    wall.fetch_add(1, Ordering::Relaxed);
    assert_eq!(profile().await, 401);
}

#[tokio::test]
async fn killed_tokens_stay_dead_until_revived() {
    let simulator = simulator_with(Faults::default());
    let token = simulator.issue_token();
    let post = |path: &str| Request::post(path).body(Body::empty()).unwrap();
    assert_eq!(send(&simulator, post("/__tokens/kill")).await.status, 200);
    for dead in [token.as_str(), "simulated"] {
        assert_eq!(send(&simulator, with_bearer("GET", "/v2/user/profile", dead)).await.status, 401);
    }
    let fresh = simulator.issue_token();
    assert_eq!(send(&simulator, with_bearer("GET", "/v2/user/profile", &fresh)).await.status, 200);
    assert_eq!(send(&simulator, post("/__tokens/revive")).await.status, 200);
    assert_eq!(get(&simulator, "/v2/user/profile").await.status, 200);
    assert_eq!(get(&simulator, "/healthz").await.text(), "ok");
}

/// Ours may leave out what only some accounts have, and must not add what none has.
#[tokio::test]
async fn replies_have_the_documented_fields() {
    let simulator = simulator_with(Faults::default());
    let names = |object: &Value| object.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let documented = |file: &str| serde_json::from_str::<Value>(file).unwrap();

    let profile = get(&simulator, "/v2/user/profile").await.json();
    let expected = documented(include_str!("../../fixtures/docs_profile_0.json"));
    assert_eq!(names(&profile["data"]), names(&expected["data"]));

    let token = sign_in(&simulator).await;
    let mut expected = names(&documented(include_str!("../../fixtures/docs_token_0_comma_fixed.json")));
    expected.retain(|name| name != "extended_token");
    assert_eq!(names(&token), expected);

    let bearer = token["access_token"].as_str().unwrap();
    let out = send(&simulator, with_bearer("DELETE", "/v2/logout", bearer)).await.json();
    assert_eq!(out, documented(include_str!("../../fixtures/docs_logout_0.json")));
}

/// Dialog, approval, exchange.
async fn sign_in(simulator: &Simulator) -> Value {
    let query = "response_type=code&client_id=a&redirect_uri=http%3A%2F%2Flocalhost%2F&decision=approve";
    let approved = post_form(simulator, "/v2/login/authorization/dialog", query).await;
    let code = approved.headers["location"].to_str().unwrap().split("code=").nth(1).unwrap().to_owned();
    let form = format!(
        "code={code}&client_id=a&client_secret=b&redirect_uri=http://localhost/&grant_type=authorization_code"
    );
    post_form(simulator, "/v2/login/authorization/token", &form).await.json()
}
