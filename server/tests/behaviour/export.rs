//! `expirytrack export` as the executable does it: files and manifest, what it refuses, and a disk that fills up.

use std::process::{Command, Output};

use crate::common::{Stage, assert_full_disk_once};
use crate::executable;

const EXPIRY: &str = "2025-08-21";

/// With at most so many blocks of 512 bytes a file.
fn run(stage: &Stage, limit: Option<u32>, words: &str) -> Output {
    // With the signal ignored the write fails with an error, as on a full disk.
    let limit = limit.map(|blocks| format!("trap '' XFSZ; ulimit -f {blocks};")).unwrap_or_default();
    let script = format!("{limit} exec \"$0\" {words}");
    let mut shell = Command::new("sh");
    executable::settle(&mut shell, stage).args(["-c", &script, executable::PATH]).output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

async fn collected() -> Stage {
    let stage = Stage::new().await;
    std::fs::write(stage.data.path().join("token"), "simulated").unwrap();
    assert!(run(&stage, None, "login --token-stdin < token").status.success());
    let collect = format!("collect --underlying 'NSE_INDEX|Nifty 50' --expiry {EXPIRY}");
    assert!(run(&stage, None, &collect).status.success());
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn files_come_with_a_manifest_and_a_full_disk_leaves_nothing_half() {
    let stage = collected().await;
    let data = stage.data.path();
    let estimate = run(&stage, None, "export NIFTY --json");
    let estimate: serde_json::Value = serde_json::from_slice(&estimate.stdout).unwrap();
    let made = run(&stage, None, "export NIFTY --with underlying --format csv --json --out taken");
    assert!(made.status.success(), "{}", told(&made));
    let manifest: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    let (contracts, own) = (&manifest["files"][0], &manifest["files"][1]);
    assert_eq!(
        (&contracts["name"], &own["name"]),
        (&"candles-NIFTY-2025-08-21.csv".into(), &"underlying-NIFTY.csv".into())
    );
    assert_eq!(contracts["rows"], estimate["rows"]);
    let lines =
        |name: &str| std::fs::read_to_string(data.join("taken").join(name)).unwrap().lines().count() as u64;
    assert_eq!(lines("candles-NIFTY-2025-08-21.csv") - 1, contracts["rows"].as_u64().unwrap());
    assert_eq!(lines("underlying-NIFTY.csv") - 1, own["rows"].as_u64().unwrap());

    for (words, code, sentence) in [
        ("export NIFTY --out taken", 2, "holds something else than this export"),
        ("export NIFTY --expiry 2025-08-20 --out other", 2, "has no expiry on 20 Aug 2025"),
        (
            "export NIFTY --preset pandas --format csv --out other",
            2,
            "a preset has its own columns and format",
        ),
        (
            "export NIFTY --format xls --out other",
            2,
            "possible values: csv, csv.gz, csv.zip, json, parquet, arrow, xlsx",
        ),
        ("export --out other", 2, "name an underlying, or contracts by their keys"),
    ] {
        let refused = run(&stage, None, words);
        assert_eq!(refused.status.code(), Some(code), "{words}: {}", told(&refused));
        assert!(told(&refused).contains(sentence), "{words}: {}", told(&refused));
    }
    // What is there is written, and the status says that something is not.
    let partly = run(&stage, None, "export NIFTY --expiry 2025-08-21,2025-08-14 --out partly");
    let words = String::from_utf8_lossy(&partly.stdout).into_owned();
    assert!(partly.status.code() == Some(4) && words.contains("left out: "), "{words} {}", told(&partly));
    assert!(run(&stage, None, "export NIFTY --kind ce --strike-to -5 --out none").status.code() == Some(2));
    let calls = run(&stage, None, "export NIFTY --expiry 2025-08-21 --kind ce --out calls");
    assert_eq!(calls.status.code(), Some(0), "never traded is not missing: {}", told(&calls));
    // Two at once do not take each other's files.
    std::fs::create_dir(data.join("busy")).unwrap();
    let held = std::fs::File::open(data.join("busy")).unwrap();
    held.lock().unwrap();
    let second = run(&stage, None, "export NIFTY --out busy");
    assert_eq!(second.status.code(), Some(1), "{}", told(&second));
    assert!(told(&second).contains("another export is being written into busy"), "{}", told(&second));
    drop(held);

    let snippet = run(&stage, None, "export --preset polars");
    let snippet = String::from_utf8(snippet.stdout).unwrap();
    assert!(snippet.contains("docs/snippets/polars.py") && snippet.contains("import polars"), "{snippet}");

    // A sheet is full in its temporary folder before it is full in the file.
    let reasons = [
        ("csv", protocol::DISK_FULL),
        ("parquet", protocol::DISK_FULL),
        ("csv.zip", protocol::DISK_FULL),
        ("xlsx", "set TMPDIR"),
    ];
    for (format, reason) in reasons {
        let full = run(&stage, Some(120), &format!("export NIFTY --format {format} --out full-{format}"));
        assert_eq!(full.status.code(), Some(1), "{}", told(&full));
        assert!(told(&full).contains(reason), "{}", told(&full));
        if reason == protocol::DISK_FULL {
            assert_full_disk_once(&told(&full));
        }
        assert!(!told(&full).contains("ZipWriter"), "{}", told(&full));
        assert!(!data.join(format!("full-{format}")).exists(), "{format}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cut_off_is_made_again_by_the_same_command_and_has_no_manifest_until_then() {
    let stage = collected().await;
    // Of a put that hardly traded, and of the underlying all.
    let strike = stage.sql::<i64>("SELECT max(strike) / 100 FROM contract");
    let words =
        format!("export NIFTY --kind PE --strike-from {strike} --with underlying --format csv --json --out");
    let made = |limit: Option<u32>, folder: &str| run(&stage, limit, &format!("{words} {folder}"));
    let files = |made: &Output| {
        assert!(made.status.success(), "{}", told(made));
        serde_json::from_slice::<serde_json::Value>(&made.stdout).unwrap()["files"].clone()
    };
    let whole = files(&made(None, "before"));
    let bytes: Vec<u64> = whole.as_array().unwrap().iter().map(|of| of["bytes"].as_u64().unwrap()).collect();
    // The first file has room, and a later one has none.
    let limit = (bytes[0] / 512 + 1).max(120);
    assert!(bytes.iter().any(|bytes| *bytes > limit * 512), "{bytes:?}");
    // One that was begun, and one that was whole and is made once more.
    for folder in ["new", "before"] {
        let path = stage.data.path().join(folder);
        let cut = made(Some(u32::try_from(limit).unwrap()), folder);
        assert_eq!(cut.status.code(), Some(1), "{}", told(&cut));
        assert!(told(&cut).contains("the disk is full"), "{}", told(&cut));
        assert!(path.join(whole[0]["name"].as_str().unwrap()).exists(), "{folder}");
        assert!(!path.join("manifest.json").exists(), "{folder}");
        let other = run(&stage, None, &format!("export NIFTY --out {folder}"));
        assert_eq!(other.status.code(), Some(2), "{}", told(&other));
        assert!(told(&other).contains("holds something else than this export"), "{}", told(&other));

        assert_eq!(files(&made(None, folder)), whole, "{folder}");
        let names = std::fs::read_dir(&path).unwrap();
        assert_eq!(names.count(), bytes.len() + 1, "{folder}: files and the manifest");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn candles_that_are_not_there_say_why_and_make_no_file() {
    let stage = collected().await;
    let listed = run(&stage, None, "contracts NIFTY 2025-08-14");
    assert!(listed.status.success(), "{}", told(&listed));
    let key = |of: &str| {
        stage.sql::<String>(&format!("SELECT expired_instrument_key FROM contracts WHERE {of} LIMIT 1"))
    };
    let unasked = key("expiry_date = '2025-08-14'");
    // Asked for, and answered without a row.
    let never = key("expiry_date = '2025-08-21' AND contract_type = 'PE'");
    stage.change(&format!(
        "DELETE FROM candle WHERE series_id IN (SELECT s.id FROM series s JOIN contract c ON c.id = s.contract_id
             WHERE c.segment || '|' || c.exchange_token = '{}');
         DELETE FROM series_day WHERE series_id IN (SELECT s.id FROM series s JOIN contract c ON c.id = s.contract_id
             WHERE c.segment || '|' || c.exchange_token = '{0}');
         UPDATE series SET candles = 0 WHERE contract_id IN (SELECT id FROM contract c
             WHERE c.segment || '|' || c.exchange_token = '{0}')",
        never.rsplit_once('|').unwrap().0
    ));
    let traded = stage.sql::<String>("SELECT expired_instrument_key FROM historical_data LIMIT 1");
    for (words, sentence) in [
        (format!("'{unasked}'"), "was never asked for, collect its expiry first"),
        (format!("'{never}'"), "there is no candle of NIFTY"),
        (
            format!("'{traded}' --from 2025-01-01 --to 2025-01-02"),
            "nothing of 1 Jan 2025 to 2 Jan 2025 makes",
        ),
        (format!("'{traded}' --from 2025-08-21 --to 2025-08-20"), "backwards"),
    ] {
        for form in ["", "--json"] {
            let refused = run(&stage, None, &format!("candles {words} {form} --out none.csv"));
            assert_eq!(refused.status.code(), Some(2), "{words}: {}", told(&refused));
            assert!(told(&refused).contains(sentence), "{words}: {}", told(&refused));
            assert!(refused.stdout.is_empty() && !stage.data.path().join("none.csv").exists(), "{words}");
        }
    }
    let by_name = run(&stage, None, &format!("candles '{traded}' --out some.parquet"));
    assert!(by_name.status.success(), "{}", told(&by_name));
    assert!(std::fs::read(stage.data.path().join("some.parquet")).unwrap().starts_with(b"PAR1"));
}
