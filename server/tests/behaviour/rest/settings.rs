//! The settings of a person over REST and on the command line, and what the environment does to them.

use std::process::{Command, Output};

use reqwest::Method;
use serde_json::{Value, json};

use super::server::{EXPIRY, Server};
use crate::common::Stage;
use crate::executable;

const LOWERED: (&str, &str) = ("EXPIRYTRACK_MAX_REQUESTS_PER_SECOND", "9");

fn command(stage: &Stage, words: &[&str]) -> Output {
    let mut command = Command::new(executable::PATH);
    executable::settle(&mut command, stage).args(words).output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&*output.stdout, &*output.stderr].concat()).into_owned()
}

fn line<'a>(picture: &'a Value, name: &str) -> &'a Value {
    picture["lines"].as_array().unwrap().iter().find(|line| line["name"] == name).unwrap()
}

async fn put(server: &Server, settings: Value) -> (u16, Value) {
    server.send(Method::PUT, "settings", settings).await
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_put_whole_and_refused_by_where_they_are_wrong() {
    let stage = Stage::new().await;
    let server = Server::start_with(&stage, &[LOWERED]);
    let (_, first) = server.get("settings").await;
    assert_eq!(first["settings"]["limits"]["workers"], 5);
    let told = line(&first, "requests_per_second");
    let sentence = "the environment allows at most 9 a second: EXPIRYTRACK_MAX_REQUESTS_PER_SECOND";
    assert_eq!((&told["environment"], &told["is_changed"]), (&json!(sentence), &json!(false)));
    assert!(first["rate_limits"].as_str().unwrap().starts_with("9/1s,"), "{first}");

    let (status, put_once) = put(&server, json!({ "limits": { "workers": 3 } })).await;
    assert_eq!((status, &put_once["settings"]["limits"]["workers"]), (200, &json!(3)));
    assert_eq!(line(&put_once, "workers")["is_changed"], true);
    for (settings, sentence) in [
        (
            json!({ "limits": { "workers": 11 } }),
            "limits.workers: the number of workers must be a whole number from 1 to 10, not 11",
        ),
        (
            json!({ "limits": { "requests_per_second": "fast" } }),
            "limits.requests_per_second must be a whole number from 1 to 50, not \"fast\"",
        ),
        (
            json!({ "limits": { "worker": 3 } }),
            "takes no \"worker\": it takes workers, requests_per_second or reserve_percent",
        ),
        (json!({ "theme": "dark" }), "takes no \"theme\": it takes limits, reading or costs"),
        (
            json!({ "reading": { "volatility_rate": 51 } }),
            "the rate for volatility must be a percentage from -10 to 50",
        ),
        (
            json!({ "reading": { "volatility_rate": "high" } }),
            "reading.volatility_rate must be a percentage from -10 to 50, not \"high\"",
        ),
        (json!({ "reading": { "settlement_time": "9:00" } }), "write it as HH:MM from 15:00 to 16:00 IST"),
        (
            json!({ "reading": { "numbers": "roman" } }),
            "reading.numbers must be indian or international, not \"roman\"",
        ),
    ] {
        let (status, problem) = put(&server, settings).await;
        assert_eq!(status, 400, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(sentence), "{problem}");
    }
    assert_eq!(server.get("settings").await.1, put_once);

    // Changed one by one, all others stay; nothing is changed where one of them cannot be.
    let patch = async |changes: Value| server.send(Method::PATCH, "settings", changes).await;
    let (status, changed) = patch(json!({ "numbers": "international", "reserve_percent": "30" })).await;
    assert_eq!((status, &changed["settings"]["limits"]["workers"]), (200, &json!(3)), "{changed}");
    assert_eq!(changed["settings"]["reading"]["numbers"], "international");
    for (changes, sentence) in [
        (json!({ "workers": "4", "numbers": "roman" }), "write indian"),
        (json!({ "workers": "4", "speed": "1" }), "\"speed\" is no setting: there are workers, "),
        (json!({ "workers": 11 }), "the number of workers must be a whole number from 1 to 10, not \"11\""),
        (json!({ "workers": true }), "workers must be a text, a number or null, not true"),
    ] {
        let (status, problem) = patch(changes).await;
        assert_eq!(status, 400, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(sentence), "{problem}");
    }
    assert_eq!(server.get("settings").await.1, changed);
    // What is answered can be sent back as it stands.
    let numbers = json!({ "volatility_rate": 5, "workers": 4, "charges": 0.05, "reserve_percent": null });
    let (status, changed) = patch(numbers).await;
    assert_eq!(status, 200, "{changed}");
    let settings = &changed["settings"];
    assert_eq!(
        (
            &settings["reading"]["volatility_rate"],
            &settings["limits"]["workers"],
            &settings["costs"]["charges"]
        ),
        (&json!(5.0), &json!(4), &json!(0.05))
    );
    assert_eq!(settings["limits"]["reserve_percent"], Value::Null);

    // Whoever orders without workers has those; numbers stay plain for programs.
    put(&server, json!({ "limits": { "workers": 3 }, "reading": { "numbers": "international" } })).await;
    server.sign_in().await;
    let job = server.collect(EXPIRY).await;
    let (_, job) = server.get(&format!("jobs/{job}")).await;
    assert_eq!(job["plan"]["workers"], 3);
    assert!(job["candles"].as_u64().unwrap() > 1_000, "{job}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_tells_and_changes_them_with_a_server_and_without() {
    let stage = Stage::new().await;
    let told = text(&command(&stage, &["settings", "set", "workers=2", "requests-per-second=20"]));
    let row = |told: &str, name: &str| {
        let row = told.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{told}"));
        row.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(row(&told, "workers"), "workers 2 set here");
    assert_eq!(row(&told, "reserve_percent"), "reserve_percent default built in");

    let server = Server::start_with(&stage, &[LOWERED]);
    let told = text(&command(&stage, &["settings"]));
    assert!(
        row(&told, "requests_per_second")
            .starts_with("requests_per_second 20 set here; the environment allows at most 9"),
        "{told}"
    );
    let changed = command(&stage, &["settings", "set", "workers=default", "numbers=international", "--json"]);
    let document: Value = serde_json::from_slice(&changed.stdout).unwrap();
    assert_eq!(document, server.get("settings").await.1);
    let limits = json!({ "workers": 5, "requests_per_second": 20, "reserve_percent": null });
    assert_eq!(
        (&document["settings"]["limits"], &document["settings"]["reading"]["numbers"]),
        (&limits, &json!("international"))
    );

    for (words, sentence) in [
        (
            ["settings", "set", "workers=0"],
            "the number of workers must be a whole number from 1 to 10, not \"0\"",
        ),
        (["settings", "set", "speed=1"], "\"speed\" is no setting: there are workers, "),
        (["settings", "set", "workers"], "is no NAME=VALUE"),
    ] {
        let refused = command(&stage, &words);
        assert_eq!(refused.status.code(), Some(2), "{}", text(&refused));
        assert!(text(&refused).contains(sentence), "{}", text(&refused));
    }
    assert_eq!(server.get("settings").await.1, document);

    // A flag and its variable are stronger, for this command.
    put(&server, json!({ "limits": { "workers": 2 } })).await;
    server.sign_in().await;
    let workers = async |more: &[&str], variable: Option<&str>| {
        let order = ["collect", "--underlying", "NIFTY", "--expiry", EXPIRY, "--kind", "futures", "--days"];
        let mut command = Command::new(executable::PATH);
        executable::settle(&mut command, &stage).args(order).args(more);
        command.envs(variable.map(|text| ("EXPIRYTRACK_MAX_WORKERS", text)));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
        server.get("jobs").await.1["jobs"][0]["plan"]["workers"].clone()
    };
    assert_eq!(workers(&["2"], None).await, 2);
    assert_eq!(workers(&["3"], Some("4")).await, 4);
    assert_eq!(workers(&["4", "--workers", "6"], Some("4")).await, 6);
}
