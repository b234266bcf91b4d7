//! What works by itself (jobs, schedules), and the program: its log, its settings, who may use it.

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::program::Program;
use crate::rest::server::EXPIRY;

pub(super) async fn ask_about_jobs(program: &mut Program<'_>) {
    let order = json!({ "underlyings": ["NIFTY"], "expiries": { "each": { "NIFTY": ["2025-08-28"] } }, "days": 2, "strikes": 5 });
    program.post("estimate", "estimate", order.clone()).await;
    let job = program.post("jobs", "jobs", order.clone()).await["id"].clone();
    program.post("jobs/{id}/{command}", &format!("jobs/{job}/pause"), Value::Null).await;
    program.post("jobs/{id}/{command}", &format!("jobs/{job}/cancel"), Value::Null).await;
    program.get("jobs", "jobs?status=completed&limit=1").await;
    program.get("jobs/{id}", "jobs/1").await;
    program.get("jobs/{id}/events", "jobs/1/events?before=9999&limit=2").await;
    program.get("jobs/{id}/events", "jobs/1/events?level=info&search=nifty").await;
    program.get("jobs/{id}/grid", &format!("jobs/1/grid?expiry={EXPIRY}&limit=5")).await;
    program.get("jobs/{id}/pace", "jobs/1/pace").await;
    let failed = program.get("jobs/{id}/failures", "jobs/2/failures?limit=5").await;
    assert!(!failed["units"].as_array().unwrap().is_empty(), "{failed}");
}

pub(super) async fn ask_about_schedules(program: &mut Program<'_>) {
    let order =
        json!({ "underlyings": ["NIFTY"], "expiries": "monthly", "when": { "cron": "30 7 * * 2-6" } });
    let schedule = program.post("schedules", "schedules", order).await["id"].clone();
    let one = format!("schedules/{schedule}");
    program.post("schedules/{id}/run", &format!("{one}/run"), Value::Null).await;
    program.ask(Method::PATCH, "schedules/{id}", &one, json!({ "enabled": false })).await;
    let changed = json!({ "underlyings": ["NIFTY"], "name": "changed", "days": 30 });
    let changed = program.ask(Method::PUT, "schedules/{id}", &one, changed).await;
    assert_eq!((&changed["name"], &changed["days"]), (&json!("changed"), &json!(30)));
    program.get("schedules", "schedules").await;
    program.get("schedules/{id}", &one).await;
    program.get("schedules/preview", "schedules/preview?cron=30%207%20*%20*%202-6").await;
    program.get("schedules/preview", "schedules/preview?after_expiry=07:30").await;
    program.ask(Method::DELETE, "schedules/{id}", &one, Value::Null).await;
}

pub(super) async fn ask_about_the_program(program: &mut Program<'_>) {
    program.get("audit", "audit?outcome=fault&limit=5").await;
    let refused = program.get("refused", "refused?job=1&limit=5").await;
    assert!(!refused["lines"].as_array().unwrap().is_empty(), "{refused}");
    program.get("status", "status").await;
    let about = program.get("about", "about").await;
    assert!(about["environment"].as_array().is_some_and(|of| !of.is_empty()), "{about}");
    let log = program.get("log", "log?level=info&search=log%20begins&limit=1").await;
    assert_eq!(log["lines"].as_array().map(Vec::len), Some(1), "{log}");
    let home = program.get("home", "home").await;
    assert!(!home["underlyings"][0]["shades"].as_array().unwrap().is_empty(), "{home}");
    assert!(!home["months"].as_array().unwrap().is_empty() && home["seen_back_to"].is_string(), "{home}");
    let list = program.get("notices", "notices").await;
    assert!(!list["notices"].as_array().unwrap().is_empty(), "{list}");
    program.post("notices/read", "notices/read", json!({ "up_to": 1 })).await;
    let settings = json!({
        "email": { "host": "127.0.0.1", "port": 9, "security": "none", "user": "",
                   "from": "et@example.com", "to": ["me@example.com"], "kinds": ["job_failed"] },
        "webhook": { "url": "http://127.0.0.1:9/", "kinds": ["job_failed"] },
        "secrets": { "webhook": "a secret of some length" },
    });
    program.ask(Method::PUT, "notices/settings", "notices/settings", settings).await;
    program.get("notices/settings", "notices/settings").await;
    program.post("notices/test", "notices/test", json!({ "channel": "webhook" })).await;
    program.get("settings", "settings").await;
    let settings = json!({
        "limits": { "workers": 3, "requests_per_second": 20, "reserve_percent": 10 },
        "reading": { "volatility_rate": 6.75, "settlement_time": "15:40", "numbers": "international" },
        "costs": { "brokerage": 20.0, "charges": 0.05 },
    });
    let put = program.ask(Method::PUT, "settings", "settings", settings.clone()).await;
    assert_eq!(put["settings"], settings);
    let changes = json!({ "workers": "4" });
    let changed = program.ask(Method::PATCH, "settings", "settings", changes).await;
    assert_eq!(changed["settings"]["limits"]["workers"], 4);
    let changes = json!({ "volatility_rate": 6.5, "reserve_percent": null, "numbers": "indian" });
    program.ask(Method::PATCH, "settings", "settings", changes).await;
    program.get("openapi.json", "openapi.json").await;
    program.get("session", "session").await;
    ask_about_the_app(program).await;
    program.ask(Method::DELETE, "session", "session", Value::Null).await;
}

/// Where the browser of a person ends who says yes in the dialog.
async fn approved(dialog: &str) -> String {
    let (address, query) = dialog.split_once('?').unwrap();
    let http =
        reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let yes = http
        .post(address)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(format!("{query}&decision=approve"));
    yes.send().await.unwrap().headers()["location"].to_str().unwrap().to_owned()
}

async fn ask_about_the_app(program: &mut Program<'_>) {
    let app = json!({ "api_key": "planted-key-5512", "api_secret": "a-secret", "redirect_uri": "http://127.0.0.1:9/callback" });
    program.ask(Method::PUT, "session/app", "session/app", app).await;
    let kept = program.get("session/app", "session/app").await;
    assert_eq!(kept["key_end"], "5512");
    program.post("session/app/test", "session/app/test", Value::Null).await;
    let dialog = program.post("session/dialog", "session/dialog", Value::Null).await;
    assert!(dialog["address"].as_str().unwrap().contains("client_id=planted-key-5512"), "{dialog}");
    program.get("session/dialog", "session/dialog").await;
    let unknown = program.get("session/dialog", "session/dialog?of=unknown").await;
    assert!(unknown["refused"].is_null(), "{unknown}");
    let ended_at = approved(dialog["address"].as_str().unwrap()).await;
    let session =
        program.post("session/dialog/return", "session/dialog/return", json!({ "address": ended_at })).await;
    assert_eq!((&session["state"], &session["checked"]), (&json!("signed_in"), &json!(true)));
    program.ask(Method::DELETE, "session/app", "session/app", Value::Null).await;
}

pub(super) async fn ask_about_access(program: &mut Program<'_>) {
    let token = json!({ "name": "notebook", "scope": "read_only" });
    let made = program.post("access/tokens", "access/tokens", token).await;
    assert!(made["secret"].as_str().unwrap().starts_with("et_"), "{made}");
    program.get("access", "access").await;
    let delete = Method::DELETE;
    program.ask(delete.clone(), "access/tokens/{name}", "access/tokens/notebook", Value::Null).await;
    program.ask(delete.clone(), "access/sessions", "access/sessions", Value::Null).await;
    // From here on it is locked: a session is begun, as a browser does, and ended with it.
    let password = json!({ "new": "correct horse battery" });
    program.ask(Method::PUT, "access/password", "access/password", password).await;
    let session = program.server.unlock("correct horse battery").await;
    let listed = program.get("access", "access").await;
    let sessions = listed["sessions"].as_array().unwrap();
    let other = sessions.iter().find(|session| session["is_this"] == false).unwrap()["id"].as_str().unwrap();
    assert_eq!(sessions.len(), 2, "{session}");
    let address = format!("access/sessions/{other}");
    program.ask(delete, "access/sessions/{id}", &address, Value::Null).await;
}
