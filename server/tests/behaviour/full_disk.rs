//! A disk that fills up, at ever later moments: the executable says so in a sentence, nothing that was stored is
//! harmed, and with space again the job goes on to its end. A limit of the operating system on the size of a
//! file stands for the disk, so every write beyond it fails as on a full one.

use crate::executable;
use std::process::{Command, Output};

use crate::common::{Stage, assert_full_disk_once, day, nifty};
use market::ContractKinds;

const EXPIRY: &str = "2025-08-21";
/// In blocks of 512 bytes: from less than an empty database needs to most of the job.
const LIMITS: [u32; 7] = [64, 200, 450, 700, 1_500, 2_500, 4_000];

fn run(stage: &Stage, limit: Option<u32>, words: &str) -> Output {
    // With the signal ignored the write fails with an error, as on a full disk.
    let limit = limit.map(|blocks| format!("trap '' XFSZ; ulimit -f {blocks};")).unwrap_or_default();
    let script = format!("{limit} exec \"$0\" {words}");
    let mut shell = Command::new("sh");
    executable::settle(&mut shell, stage).args(["-c", &script, executable::PATH]).output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_is_told_and_harms_nothing() {
    let stage = Stage::wide().await;
    std::fs::write(stage.data.path().join("token"), "simulated").unwrap();
    assert!(run(&stage, None, "login --token-stdin < token").status.success());
    let collect = format!("collect --underlying 'NSE_INDEX|Nifty 50' --expiry {EXPIRY}");
    for limit in LIMITS {
        let output = run(&stage, Some(limit), &collect);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{limit}: {told}");
        assert_full_disk_once(&told);
        assert!(!told.contains("panicked"), "{limit}: {told}");
        assert_eq!(stage.sql::<String>("PRAGMA integrity_check"), "ok", "{limit}");
    }
    let output = run(&stage, None, &collect);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    stage.assert_equals_broker(&nifty(), day(EXPIRY), ContractKinds::Both);

    let dataset = "dataset NIFTY --slots atm1 --from 2025-08-20 --to 2025-08-21 --out new/set";
    let output = run(&stage, Some(64), dataset);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("train.parquet"), "{told}");
    assert_full_disk_once(&told);
    assert!(!stage.data.path().join("new").exists(), "{told}");
    let output = run(&stage, None, dataset);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
