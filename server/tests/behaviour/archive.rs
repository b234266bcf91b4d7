//! Candles that leave the database for the lake and come back, by the real executable: beside a running server and
//! without one, and told the same by whoever asks.

use reqwest::Method;
use serde_json::{Value, json};

use crate::common::Stage;
use crate::rest::server::{EXPIRY, Server};
use crate::storage::{csv, document, run};

fn candles_here(stage: &Stage) -> i64 {
    stage.sql(
        "SELECT count(*) FROM candle k JOIN series s ON s.id = k.series_id WHERE s.contract_id IS NOT NULL",
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn moved_into_the_lake_and_back_beside_a_server_and_without_one() {
    let (stage, folder) = (Stage::new().await, tempfile::TempDir::new().unwrap());
    let lake = folder.path().to_str().unwrap();
    let server = Server::start(&stage);
    server.sign_in().await;
    server.collect(EXPIRY).await;
    let (before, all) = (csv(&stage), candles_here(&stage));
    assert!(before.iter().any(|csv| csv.lines().count() > 300), "{before:?}");

    // Nothing leaves that no lake has, and nothing without a word.
    let one = ["--underlying", "NIFTY", "--expiry", EXPIRY];
    let (status, _, told) = run(&stage, &[&["lake", "prune"], &one[..], &["--yes"]].concat());
    assert!(status == 2 && told.contains("publish it first"), "{status} {told}");
    let publish = [&["lake", "publish"], &one[..], &["--days", "1", "--to", lake]].concat();
    assert_eq!(run(&stage, &publish).0, 0);
    let (status, _, told) = run(&stage, &[&["lake", "prune"], &one[..]].concat());
    assert!(status == 2 && told.contains("there is no terminal to ask at"), "{status} {told}");
    assert!(told.contains("part-0.parquet") && told.contains("reads these candles from the lake"), "{told}");
    assert_eq!(candles_here(&stage), all);

    // Beside the server.
    let moved = document(&stage, &[&["lake", "prune"], &one[..], &["--yes"]].concat());
    assert_eq!((&moved["candles"], &moved["stopped"]), (&json!(all), &json!(false)));
    assert_eq!((candles_here(&stage), csv(&stage)), (0, before.clone()));
    let archived = server.send(Method::GET, "lake/archived", json!({})).await.1;
    assert_eq!(archived["archived"][0]["expiry"], EXPIRY);
    drop(server);

    // And without one.
    assert_eq!(csv(&stage), before);
    let (status, told, problem) = run(&stage, &["verify"]);
    assert!(status == 0 && told.contains("files of the lake"), "{told} {problem}");
    let back = document(&stage, &[&["lake", "unarchive"], &one[..]].concat());
    assert_eq!((&back["candles"], candles_here(&stage)), (&json!(all), all));
    assert_eq!(csv(&stage), before);
    let (status, _, told) = run(&stage, &[&["lake", "unarchive"], &one[..]].concat());
    assert!(
        status == 2 && told.contains("lies in the lake alone: there is nothing to bring back"),
        "{status} {told}"
    );
}

fn left(stage: &Stage) -> i64 {
    stage.sql("SELECT count(*) FROM candle")
}

/// Killed once some candles have moved, and never after the same time; the way there and the way back.
#[tokio::test(flavor = "multi_thread")]
async fn killed_while_candles_move_the_database_is_whole_and_the_same_command_finishes() {
    let (stage, folder) = (Stage::new().await, tempfile::TempDir::new().unwrap());
    let lake = folder.path().to_str().unwrap();
    let server = Server::start(&stage);
    server.sign_in().await;
    server.collect_days(EXPIRY, 90).await;
    drop(server);
    let one = ["--underlying", "NIFTY", "--expiry", EXPIRY];
    assert_eq!(run(&stage, &[&["lake", "publish"], &one[..], &["--to", lake]].concat()).0, 0);
    let (before, all, own) = (csv(&stage), candles_here(&stage), left(&stage) - candles_here(&stage));
    let prune = [&["lake", "prune"], &one[..], &["--yes"]].concat();
    let unarchive = [&["lake", "unarchive"], &one[..]].concat();
    let (mut kills, mut moved) = (0, 0);
    for (words, end) in [(&prune, 0), (&unarchive, all)] {
        for part in [1, 2, 3] {
            // Of what is to be moved by this command, so much is gone before the kill.
            let gone = |here: i64| if end == 0 { all - here } else { here };
            let mut command = std::process::Command::new(crate::executable::PATH);
            let mut child = crate::executable::settle(&mut command, &stage)
                .args(words)
                .stdin(std::process::Stdio::null())
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap();
            crate::common::until(async || {
                gone(left(&stage) - own) * 4 >= all * part || child.try_wait().unwrap().is_some()
            })
            .await;
            child.kill().unwrap();
            kills += i32::from(!child.wait().unwrap().success());
            let here = candles_here(&stage);
            moved += i32::from(0 < here && here < all);
            assert_eq!(csv(&stage), before, "after {here} of {all}");
            let (status, told, problem) = run(&stage, &["verify"]);
            assert_eq!(status, 0, "after {here} of {all}: {told} {problem}");
        }
        if candles_here(&stage) != end {
            // It counts what it did, and claims no more than that.
            let (status, _, told) = run(&stage, words);
            assert!(status == 0 && told.contains("this run has "), "{status} {told}");
        }
        assert_eq!((candles_here(&stage), csv(&stage)), (end, before.clone()));
        assert_eq!(run(&stage, &["verify"]).0, 0);
    }
    assert!(kills > 0 && moved > 0, "{kills} kills, {moved} of them while candles moved");
}

/// What a lake has of an expiry a second server tells word for word, without the database that it was collected into and
/// without the broker; and it says on every page what it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_lake_is_served_alone() {
    let (stage, folder) = (Stage::new().await, tempfile::TempDir::new().unwrap());
    let lake = folder.path().join("lake");
    let lake = lake.to_str().unwrap();
    let owner = Server::start(&stage);
    owner.sign_in().await;
    owner.collect(EXPIRY).await;
    let one = ["--underlying", "NIFTY", "--expiry", EXPIRY];
    assert_eq!(run(&stage, &[&["lake", "publish"], &one[..], &["--days", "2", "--to", lake]].concat()).0, 0);
    // What is of the lake is told of it by both: nothing of it is asked for again.
    document(&stage, &[&["lake", "prune"], &one[..], &["--yes"]].concat());
    let all = format!("underlying=NIFTY&expiry={EXPIRY}");
    let contracts = owner.get(&format!("contracts?{all}")).await.1;
    let keys =
        contracts["contracts"].as_array().unwrap().iter().map(|of| of["expired_key"].as_str().unwrap());
    let keys: Vec<String> = keys.map(|key| key.replace('|', "%7C")).collect();
    assert!(keys.len() > 3, "{contracts}");
    let of_expiry = ["contracts", "stored/contracts", "chain", "chain/days", "coverage", "candles"];
    let mut paths: Vec<String> = of_expiry.iter().map(|path| format!("{path}?{all}")).collect();
    paths.push(format!("coverage/map?{all}&days=2"));
    paths.push(format!("analysis/max-pain?{all}"));
    for key in &keys {
        paths.extend(["interval=5minute", "format=csv"].map(|how| format!("candles/{key}?{how}")));
        paths.push(format!("coverage/day?expired_key={key}&day={EXPIRY}"));
    }
    let mut told = Vec::new();
    for path in &paths {
        let answer = owner.request(Method::GET, path).send().await.unwrap();
        told.push((answer.status(), answer.text().await.unwrap()));
    }
    drop(owner);

    let asked = stage.simulator.referee().by_endpoint;
    let elsewhere = folder.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let at =
        [("TMPDIR", folder.path().to_str().unwrap()), ("EXPIRYTRACK_DATA_DIR", elsewhere.to_str().unwrap())];
    let replica = Server::start_as(&stage, &["--read-only", "--of", lake], &at);
    for (path, (status, text)) in paths.iter().zip(&told) {
        assert_eq!(*status, 200, "{path}: {text}");
        let answer = replica.request(Method::GET, path).send().await.unwrap();
        let (status, found) = (answer.status(), answer.text().await.unwrap());
        assert!(status == 200 && found == *text, "{path}: {status} {found}\n{text}");
    }
    let (_, session) = replica.get("session").await;
    assert_eq!(session["replica_of"], format!("the lake {lake}"), "{session}");
    let (status, problem) = replica.send(Method::POST, "storage/compact", json!({})).await;
    assert!(status == 409 && problem.to_string().contains("reads only"), "{problem}");
    assert_eq!(stage.simulator.referee().by_endpoint, asked, "the broker was asked");
    assert_eq!(crate::common::files_below(&elsewhere).len(), 0);

    // A lake that is none, and one that was changed, in a sentence.
    let told = |of: &str| run(&stage, &["serve", "--read-only", "--addr", "127.0.0.1:0", "--of", of]);
    let (status, _, problem) = told(elsewhere.to_str().unwrap());
    assert!(status != 0 && problem.contains("nothing is published in"), "{problem}");
    let file = format!("{lake}/candles/exchange=NSE/underlying=NIFTY/expiry={EXPIRY}/part-0.parquet");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let (status, _, problem) = told(lake);
    assert!(status != 0 && problem.contains("is not the file that was published"), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_served_beside_its_owner_and_changes_nothing() {
    let (stage, folder) = (Stage::new().await, tempfile::TempDir::new().unwrap());
    let owner = Server::start(&stage);
    owner.sign_in().await;
    owner.collect(EXPIRY).await;
    let one = ["--underlying", "NIFTY", "--expiry", EXPIRY];
    let lake = folder.path().to_str().unwrap();
    assert_eq!(run(&stage, &[&["lake", "publish"], &one[..], &["--days", "1", "--to", lake]].concat()).0, 0);
    document(&stage, &[&["lake", "prune"], &one[..], &["--yes"]].concat());
    let key: String = stage.sql("SELECT expired_instrument_key FROM contracts WHERE contract_type = 'FUT'");
    let chart = format!("candles/{}?interval=5minute", key.replace('|', "%7C"));
    let (status, told) = owner.send(Method::GET, &chart, Value::Null).await;
    assert_eq!(status, 200, "{told}");
    let files = || crate::common::files_below(stage.data.path());
    let before = files();

    let at = [("TMPDIR", lake)];
    let copy = Server::start_as(&stage, &["--read-only"], &at);
    assert_eq!(copy.send(Method::GET, &chart, Value::Null).await, (200, told.clone()), "from the lake");
    for (method, path, body) in [
        (Method::POST, "storage/compact", json!({})),
        (Method::PUT, "lake/place", json!({ "place": format!("{lake}/elsewhere") })),
        (Method::POST, "backups", Value::Null),
    ] {
        let (status, problem) = copy.send(method, path, body).await;
        assert!(status >= 400, "{path}: {problem}");
        assert!(problem.to_string().contains("reads only"), "{path}: {problem}");
    }
    // No answer is kept in a copy, and what only reads needs none.
    let keyed = async |path: &str, body: Value| {
        let request = copy.request(Method::POST, path).header("idempotency-key", "once").json(&body);
        copy.answer(request).await
    };
    for _ in 0..2 {
        let (status, answer) = keyed("sql", json!({ "sql": "SELECT 1 AS one" })).await;
        assert_eq!(status, 200, "{answer}");
    }
    let (status, problem) = keyed("storage/compact", json!({})).await;
    assert!(status == 409 && problem.to_string().contains("reads only"), "{problem}");
    assert_eq!(files(), before);
    // The owner goes on, and a copy of a backup is served as well.
    drop(owner);
    let backup = folder.path().join("backup.db");
    assert_eq!(run(&stage, &["backup", backup.to_str().unwrap()]).0, 0);
    drop(copy);
    let copy = Server::start_as(&stage, &["--read-only", "--of", backup.to_str().unwrap()], &at);
    assert_eq!(copy.send(Method::GET, &chart, Value::Null).await, (200, told));

    // The one that was killed above left its copy, and the one after it took that away; never one that is being served.
    let copies = || {
        let names = std::fs::read_dir(folder.path()).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.starts_with("expirytrack-replica-")).collect::<Vec<_>>()
    };
    let first = copies();
    assert_eq!(first.len(), 1, "{first:?}");
    let second = Server::start_as(&stage, &["--read-only"], &at);
    assert_eq!(copies().len(), 2);
    drop(second);
    assert_eq!(copies().len(), 2, "it was killed");
    let _third = Server::start_as(&stage, &[], &at);
    assert_eq!(copies(), first);
}
