//! `--simulated` with commands: the market of a first look, with data of its own beside where real ones would lie.

use std::process::Command;

use crate::common::Stage;
use crate::executable::{PATH, settle};

/// As a newcomer's terminal would: nothing is set, and there is no broker but the built-in one.
fn run(stage: &Stage, words: &str) -> (Option<i32>, String) {
    let mut shell = Command::new("sh");
    settle(&mut shell, stage).env_remove("EXPIRYTRACK_UPSTOX_URL").env_remove("EXPIRYTRACK_DATA_DIR");
    let output = shell.args(["-c", &format!("echo simulated | exec \"$0\" {words}"), PATH]).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout) + &text(output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_work_on_the_simulated_market_and_name_it_where_only_its_data_are_there() {
    let stage = Stage::new().await;
    for words in [
        "login --token-stdin --simulated",
        "--simulated collect --underlying NIFTY --expiry 2025-08-21 --kind options --strikes 1",
        "chain NIFTY 2025-08-21 --at 2025-08-20T10:30 --simulated",
        "export NIFTY --simulated --out taken",
    ] {
        let (code, told) = run(&stage, words);
        assert_eq!(code, Some(0), "{words}: {told}");
    }
    let here = |name: &str| stage.data.path().join(name).exists();
    assert!(here("data-simulated/expirytrack.db") && here("taken/manifest.json") && !here("data"));

    let (code, told) = run(&stage, "chain NIFTY 2025-08-21 --at 2025-08-20T10:30");
    assert_eq!(code, Some(2));
    assert!(told.contains("there is no database at ./data/expirytrack.db"), "{told}");
    assert!(told.contains("--simulated for the simulated market's"), "{told}");

    let (code, told) = run(&stage, "serve --today 2025-09-01");
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("--simulated"), "{told}");
}
