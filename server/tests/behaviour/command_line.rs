//! Commands as people run them: words in, what is written and told out.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use simulator::{Chance, Faults};
use tempfile::TempDir;

use crate::common::{Stage, make_older};
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

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|of| of.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// No key, no lock and no copy beside a database that is refused, and nothing is changed in it.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_refused_stays_alone_and_as_it_is() {
    let stage = Stage::new().await;
    let (folder, database) = (stage.data.path(), stage.data.path().join("expirytrack.db"));
    assert_eq!(run(&stage, &["schedule", "list"]).0, 0);
    for name in ["key", "lock"] {
        std::fs::remove_file(folder.join(name)).unwrap();
    }
    // One of an older version would be brought forward, with a copy of what it was.
    make_older(&database, 9);
    let version = "SELECT max(version) FROM _sqlx_migrations";
    for words in [
        &["serve", "--simulated", "--addr", "127.0.0.1:0"][..],
        &["serve", "--upstox-url", "https://api.upstox.com", "--addr", "127.0.0.1:0"],
        &["schedule", "list", "--simulated"],
        &["settings", "--simulated"],
    ] {
        let (status, _, told) = run(&stage, words);
        assert!(
            status == 2 && told.contains("holds data of another address than Upstox"),
            "{words:?}: {told}"
        );
        assert_eq!(names(folder), ["expirytrack.db"], "{words:?}");
        assert_eq!(stage.sql::<i64>(version), 9, "{words:?}");
    }
    stage.change("INSERT INTO _sqlx_migrations VALUES (999, 'future', 0, 1, x'00', 0)");
    for words in [&["serve", "--addr", "127.0.0.1:0"][..], &["schedule", "list"], &["login", "--token-stdin"]]
    {
        let (status, _, told) = run(&stage, words);
        assert!(status == 2 && told.contains("was written by a newer version"), "{words:?}: {told}");
        assert_eq!(names(folder), ["expirytrack.db"], "{words:?}");
    }
    let change = ["vault", "to-passphrase", "--passphrase-file", "words"];
    std::fs::write(folder.join("words"), "correct horse battery").unwrap();
    let (status, _, told) = run(&stage, &change);
    assert!(status == 2 && told.contains("was written by a newer version"), "{told}");
    assert!(!names(folder).iter().any(|name| name == "key" || name == "lock"), "{:?}", names(folder));
}

/// Where there was no directory there is none afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_is_refused_makes_no_directory() {
    let (stage, elsewhere) = (Stage::new().await, TempDir::new().unwrap());
    std::fs::write(elsewhere.path().join("short"), "short").unwrap();
    std::fs::write(elsewhere.path().join("words"), "correct horse battery").unwrap();
    let before = names(elsewhere.path());
    let data = elsewhere.path().join("deep/data");
    for words in [
        "serve --addr 127.0.0.1:0 --key-file nowhere/key",
        "serve --addr 127.0.0.1:0 --key-file short",
        "serve --addr 127.0.0.1:0 --passphrase-file short",
        "serve --addr 127.0.0.1:0 --simulated --faults nowhere.json",
        "serve --addr 127.0.0.1:0 --behind-proxy",
        "settings --key-file nowhere/key",
        "password",
        "token revoke nobody",
        "vault to-passphrase --passphrase-file words",
        "vault to-key-file --passphrase-file words",
    ] {
        let mut command = Command::new(PATH);
        settle(&mut command, &stage).args(words.split(' ')).current_dir(elsewhere.path());
        let output = command.env("EXPIRYTRACK_DATA_DIR", &data).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && told.lines().count() == 1, "{words}: {told}");
        assert_eq!(names(elsewhere.path()), before, "{words}: {told}");
    }
    let file = elsewhere.path().join("words");
    let mut serve = expirytrack(&stage, &["serve", "--addr", "127.0.0.1:0"]);
    let output = serve.env("EXPIRYTRACK_DATA_DIR", &file).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(2) && told.contains("words cannot be used: check that it exists"),
        "{told}"
    );
}

/// A `.env` file may hold secrets: what cannot be read of it is told without its words.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_variables_that_cannot_be_read_is_told_without_its_lines() {
    let stage = Stage::new().await;
    for (bytes, sentence) in [
        (
            b"EXPIRYTRACK_LOG=info\nmy secret 12345\n".as_slice(),
            "one of its lines is not written as NAME=VALUE",
        ),
        (b"SECRET=\xff12345\n", "it is no text in UTF-8"),
    ] {
        std::fs::write(stage.data.path().join(".env"), bytes).unwrap();
        let (status, _, told) = run(&stage, &["jobs"]);
        assert_eq!((status, told.lines().count()), (2, 1), "{told}");
        assert!(told.contains(sentence) && !told.contains("12345"), "{told}");
    }
}

/// A wrong variable is told by its name at every start, also by a command that does not take it; its value where that
/// holds no secret.
#[tokio::test(flavor = "multi_thread")]
async fn a_variable_that_is_wrong_is_named_whatever_the_command_is() {
    let stage = Stage::new().await;
    let commands: [&[&str]; 3] = [
        &["serve", "--simulated", "--addr", "127.0.0.1:0"],
        &["doctor"],
        &["jobs", "--max-requests-per-second", "3"],
    ];
    for (name, value, why) in [
        ("EXPIRYTRACK_MAX_WORKERS", "99", "invalid value '99': "),
        ("EXPIRYTRACK_HISTORICAL_DAYS", "0", "invalid value '0': "),
        ("EXPIRYTRACK_RATE_LIMITS", "many", "invalid value 'many': "),
        ("EXPIRYTRACK_MAX_REQUESTS_PER_SECOND", "0", "invalid value '0': write a number above zero"),
        ("EXPIRYTRACK_JSON", "perhaps", "invalid value 'perhaps': write true or false"),
        ("EXPIRYTRACK_LOG", "loud", "invalid value 'loud': write one of off, error, "),
        (
            "EXPIRYTRACK_UPSTOX_URL",
            "http://planted:planted@127.0.0.1",
            "must not carry a user name or password",
        ),
        ("EXPIRYTRACK_UPSTOX_URL", "http://127.0.0.1/?token=planted", "must not carry a query"),
        ("EXPIRYTRACK_UPSTOX_URL", "planted", "what was given is not an address of Upstox"),
    ] {
        for words in commands {
            let output = expirytrack(&stage, words).env(name, value).output().unwrap();
            let told = String::from_utf8(output.stderr).unwrap();
            assert_eq!((output.status.code(), told.lines().count()), (Some(2), 1), "{words:?}: {told}");
            let begins = format!("error: {name} in the environment or .env: ");
            assert!(told.starts_with(&begins) && told.contains(why), "{words:?}: {told}");
            assert!(!told.contains("planted") && output.stdout.is_empty(), "{words:?}: {told}");
        }
        let help = expirytrack(&stage, &["--help"]).env(name, value).output().unwrap();
        let told = String::from_utf8(help.stdout).unwrap();
        assert!(help.status.success() && !told.contains("planted"), "{told}");
    }
    std::fs::write(stage.data.path().join(".env"), "EXPIRYTRACK_MAX_WORKERS=99\n").unwrap();
    let (status, _, told) = run(&stage, &["jobs"]);
    assert!(status == 2 && told.starts_with("error: EXPIRYTRACK_MAX_WORKERS in the environment"), "{told}");
}

/// An empty variable is one that is not there.
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_variable_is_not_given() {
    let stage = Stage::new().await;
    let mut doctor = expirytrack(&stage, &["doctor"]);
    let names = ["DATA_DIR", "UPSTOX_URL", "KEY_FILE", "PASSPHRASE_FILE", "JSON", "LOG", "RATE_LIMITS"];
    let more = ["UPGRADE_WITHOUT_BACKUP", "MAX_REQUESTS_PER_SECOND", "MAX_WORKERS", "HISTORICAL_DAYS"];
    for name in names.into_iter().chain(more) {
        doctor.env(format!("EXPIRYTRACK_{name}"), "");
    }
    let output = doctor.output().unwrap();
    let screen = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{screen} {}", String::from_utf8_lossy(&output.stderr));
    assert!(screen.contains("https://api.upstox.com"), "{screen}");
    assert!(screen.contains("EXPIRYTRACK_MAX_WORKERS=  (empty: as if it were not there)"), "{screen}");
}

/// Rows that cannot be true are left out, so what was asked for is not all there.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_with_refused_rows_does_not_end_as_one_that_brought_everything() {
    let stage = Stage::new().await;
    sign_in(&stage);
    let collect = |expiry, form| {
        run(&stage, &["collect", "--underlying", "NIFTY", "--expiry", expiry, "--days", "1", form])
    };
    let (status, told, beside) = collect("2025-08-14", "--json");
    assert_eq!(status, 0, "{told} {beside}");
    stage.set_faults(Faults { impossible_rows: Chance::ALWAYS, ..Faults::default() });
    let (status, told, beside) = collect("2025-08-21", "--json");
    let outcome: serde_json::Value =
        serde_json::from_str(&told).unwrap_or_else(|_| panic!("{status} {beside}"));
    assert!(outcome["status"] == "completed" && outcome["refused"].as_u64().unwrap() > 0, "{outcome}");
    assert_eq!(status, 4, "{outcome} {beside}");

    // A program that was killed leaves its job as it stood; nobody runs it, and that is said.
    stage.change("UPDATE job SET status = 'running' WHERE id = 1");
    let (_, list, _) = run(&stage, &["jobs"]);
    assert!(list.contains("stopped, its program ended"), "{list}");
    let (_, shown, _) = run(&stage, &["jobs", "show", "1"]);
    assert!(shown.contains("job 1: stopped") && shown.contains("goes on with it"), "{shown}");
    let held = std::fs::File::options().write(true).open(stage.data.path().join("lock")).unwrap();
    held.lock().unwrap();
    let (_, list, _) = run(&stage, &["jobs"]);
    assert!(list.contains("running"), "{list}");
}
