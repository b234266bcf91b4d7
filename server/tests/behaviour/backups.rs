//! Backups of the real executable: beside a running server and without one, and over REST; the way back; what is
//! refused and leaves nothing; an upgrade and its copy.

use std::path::Path;
use std::process::{Command, Output};

use crate::common::{Stage, assert_full_disk_once, make_older, table_hashes};
use crate::executable;
use crate::rest::server::{EXPIRY, OTHER_EXPIRY, Server};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

fn run_in(stage: &Stage, data: &Path, words: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(executable::PATH);
    executable::settle(&mut command, stage).args(words).env("EXPIRYTRACK_DATA_DIR", data);
    outcome(command.output().unwrap())
}

fn run(stage: &Stage, words: &[&str]) -> (i32, String, String) {
    run_in(stage, stage.data.path(), words)
}

fn outcome(Output { status, stdout, stderr }: Output) -> (i32, String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// `--json` of a command that succeeds.
fn document(stage: &Stage, words: &[&str]) -> Value {
    let (status, told, problem) = run(stage, &[words, &["--json"]].concat());
    assert_eq!(status, 0, "{words:?}: {problem}");
    serde_json::from_str(&told).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|of| of.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_made_beside_a_server_and_restored_whole() {
    let (stage, elsewhere) = (Stage::new().await, TempDir::new().unwrap());
    let backup = elsewhere.path().join("mine.db");
    let (status, _, problem) = run(&stage, &["backup", text(&backup)]);
    assert!(status == 2 && problem.contains("there is no database"), "{status} {problem}");

    let server = Server::start(&stage);
    server.sign_in().await;
    server.collect(EXPIRY).await;
    let (status, told, note) = run(&stage, &["backup", text(&backup)]);
    assert_eq!(status, 0, "{note}");
    assert!(told.contains("mine.db  ") && told.contains("\nsha256 ") && told.contains(" candles"), "{told}");
    assert!(note.contains("the key file is not in it"), "{note}");
    let (status, _, refused) = run(&stage, &["backup", text(&backup)]);
    assert!(status == 2 && refused.contains("is there already"), "{status} {refused}");

    let made = document(&stage, &["backup"]);
    let path = Path::new(made["path"].as_str().unwrap()).to_owned();
    assert_eq!(path.parent().unwrap(), stage.data.path().join("backups"));
    let (status, hash) = (0, Command::new("sha256sum").arg(&path).output().unwrap());
    assert!(
        status == 0 && String::from_utf8(hash.stdout).unwrap().starts_with(made["sha256"].as_str().unwrap())
    );
    // No path that a request names is taken.
    let outside = elsewhere.path().join("outside.db");
    let given = json!({ "path": text(&outside), "file": text(&outside), "name": "../outside.db" });
    let (status, answer) = server.send(Method::POST, "backups", given).await;
    assert_eq!((status, names(elsewhere.path())), (201, vec!["mine.db".to_owned()]), "{answer}");

    let rule = document(&stage, &["backup", "--every", "1", "--at", "06:30", "--keep", "7"]);
    assert_eq!(rule["rule"], json!({ "every_days": 1, "at": "06:30", "keep": 7 }));
    assert!(rule["next_run"].is_i64() && rule["backups"].as_array().unwrap().len() == 2, "{rule}");
    let (_, told, _) = run(&stage, &["backup", "--list"]);
    assert!(told.contains("every day at 06:30 IST, the newest 7 are kept"), "{told}");
    assert_eq!(document(&stage, &["backup", "--never"])["rule"], Value::Null);
    for wrong in [
        &["backup", "--every", "0"][..],
        &["backup", "--every", "1", "--at", "25:00"],
        &["backup", "--every", "1", "--keep", "101"],
        &["backup", "--at", "06:30"],
        &["backup", "--never", "--every", "1"],
        &["backup", "x.db", "--list"],
    ] {
        assert_eq!(run(&stage, wrong).0, 2, "{wrong:?}");
    }
    for (body, words) in [
        (json!({ "at": "6:30" }), "at: \"6:30\" is no time of day"),
        (json!({ "at": "06:30", "keep": 0 }), "keep: the number of backups that are kept must be"),
        (json!({ "every_days": 1 }), "at is missing"),
    ] {
        let (status, problem) = server.send(Method::PUT, "backups/rule", body).await;
        assert!(status == 400 && problem["detail"].as_str().unwrap().contains(words), "{problem}");
    }
    drop(server);

    // Without a server the same is done here.
    assert_eq!(document(&stage, &["backup", "--list"])["backups"].as_array().unwrap().len(), 2);
    let last = elsewhere.path().join("last.db");
    assert_eq!(run(&stage, &["backup", text(&last)]).0, 0);
    let data = elsewhere.path().join("restored");
    let (status, told, note) = run_in(&stage, &data, &["restore", text(&last)]);
    assert_eq!(status, 0, "{note}");
    assert!(told.contains("restored/expirytrack.db") && note.contains("restored/key"), "{told} {note}");
    let original = table_hashes(&stage.data.path().join("expirytrack.db"));
    assert_eq!(table_hashes(&data.join("expirytrack.db")), original);
    assert_eq!(run_in(&stage, &data, &["verify"]).0, 0);
    let (status, told, _) = run_in(&stage, &data, &["jobs"]);
    assert!(status == 0 && told.contains("completed"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_cannot_be_is_one_sentence_and_leaves_nothing() {
    let (stage, elsewhere) = (Stage::new().await, TempDir::new().unwrap());
    run(&stage, &["schedule", "list"]);
    let backup = elsewhere.path().join("backup.db");
    assert_eq!(run(&stage, &["backup", text(&backup)]).0, 0);
    let not_ours = elsewhere.path().join("letter.txt");
    std::fs::write(&not_ours, "dear broker").unwrap();
    let data = elsewhere.path().join("data");
    for (words, expected, status) in [
        (&["restore", text(&not_ours)][..], "is no database of ExpiryTrack", 2),
        (&["restore", "missing.db"], "missing.db cannot be read", 2),
        (&["restore", text(&backup), "--simulated"], "here belong data of the simulated market", 2),
        (
            &["restore", text(&backup), "--upstox-url", "https://api.upstox.com"],
            "here belong data of Upstox",
            2,
        ),
    ] {
        let (exit, told, problem) = run_in(&stage, &data, words);
        assert_eq!((exit, told.as_str()), (status, ""), "{problem}");
        assert!(problem.contains(expected) && problem.lines().count() == 1, "{problem}");
        assert!(!data.exists(), "{words:?}");
    }
    let (exit, _, problem) = run(&stage, &["restore", text(&backup)]);
    assert!(exit == 2 && problem.contains("is not empty: expirytrack.db is in it"), "{problem}");
}

/// A limit of the operating system on the size of a file stands for a disk that is full.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_nothing_half_done_stays_and_nothing_is_upgraded() {
    let (stage, elsewhere) = (Stage::new().await, TempDir::new().unwrap());
    let server = Server::start(&stage);
    server.sign_in().await;
    server.collect(OTHER_EXPIRY).await;
    drop(server);
    let limited = |words: &str| {
        let script = format!("trap '' XFSZ; ulimit -f 500; exec \"$0\" {words}");
        let mut shell = Command::new("sh");
        outcome(
            executable::settle(&mut shell, &stage).args(["-c", &script, executable::PATH]).output().unwrap(),
        )
    };
    let target = elsewhere.path().join("backup.db");
    let (status, _, problem) = limited(&format!("backup {}", text(&target)));
    assert_eq!(status, 1, "{problem}");
    assert_full_disk_once(&problem);
    assert_eq!(names(elsewhere.path()), Vec::<String>::new());
    assert_eq!(run(&stage, &["backup", text(&target)]).0, 0);
    let data = elsewhere.path().join("data");
    let (status, _, problem) = limited(&format!("restore {} --data-dir {}", text(&target), text(&data)));
    assert_eq!(status, 1, "{problem}");
    assert_full_disk_once(&problem);
    assert!(!data.exists());

    let version = "SELECT max(version) FROM _sqlx_migrations";
    let newest = stage.sql::<i64>(version);
    let database = stage.data.path().join("expirytrack.db");
    make_older(&database, 9);
    for words in ["jobs", "schedule list"] {
        let (status, _, problem) = limited(words);
        assert!(status == 1 && problem.contains("EXPIRYTRACK_UPGRADE_WITHOUT_BACKUP=1"), "{problem}");
        assert!(problem.contains("before-upgrade-from-9.db could not be written"), "{problem}");
        assert_full_disk_once(&problem);
        assert_eq!(stage.sql::<i64>(version), 9);
        assert!(!names(stage.data.path()).iter().any(|name| name.starts_with("before-upgrade")));
    }
    let (status, _, problem) = run(&stage, &["jobs", "--upgrade-without-backup"]);
    assert_eq!(status, 0, "{problem}");
    assert_eq!(stage.sql::<i64>(version), newest);
    assert!(!names(stage.data.path()).iter().any(|name| name.starts_with("before-upgrade")));
    // Somebody who always says so is not stopped by a server that has the directory.
    let _server = Server::start(&stage);
    assert_eq!(run(&stage, &["jobs", "--upgrade-without-backup"]).0, 0);
}
