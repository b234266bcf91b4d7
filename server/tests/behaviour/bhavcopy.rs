//! The exchange's files, coverage and quality on the command line: what is said, and what is refused in which words.

use serde_json::{Value, json};
use simulator::SimulatorOptions;

use crate::command_line::{run, sign_in};
use crate::common::Stage;

const EXPIRY: &str = "2025-08-28";
const REAL: &str =
    include_str!("../../../crates/engine/fixtures/bhavcopy_nse_fo_udiff_2025-08-01_sample.csv");

#[tokio::test(flavor = "multi_thread")]
async fn files_are_taken_in_one_by_one_and_coverage_and_quality_are_told() {
    let options =
        SimulatorOptions { limits: None, strikes_each_side_max: Some(2), ..SimulatorOptions::default() };
    let stage = Stage::with(options).await;
    sign_in(&stage);
    let (status, _, beside) =
        run(&stage, &["collect", "--underlying", "NIFTY", "--expiry", EXPIRY, "--days", "2"]);
    assert_eq!(status, 0, "{beside}");
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (good, wrong) = (path("BhavCopy_NSE_FO_0_0_0_20250801_F_0000.csv"), path("other.csv"));
    std::fs::write(&good, REAL).unwrap();
    std::fs::write(&wrong, "a,b\n1,2\n").unwrap();

    let (status, told, beside) = run(&stage, &["bhavcopy", &wrong, &good]);
    assert_eq!(status, 4, "one of them is refused");
    assert!(beside.contains("other.csv: this is no bhavcopy"), "{beside}");
    assert!(told.contains("NSE, 1 Aug 2025: 10 rows"), "the other is taken in: {told}");
    assert_eq!(run(&stage, &["bhavcopy", &wrong]).0, 2, "all of them are");
    let (status, told, _) = run(&stage, &["--json", "bhavcopy", &good]);
    let report: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((status, &report["files"][0]["replaced"]), (0, &Value::Bool(true)), "{report}");

    // A Sunday has no file, but for a special session; and what was taken in by mistake is taken back.
    let sunday = path("sunday.csv");
    std::fs::write(&sunday, REAL.replace("2025-08-01", "2025-08-03")).unwrap();
    let (status, _, beside) = run(&stage, &["bhavcopy", &sunday]);
    assert!(status == 2 && beside.contains("the market was closed on 3 Aug 2025"), "{status} {beside}");
    let (status, told, _) = run(&stage, &["bhavcopy", "--special-session", &sunday]);
    assert!(status == 0 && told.contains("Of a special session, as was said"), "{told}");
    let withdraw = ["bhavcopy", "--withdraw", "2025-08-03", "--exchange", "NSE"];
    let (status, told, _) = run(&stage, &withdraw);
    assert!(status == 0 && told.contains("sunday.csv is withdrawn"), "{told}");
    let (status, _, beside) = run(&stage, &withdraw);
    assert!(status == 2 && beside.contains("no file of 3 Aug 2025 was taken in"), "{status} {beside}");

    let (_, map, _) = run(&stage, &["coverage", "NIFTY", EXPIRY, "--days", "2"]);
    assert!(map.contains("NIFTY FUT 28 AUG 25") && map.contains("c complete: "), "{map}");
    let (_, calendar, _) = run(&stage, &["coverage"]);
    assert!(calendar.lines().any(|line| line.starts_with("NIFTY") && line.contains(EXPIRY)), "{calendar}");
    let (status, quality, _) = run(&stage, &["quality", "NIFTY"]);
    assert!(status == 0 && quality.contains("the exchange's files of "), "{quality}");

    // Of the expiries that are listed, so many of the newest are looked at as one asks.
    assert_eq!(run(&stage, &["contracts", "NIFTY", "2025-08-21"]).0, 0);
    let looked_at = |words: &[&str]| {
        let (status, told, beside) = run(&stage, &[&["--json", "quality", "NIFTY"], words].concat());
        assert_eq!(status, 0, "{beside}");
        let report: Value = serde_json::from_str(&told).unwrap();
        (report["listed"].clone(), report["looked_at"].clone())
    };
    assert_eq!(looked_at(&[]), (2.into(), json!([EXPIRY, "2025-08-21"])));
    assert_eq!(looked_at(&["--expiries", "1"]), (2.into(), json!([EXPIRY])));
    let (_, told, _) = run(&stage, &["quality", "NIFTY", "--expiries", "1"]);
    assert!(told.contains("1 newest listed expiry (1 older not looked at"), "{told}");
    let (status, _, beside) = run(&stage, &["quality", "NIFTY", "--expiries", "61"]);
    assert!(status == 2 && beside.contains("from 1 to 60"), "{beside}");
}
