//! Commands as people run them: words in, what is written and told out.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::common::Stage;
use crate::executable::{PATH, settle};

/// The executable with these words.
pub fn expirytrack(stage: &Stage, words: &[&str]) -> Command {
    let mut command = Command::new(PATH);
    settle(&mut command, stage).args(words);
    command
}

/// Exit status, standard output, standard error.
pub fn run(stage: &Stage, words: &[&str]) -> (i32, String, String) {
    let output = expirytrack(stage, words).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Signs in to the simulated broker.
pub fn sign_in(stage: &Stage) {
    let mut login = expirytrack(stage, &["login", "--token-stdin"]);
    let mut login = login.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    login.stdin.take().unwrap().write_all(b"simulated").unwrap();
    assert!(login.wait().unwrap().success());
}

/// What lies in a data directory and is not this run's to open was given wrongly: refused, with status 2, whatever the
/// command; what another program wrote is left as it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_data_directory_of_another_kind_is_refused_by_reading_and_changing_commands() {
    let stage = Stage::new().await;
    let database = stage.data.path().join("expirytrack.db");
    let commands: [&[&str]; 3] = [&["coverage"], &["schedule", "list"], &["chain", "NIFTY", "2025-08-28"]];
    let refuse = |what: &str, sentence: &str| {
        for words in commands {
            let (status, _, told) = run(&stage, words);
            assert_eq!(status, 2, "{what}, {words:?}: {told}");
            assert!(told.contains(sentence), "{what}, {words:?}: {told}");
        }
    };
    let of_another = rusqlite::Connection::open(&database).unwrap();
    of_another.execute_batch("CREATE TABLE photo (id INTEGER PRIMARY KEY, name TEXT)").unwrap();
    drop(of_another);
    let before = std::fs::read(&database).unwrap();
    refuse("a database of another program", "is not a database of ExpiryTrack");
    assert!(std::fs::read(&database).unwrap() == before, "nothing is written into it");

    std::fs::remove_file(&database).unwrap();
    assert_eq!(run(&stage, &["schedule", "list"]).0, 0, "made anew");
    let newer = rusqlite::Connection::open(&database).unwrap();
    newer.execute("INSERT INTO _sqlx_migrations VALUES (999, 'future', 0, 1, x'00', 0)", []).unwrap();
    newer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(newer);
    refuse("a database of a later version", "was written by a newer version");
}
