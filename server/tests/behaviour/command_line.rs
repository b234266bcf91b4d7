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
