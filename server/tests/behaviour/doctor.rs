//! `expirytrack doctor` of the real executable: beside a server, without one, and over what cannot be opened; and no
//! secret on its screen.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::common::{Stage, make_older};
use crate::executable;
use crate::rest::server::{EXPIRY, OTHER_EXPIRY, Server};
use reqwest::Method;
use serde_json::{Value, json};
use simulator::{Chance, Faults};
use tempfile::TempDir;

const PLANTED: &str = "planted-value-6642";

fn run(stage: &Stage, data: &Path, words: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(executable::PATH);
    executable::settle(&mut command, stage).args(words).env("EXPIRYTRACK_DATA_DIR", data);
    command
        .env("EXPIRYTRACK_LOG", "error")
        .env("EXPIRYTRACK_NO_SUCH_SECRET", PLANTED)
        .env("HTTPS_PROXY", PLANTED);
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

fn examined(stage: &Stage, data: &Path) -> (String, Value) {
    let (status, screen) = run(stage, data, &["doctor"]);
    assert_eq!(status, Some(0), "{screen}");
    let (status, document) = run(stage, data, &["doctor", "--json"]);
    assert_eq!(status, Some(0), "{document}");
    assert!(!screen.contains(PLANTED) && !document.contains(PLANTED), "{screen} {document}");
    (screen, serde_json::from_str(&document).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_screen_tells_what_a_helper_asks_beside_a_server_and_after_it() {
    let stage = Stage::new().await;
    let data = stage.data.path();
    let server = Server::start(&stage);
    let token = "simulated";
    server.sign_in().await;
    server.collect(EXPIRY).await;
    let candles = "/v2/expired-instruments/historical-candle".to_owned();
    let refusing = Faults { path_prefix: candles, server_error: Chance::ALWAYS, ..Faults::default() };
    stage.set_faults(Faults { server_error_status: 404, ..refusing });
    server.collect(OTHER_EXPIRY).await;
    assert_eq!(server.send(Method::POST, "backups", json!({})).await.0, 201);
    assert_eq!(run(&stage, data, &["verify"]).0, Some(0));

    let (screen, document) = examined(&stage, data);
    for told in [
        "ExpiryTrack ",
        ", SQLite 3.",
        "data of another address than Upstox, layout ",
        "1 completed, 1 completed with failures",
        "a server at http://127.0.0.1:",
        "it lives, and its database answers",
        "sound on ",
        "1, the newest of ",
        "fits the times of the files",
        "kept on ",
        "EXPIRYTRACK_LOG=error",
        "EXPIRYTRACK_NO_SUCH_SECRET  (no setting of this version)",
        "HTTPS_PROXY",
        "job 2: ",
        ", warn: ",
    ] {
        assert!(screen.contains(told), "{told} is not in {screen}");
    }
    assert!(!screen.contains(token) && screen.lines().count() < 50, "{screen}");
    assert_eq!(
        (&document["server"]["lives"], &document["last_verify"]["sound"]),
        (&json!(true), &json!(true))
    );
    assert!(
        document["database"]["sign_in"]["kept_at"].is_i64() && document["commit"].is_string(),
        "{document}"
    );
    drop(server);

    let (screen, document) = examined(&stage, data);
    assert!(
        screen.contains("nobody has the data directory"),
        "a server that was killed is no owner: {screen}"
    );
    assert!(document["owner"].is_null() && document["server"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_opened_is_told_with_why_and_nothing_is_changed() {
    let (stage, empty) = (Stage::new().await, TempDir::new().unwrap());
    let missing = empty.path().join("nowhere");
    let (screen, document) = examined(&stage, &missing);
    assert!(
        screen.contains("cannot be opened: there is none yet") && screen.contains("key is not there"),
        "{screen}"
    );
    assert!(!missing.exists() && document["database"]["problem"].is_string());

    let data = stage.data.path();
    assert_eq!(run(&stage, data, &["schedule", "list"]).0, Some(0));
    let database = data.join("expirytrack.db");
    make_older(&database, 9);
    let (screen, document) = examined(&stage, data);
    assert!(screen.contains("layout 9 of "), "{screen}");
    assert_eq!(
        (&document["database"]["schema"], stage.sql::<i64>("SELECT max(version) FROM _sqlx_migrations")),
        (&json!(9), 9)
    );
    let connection = rusqlite::Connection::open(&database).unwrap();
    connection.execute("INSERT INTO _sqlx_migrations VALUES (999, 'future', 0, 1, x'00', 0)", []).unwrap();
    drop(connection);
    assert!(examined(&stage, data).0.contains("was written by a newer version"));
    std::fs::write(&database, [b'x'; 10_000]).unwrap();
    assert!(examined(&stage, data).0.contains("is no database of ExpiryTrack"));
    assert_eq!(std::fs::read(&database).unwrap(), [b'x'; 10_000]);

    let written = std::fs::File::options().write(true).open(data.join("key")).unwrap();
    #[expect(clippy::disallowed_methods, reason = "the file lives in real time")]
    written.set_modified(SystemTime::now() + Duration::from_secs(7_200)).unwrap();
    let (screen, _) = examined(&stage, data);
    assert!(screen.contains("the clock is behind: a file was written 7"), "{screen}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(data.join("key"), std::fs::Permissions::from_mode(0o644)).unwrap();
        let (screen, document) = examined(&stage, data);
        assert!(screen.contains("key, 32 bytes, 0644: others than its owner may look into it"), "{screen}");
        assert_eq!(document["files"][1]["mode"], "0644");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_finds_something_is_remembered() {
    let stage = Stage::new().await;
    let server = Server::start(&stage);
    server.sign_in().await;
    server.collect(EXPIRY).await;
    drop(server);
    let data = stage.data.path();
    assert!(examined(&stage, data).0.contains("never on this machine"));
    let connection = rusqlite::Connection::open(data.join("expirytrack.db")).unwrap();
    let sql = "UPDATE candle SET low = high + 1 WHERE (series_id, ts) IN (SELECT series_id, ts FROM candle LIMIT 1)";
    assert_eq!(connection.execute(sql, []).unwrap(), 1);
    drop(connection);
    assert_eq!(run(&stage, data, &["verify", "--underlying", "NIFTY"]).0, Some(1));
    assert!(examined(&stage, data).0.contains("never on this machine"), "a part is not the whole");
    assert_eq!(run(&stage, data, &["verify"]).0, Some(1));
    let (screen, document) = examined(&stage, data);
    assert!(
        screen.contains("NOT sound on ") && screen.contains("every candle can be true (1 wrong)"),
        "{screen}"
    );
    assert_eq!(document["last_verify"]["sound"], false);
}
