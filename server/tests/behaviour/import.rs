//! Bringing files in, beside a running server and without one: the same report, and the refused rows are kept.

use reqwest::Method;
use serde_json::{Value, json};

use crate::common::Stage;
use crate::rest::server::{EXPIRY, Server};
use crate::storage::{csv, document, run};

/// Rows of a contract that is stored, with two that nobody can read.
async fn file_of(stage: &Stage) -> (tempfile::TempDir, String) {
    let contracts = document(stage, &["contracts", "NIFTY", EXPIRY]);
    let keys: Vec<&str> = contracts["contracts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| of["expired_key"].as_str().unwrap())
        .collect();
    let stored = csv(stage);
    let (at, text) = stored.iter().enumerate().max_by_key(|(_, text)| text.len()).unwrap();
    let mut lines: Vec<String> = text.lines().map(|line| format!("{},{line}", keys[at])).collect();
    lines[0] = format!("expired_instrument_key,{}", text.lines().next().unwrap());
    let fields = lines[1].split(',').count();
    for bad in ["planted one", "planted two"] {
        let mut cells = vec![keys[at].to_owned(), bad.to_owned()];
        cells.resize(fields, "x".to_owned());
        lines.push(cells.join(","));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.csv");
    std::fs::write(&path, lines.join("\n")).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_comes_in_through_the_server_that_owns_the_data_and_its_refused_rows_are_kept() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    server.sign_in().await;
    server.collect(EXPIRY).await;
    let (_folder, path) = file_of(&stage).await;

    let (status, told, problem) = run(&stage, &["--json", "import", &path, "--dry-run"]);
    let dry: Value = serde_json::from_str(&told).unwrap_or_else(|_| panic!("{status} {told} {problem}"));
    assert_eq!((status, &dry["is_dry_run"]), (4, &json!(true)), "{dry}");
    assert_eq!(document(&stage, &["import"])["imports"], json!([]), "nothing is kept of a dry run");

    let (status, told, problem) = run(&stage, &["import", &path]);
    assert_eq!(status, 4, "{told} {problem}");
    assert!(told.contains("mine.csv") && told.contains("2 rows refused: "), "{told}");
    assert!(told.contains("were here already, and the same"), "{told}");
    let imports = document(&stage, &["import"]);
    let import = &imports["imports"][0];
    assert_eq!((&import["name"], &import["refused"]), (&json!("mine.csv"), &json!(2)), "{imports}");

    let id = import["id"].to_string();
    let (_, first) = server.get(&format!("imports/{id}/refused?limit=1")).await;
    assert!(first["refused"][0]["raw"].as_str().unwrap().contains("planted one"), "{first}");
    let next = first["next"].as_str().unwrap();
    let (_, second) = server.get(&format!("imports/{id}/refused?limit=1&cursor={next}")).await;
    assert!(second["refused"][0]["raw"].as_str().unwrap().contains("planted two"), "{second}");
    assert!(!second["refused"][0]["reason"].as_str().unwrap().is_empty(), "{second}");
    let (_, work) = server.get("imports/work").await;
    assert_eq!((&work["under_way"], &work["last"]["problem"]), (&Value::Null, &Value::Null), "{work}");

    let (status, told, _) = run(&stage, &["import", "--refused", &id]);
    assert!(status == 0 && told.contains("mine.csv: 2 rows could not be taken"), "{told}");
    assert!(told.contains("planted one") && told.contains("planted two"), "{told}");
    let (status, _, told) = run(&stage, &["import", "--refused", "99"]);
    assert!(status == 2 && told.contains("there is no import 99"), "{status} {told}");

    for (path, part) in [
        (json!("mine.csv"), "no whole path"),
        (json!("/nowhere/at/all.csv"), "is not there, or cannot be read"),
        (json!(7), "path"),
    ] {
        let (status, problem) = server.send(Method::POST, "imports", json!({ "path": path })).await;
        let detail = problem["detail"].as_str().unwrap();
        assert!(status == 400 && detail.contains(part), "{status} {problem}");
    }

    // Without the server the same is said.
    drop(server);
    let (_, alone, problem) = run(&stage, &["--json", "import", &path, "--dry-run"]);
    let alone: Value = serde_json::from_str(&alone).unwrap_or_else(|_| panic!("{alone} {problem}"));
    assert_eq!(alone["files"], dry["files"]);
}
