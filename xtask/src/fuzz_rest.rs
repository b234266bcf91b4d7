//! REST is fuzzed by schemathesis, against the debug executable and its simulated market: whatever its document allows,
//! and much that it does not, must be answered as the document says, and never with a status of 500 and above. Streams,
//! which do not end, are asked by `fuzz_streams`. This task alone needs Python; what it installs lies under `target`, and
//! so does what is exported and published meanwhile.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::simulated::Simulated;
use crate::workspace::{Build, Database, System, Workspace};
use crate::{command, fuzz_streams, run, step};

const VERSION: &str = "schemathesis>=4.32,<5";
/// Whether what a schema allows is accepted no schema can say: that an underlying is known, that two days are in order,
/// that a cursor is of this query.
const LEFT_OUT: &str = "positive_data_acceptance";
/// What would lock the fuzzer out, sign it out, send mail, or fill the disk with copies; a sample, which asks the broker up
/// to 500 times within its limits; and streams, which are asked otherwise.
const NOT_ASKED: &str = "^/api/v1/(access|session|notices/test|backups|bhavcopy|stream|replay|verify/sample)";
const EXAMPLES: &str = "25";
/// Where schemathesis finds what it does before each request: orders of the lake name a place within this run's folder
/// and no other (`fuzz_places.py`).
const HOOKS: &str = "SCHEMATHESIS_HOOKS";
const LAKES: &str = "FUZZED_LAKES";

/// `arguments` go to schemathesis.
pub fn fuzz(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    run::build(workspace, Build::Quick, Database::Plain, System::This)?;
    let python = workspace.target.join("schemathesis");
    step::step("schemathesis", || install(&python))?;
    let (data, lakes) =
        (workspace.target.join("tmp/fuzz-rest"), workspace.target.join("tmp/fuzz-rest-lakes"));
    for folder in [&data, &lakes] {
        if folder.exists() {
            std::fs::remove_dir_all(folder).context("the data of the last run cannot be removed")?;
        }
    }
    let server = step::step("the simulated market is served", || Simulated::start(workspace, &data, &[]))?;
    step::step("an expiry is collected", || {
        let order = ["collect", "--underlying", "NIFTY", "--last", "1", "--days", "3"];
        command::run_quietly(server.expirytrack().args(order))
    })?;
    step::step("streams are asked", || {
        let asked = fuzz_streams::ask_all(&server.address)?;
        eprintln!("    {asked} requests");
        Ok(())
    })?;
    let mut fuzzer = Command::new(python.join("bin/schemathesis"));
    fuzzer.args(["run", &format!("{}/api/v1/openapi.json", server.address), "--url", &server.address]);
    fuzzer.args(["--checks", "all", "--exclude-checks", LEFT_OUT]);
    fuzzer.args(["--phases", "examples,coverage,fuzzing", "--exclude-path-regex", NOT_ASKED]);
    fuzzer.args(["--max-examples", EXAMPLES, "--continue-on-failure", "--request-timeout", "60"]);
    fuzzer.env(HOOKS, workspace.root.join("xtask/src/fuzz_places.py")).env(LAKES, &lakes);
    // What it remembers of a run it writes where it stands.
    command::run(fuzzer.args(arguments).current_dir(&workspace.target))
}

fn install(python: &Path) -> Result<()> {
    if command::answers(python.join("bin/schemathesis"), "--version") {
        return Ok(());
    }
    command::run_quietly(Command::new("python3").args(["-m", "venv"]).arg(python))?;
    command::run_quietly(Command::new(python.join("bin/pip")).args(["install", "--quiet", VERSION]))
}
