//! The Rust tests of the workspace, counted. With cargo-nextest where it is on the PATH, else with `cargo
//! test`: nothing that must be installed stands between a newcomer and the tests.

use std::io::{BufRead, BufReader, Read};
use std::num::NonZero;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow};

use crate::command;
use crate::tally::{Runner, Tally};
use crate::workspace::{Workspace, XTASK};

/// All of them, doc tests too, even after the first failure.
pub fn run(workspace: &Workspace) -> Result<Tally> {
    let (product, own) = (workspace.selection(), ["--package", XTASK]);
    if !command::answers("cargo-nextest", "--version") {
        return Ok(cargo_test(workspace, &product)? + cargo_test(workspace, &own)?);
    }
    // Which does not run doc tests.
    Ok(nextest(workspace, &product)?
        + nextest(workspace, &own)?
        + cargo_test(workspace, &[&["--doc"], &product[..]].concat())?)
}

fn cargo_test(workspace: &Workspace, selection: &[&str]) -> Result<Tally> {
    counted(workspace.cargo().args(["test", "--no-fail-fast"]).args(selection), Runner::CargoTest)
}

fn nextest(workspace: &Workspace, selection: &[&str]) -> Result<Tally> {
    let mut cargo = workspace.cargo();
    cargo.args(["nextest", "run", "--no-fail-fast", "--test-threads", &at_once().to_string()]);
    counted(cargo.args(selection), Runner::Nextest)
}

/// Half as many tests again as there are processors: some wait for real seconds, for a pause that the broker asked for or
/// for a connection that is to end.
fn at_once() -> usize {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    processors + processors.div_ceil(2)
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
