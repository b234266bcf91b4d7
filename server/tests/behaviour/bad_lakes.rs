//! Lakes that are not what they say, given to every command that reads one: a sentence, a status that is not 0, and nothing
//! left lying; and a lake that is moved while the program is killed.

use std::path::{Path, PathBuf};

use crate::common::{Stage, files_below, until};
use crate::rest::server::{EXPIRY, Server};
use crate::storage::{csv, document, run, run_with};

/// Of [`EXPIRY`].
const MANIFEST: &str = "manifest/exchange=NSE/underlying=NIFTY/expiry=2025-07-31.json";
const INDEX: &str = "manifest/index.json";
const CANDLES: &str = "candles/exchange=NSE/underlying=NIFTY/expiry=2025-07-31/part-0.parquet";

async fn published(stage: &Stage, lake: &Path) {
    let server = Server::start(stage);
    server.sign_in().await;
    server.collect(EXPIRY).await;
    drop(server);
    let publish = ["lake", "publish", "--underlying", "NIFTY", "--expiry", EXPIRY, "--days", "1", "--to"];
    let (status, _, problem) = run(stage, &[&publish[..], &[lake.to_str().unwrap()]].concat());
    assert_eq!(status, 0, "{problem}");
}

/// Files by their paths within a folder, with what is in them.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let within = |path: &PathBuf| path.strip_prefix(folder).unwrap().to_owned();
    let files = files_below(folder);
    let mut all: Vec<_> = files.iter().map(|path| (within(path), std::fs::read(path).unwrap())).collect();
    all.sort();
    all
}

fn copied(from: &Path, to: &Path) {
    for (path, bytes) in contents(from) {
        let path = to.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lake_that_is_not_what_it_says_is_told_by_every_command_that_reads_one() {
    let (stage, folder) = (Stage::new().await, tempfile::TempDir::new().unwrap());
    let (lake, bad, rooms) =
        (folder.path().join("lake"), folder.path().join("bad"), folder.path().join("rooms"));
    std::fs::create_dir(&rooms).unwrap();
    published(&stage, &lake).await;
    let change = |path: &str, from: &str, to: &str| {
        let text = std::fs::read_to_string(bad.join(path)).unwrap();
        assert!(text.contains(from), "{path}: {text}");
        std::fs::write(bad.join(path), text.replacen(from, to, 1)).unwrap();
    };
    let flip = |path: &str| {
        let mut bytes = std::fs::read(bad.join(path)).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(bad.join(path), bytes).unwrap();
    };
    let beside = CANDLES.replace("part-0", "part-1");
    // What is done to it, and what is said of it by whoever verifies, moves to it, and serves it.
    let cases: [(&dyn Fn(), &str, &str, &str); 9] = [
        (
            &|| change(INDEX, "\"source\": \"other\"", "\"source\": \"upstox\""),
            "holds data of upstox",
            "holds data of upstox",
            "holds data of upstox",
        ),
        (
            &|| change(INDEX, "\"layout\": 1", "\"layout\": 7"),
            "newer version",
            "newer version",
            "newer version",
        ),
        // It keeps nobody else out, because it follows from the manifests.
        (&|| std::fs::write(bad.join(INDEX), "{").unwrap(), "the index: it could not be read", "", ""),
        (
            &|| change(MANIFEST, "\"layout\": 1", "\"layout\": 7"),
            "newer version",
            "newer version",
            "newer version",
        ),
        (
            &|| change(MANIFEST, "\"rows\": ", "\"rows\": 1"),
            "contradicts itself",
            "not the one that is known here",
            "",
        ),
        (&|| flip(CANDLES), "other bytes", "other bytes", "is not the file that was published"),
        (
            &|| std::fs::remove_file(bad.join(CANDLES)).unwrap(),
            "is not there any more",
            "is not there any more",
            "part-0.parquet",
        ),
        (
            &|| std::fs::remove_file(bad.join(MANIFEST)).unwrap(),
            "no manifest tells of it",
            "its manifest is not there any more",
            "",
        ),
        (
            &|| {
                std::fs::copy(bad.join(CANDLES), bad.join(&beside)).unwrap();
            },
            "no manifest tells of it",
            "",
            "",
        ),
    ];
    for (at, (tamper, verified, moved, served)) in cases.into_iter().enumerate() {
        let _ = std::fs::remove_dir_all(&bad);
        copied(&lake, &bad);
        tamper();
        let text = bad.to_str().unwrap();
        let serve = ["serve", "--read-only", "--addr", "127.0.0.1:0", "--of", text];
        for (words, sentence) in
            [(&["lake", "verify", text][..], verified), (&["lake", "move", text], moved), (&serve, served)]
        {
            // A lake with less in it, or with more, is served as what it is.
            if sentence.is_empty() {
                continue;
            }
            let known = contents(&bad);
            let (status, told, problem) = run_in(&stage, &rooms, words);
            assert_ne!(status, 0, "case {at}, {words:?}: {told}");
            let said = format!("{told}{problem}");
            assert!(said.contains(sentence), "case {at}, {words:?}: {said}");
            assert!(!said.contains("panicked"), "case {at}, {words:?}: {said}");
            assert_eq!(contents(&rooms), [], "case {at}, {words:?} left something");
            let without_index = |files: Vec<(PathBuf, Vec<u8>)>| {
                files.into_iter().filter(|(path, _)| !path.ends_with("index.json")).collect::<Vec<_>>()
            };
            assert_eq!(without_index(contents(&bad)), without_index(known), "case {at}, {words:?}");
        }
    }
    // And none at all.
    let nowhere = folder.path().join("nowhere");
    let text = nowhere.to_str().unwrap();
    for words in [
        &["lake", "verify", text][..],
        &["lake", "move", text],
        &["serve", "--read-only", "--addr", "127.0.0.1:0", "--of", text],
    ] {
        let (status, _, problem) = run_in(&stage, &rooms, words);
        assert!(status != 0 && problem.contains(text), "{words:?}: {status} {problem}");
        assert!(!nowhere.exists(), "{words:?} made the folder");
    }
}

/// With its temporary files in a folder that can be looked into.
fn run_in(stage: &Stage, rooms: &Path, words: &[&str]) -> (i32, String, String) {
    let mut command = std::process::Command::new(crate::executable::PATH);
    let command = crate::executable::settle(&mut command, stage).args(words).env("TMPDIR", rooms);
    let output = command.stdin(std::process::Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Killed later and later until it ends by itself, there and back: everything names the old place or everything the new one.
#[tokio::test(flavor = "multi_thread")]
async fn killed_while_a_lake_is_moved_everything_names_one_place() {
    const KILLS_MAX: u32 = 60;
    let (stage, folder) = (Stage::new().await, tempfile::TempDir::new().unwrap());
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    published(&stage, &one).await;
    copied(&one, &other);
    let before = csv(&stage);
    document(&stage, &["lake", "prune", "--underlying", "NIFTY", "--expiry", EXPIRY, "--yes"]);
    for (from, to) in [(&one, &other), (&other, &one)] {
        let (mut kills, mut looks) = (0, 16);
        loop {
            let mut command = std::process::Command::new(crate::executable::PATH);
            let mut child = crate::executable::settle(&mut command, &stage)
                .args(["lake", "move", to.to_str().unwrap()])
                .stdin(std::process::Stdio::null())
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap();
            let has_ended = (0..looks).any(|_| {
                std::thread::yield_now();
                child.try_wait().unwrap().is_some()
            });
            child.kill().unwrap();
            let is_moved = child.wait().unwrap().success();
            let places: String = stage.sql(
                "SELECT group_concat(DISTINCT place) FROM
                     (SELECT place FROM archived_expiry UNION SELECT place FROM lake_partition)",
            );
            let is_new = places == to.to_str().unwrap();
            assert!(is_new || places == from.to_str().unwrap(), "after {kills} kills: {places}");
            assert!(is_new || !is_moved, "it said that it was done: {places}");
            assert_eq!(csv(&stage), before, "after {kills} kills");
            if is_new {
                break;
            }
            assert!(!has_ended, "it was refused");
            kills += 1;
            looks += looks / 2;
            assert!(kills < KILLS_MAX, "it is never done");
        }
        assert!(kills > 0);
    }
}

/// It is held up by the first thing that it keeps, so that there is time to stop it.
#[tokio::test(flavor = "multi_thread")]
async fn a_verification_that_somebody_else_stopped_is_no_success() {
    let (stage, folder) = (Stage::new().await, tempfile::TempDir::new().unwrap());
    let lake = folder.path().join("lake");
    published(&stage, &lake).await;
    let server = Server::start(&stage);
    let writer = rusqlite::Connection::open(stage.data.path().join("expirytrack.db")).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut command = std::process::Command::new(crate::executable::PATH);
    let command = crate::executable::settle(&mut command, &stage)
        .args(["lake", "verify", lake.to_str().unwrap()])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let verifying = command.spawn().unwrap();
    let has_begun = async || {
        let under_way = &server.get("storage/work").await.1["under_way"];
        under_way["deed"] == "verifylake" && under_way["done"].as_u64().unwrap() > 0
    };
    until(has_begun).await;
    server.send(reqwest::Method::DELETE, "storage/work", serde_json::json!({})).await;
    writer.execute_batch("ROLLBACK").unwrap();
    let output = verifying.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{told}");
    assert!(told.contains("stopped: what was not read yet is not verified"), "{told}");
    let end = &server.get("storage/work").await.1["last"];
    assert_eq!((&end["is_stopped"], &end["problem"]), (&true.into(), &serde_json::Value::Null));
    // And undisturbed it is one.
    assert_eq!(run(&stage, &["lake", "verify", lake.to_str().unwrap()]).0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_without_keys_is_told_in_our_words() {
    let stage = Stage::new().await;
    // A machine that is none of Amazon's: nobody gives the keys of its role.
    let environment = [("AWS_REGION", "eu-west-1"), ("AWS_METADATA_ENDPOINT", "http://127.0.0.1:9")];
    let (status, _, problem) = run_with(&stage, &environment, &["lake", "verify", "s3://some-bucket/lake"]);
    assert!(status != 0 && problem.contains("no keys are set for s3://some-bucket/lake"), "{problem}");
    assert!(!problem.contains("127.0.0.1") && !problem.contains("retries"), "{problem}");
}
