//! Storage, compacting and pruning of the real executable: beside a running server and without one, asked and not asked,
//! killed in the middle, and collected again to the same files.

use std::process::{Command, Output, Stdio};

use crate::common::Stage;
use crate::executable;
use crate::rest::server::{EXPIRY, Server};
use reqwest::Method;
use serde_json::{Value, json};

pub fn run(stage: &Stage, words: &[&str]) -> (i32, String, String) {
    run_with(stage, &[], words)
}

/// With some of the environment besides.
pub fn run_with(stage: &Stage, environment: &[(&str, &str)], words: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(executable::PATH);
    let command = executable::settle(&mut command, stage).args(words).stdin(Stdio::null());
    command.envs(environment.iter().copied());
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// `--json` of a command that succeeds.
pub fn document(stage: &Stage, words: &[&str]) -> Value {
    let (status, told, problem) = run(stage, &[words, &["--json"]].concat());
    assert_eq!(status, 0, "{words:?}: {problem}");
    serde_json::from_str(&told).unwrap()
}

fn candles(stage: &Stage) -> i64 {
    stage.sql("SELECT coalesce(sum(candles), 0) FROM series WHERE contract_id IS NOT NULL")
}

/// The candles of every contract as CSV, as a person takes them out.
pub fn csv(stage: &Stage) -> Vec<String> {
    let contracts = document(stage, &["contracts", "NIFTY", EXPIRY]);
    let of_contract = |contract: &Value| {
        let key = contract["expired_key"].as_str().unwrap();
        let (status, told, problem) = run(stage, &["candles", key]);
        // One that never traded says so.
        assert!(status == 0 || problem.contains("there is no candle of "), "{status} {problem}");
        told
    };
    contracts["contracts"].as_array().unwrap().iter().take(5).map(of_contract).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn pruned_beside_a_server_and_without_one_and_collected_again_to_the_same_files() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    server.sign_in().await;
    server.collect(EXPIRY).await;
    let (before, count) = (csv(&stage), candles(&stage));
    assert!(before.iter().any(|csv| csv.lines().count() > 300), "{before:?}");

    let (status, told, problem) = run(&stage, &["storage", "--underlying", "NIFTY"]);
    assert_eq!(status, 0, "{problem}");
    assert!(told.contains("data directory") && told.contains(EXPIRY) && told.contains("about "), "{told}");
    // Nothing goes without a word.
    let (status, _, told) = run(&stage, &["prune", "NIFTY"]);
    assert!(status == 2 && told.contains("nothing was removed: there is no terminal"), "{status} {told}");
    assert!(
        told.contains(": 1 expiry, ") && told.contains("gone for ever, unless a backup has them"),
        "{told}"
    );
    assert!(told.contains("There is no backup in the backups folder."), "{told}");
    for (words, sentence) in [
        (&["prune", "NIFTY", "--before", EXPIRY, "--yes"][..], "there is nothing to prune"),
        (&["prune", "NIFTY", "--expiry", "2025-07-30", "--yes"], "has no expiry on 30 Jul 2025"),
        (&["prune", "NIFTY", "--before", EXPIRY, "--with-underlying"], "cannot be used with"),
        (&["prune", "NIFTY", "--before", EXPIRY, "--expiry", EXPIRY], "cannot be used with"),
        (&["prune", "SENSEX", "--yes"], "of Sensex is stored"),
    ] {
        let (status, _, told) = run(&stage, words);
        assert!(status == 2 && told.contains(sentence), "{words:?}: {status} {told}");
    }
    assert_eq!(candles(&stage), count);
    let stale = json!({ "order": { "underlying": "NIFTY" }, "token": "00" });
    let (status, problem) = server.send(Method::POST, "storage/prune", stale).await;
    assert!(status == 409 && problem["detail"].as_str().unwrap().contains("has changed since"), "{problem}");
    let unread = json!({ "underlying": "NIFTY", "expiries": { "before": "soon" } });
    let (status, problem) = server.send(Method::POST, "storage/prune/preview", unread).await;
    assert!(status == 400 && problem["detail"].as_str().unwrap().contains("soon"), "{problem}");

    assert_eq!(document(&stage, &["prune", "NIFTY", "--expiry", EXPIRY, "--yes"])["candles"], count);
    assert_eq!(candles(&stage), 0);
    assert!(document(&stage, &["compact"])["bytes"].as_i64().unwrap() > 0);
    let (status, told, _) = run(&stage, &["expiries", "NIFTY"]);
    assert!(status == 0 && told.contains("pruned on"), "{told}");
    server.collect(EXPIRY).await;
    assert_eq!(csv(&stage), before);
    drop(server);

    // Without a server the same is done here.
    assert_eq!(document(&stage, &["prune", "NIFTY", "--with-underlying", "--yes"])["stopped"], false);
    assert_eq!(stage.sql::<i64>("SELECT count(*) FROM candle"), 0);
    let (status, _, told) = run(&stage, &["compact"]);
    assert!(status == 0 && told.contains("came back"), "{told}");
    assert_eq!(document(&stage, &["storage"])["pruned"][0]["own"], true);
    assert_eq!(run(&stage, &["verify"]).0, 0);
}

/// Killed where it happens to be: whatever is left is whole, and the same command finishes it.
#[tokio::test(flavor = "multi_thread")]
async fn killed_while_pruning_the_database_is_whole_and_the_same_command_finishes() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    server.sign_in().await;
    server.collect_days(EXPIRY, 90).await;
    let before = candles(&stage);
    let (_, preview) =
        server.send(Method::POST, "storage/prune/preview", json!({ "underlying": "NIFTY" })).await;
    let pruned = json!({ "order": { "underlying": "NIFTY" }, "token": preview["token"] });
    let request = server.request(Method::POST, "storage/prune").json(&pruned);
    let asked = tokio::spawn(request.send());
    crate::common::until(async || candles(&stage) < before).await;
    drop(server);
    let _ = asked.await;
    assert_eq!(run(&stage, &["verify"]).0, 0);
    if candles(&stage) > 0 {
        assert_eq!(run(&stage, &["prune", "NIFTY", "--yes"]).0, 0);
    }
    assert_eq!((candles(&stage), run(&stage, &["verify"]).0), (0, 0));
}
