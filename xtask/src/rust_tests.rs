//! The Rust tests of the workspace, counted. With cargo-nextest where it is on the PATH, else with `cargo
//! test`: nothing that must be installed stands between a newcomer and the tests.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow};

use crate::command;
use crate::tally::{Runner, Tally};
use crate::workspace::Workspace;

/// All of them, doc tests too, even after the first failure.
pub fn run(workspace: &Workspace) -> Result<Tally> {
    if command::answers("cargo-nextest", "--version") {
        let mut tests = workspace.cargo();
        tests.args(["nextest", "run", "--no-fail-fast"]);
        let mut examples = workspace.cargo();
        examples.args(["test", "--doc", "--no-fail-fast"]);
        return Ok(counted(selection(&mut tests, workspace), Runner::Nextest)?
            + counted(selection(&mut examples, workspace), Runner::CargoTest)?);
    }
    let mut tests = workspace.cargo();
    counted(selection(tests.args(["test", "--no-fail-fast"]), workspace), Runner::CargoTest)
}

fn selection<'a>(cargo: &'a mut Command, workspace: &Workspace) -> &'a mut Command {
    cargo.args(["--workspace", "--exclude", &workspace.frontend_package])
}

/// Passes the program's output on, line by line, and adds up its summaries: `cargo test` writes them to
/// standard output, nextest to standard error.
fn counted(cargo: &mut Command, runner: Runner) -> Result<Tally> {
    let mut child =
        cargo.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().context("cargo cannot be started")?;
    let stdout = child.stdout.take().ok_or_else(|| anyhow!("cargo has no standard output"))?;
    let stderr = child.stderr.take().ok_or_else(|| anyhow!("cargo has no standard error"))?;
    let reader = std::thread::spawn(move || pass_on(stderr, runner));
    let from_stdout = pass_on(stdout, runner)?;
    let from_stderr = reader.join().map_err(|_| anyhow!("reading cargo's output failed"))??;
    let status = child.wait()?;
    Ok((from_stdout + from_stderr).with_status(status.success()))
}

fn pass_on(output: impl Read, runner: Runner) -> Result<Tally> {
    let mut tally = Tally::default();
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        eprintln!("{line}");
        tally = tally + Tally::from_line(&line, runner).unwrap_or_default();
    }
    Ok(tally)
}
