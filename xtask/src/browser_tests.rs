//! The browser tests: Playwright drives the system's Chromium against the real executable, and in few tests of their own
//! against what is handed out, which is compiled otherwise.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::npm::NpmPackage;
use crate::tally::Tally;
use crate::workspace::{Build, Database, System, Workspace};
use crate::{chromium, command, run, step};

/// Builds what is under test and runs the tests; `arguments` go to Playwright.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<Tally> {
    run::build(workspace, Build::Quick, Database::Plain, System::This)?;
    let binary = std::env::var_os("EXPIRYTRACK_BINARY").map(PathBuf::from);
    let binary = binary.unwrap_or_else(|| workspace.executable_path(Build::Quick, System::This));
    play(workspace, &chromium::ensure()?, &binary, "tests", arguments, &[])
}

/// What a person waits for in a browser, on what is handed out: rows of the page of benchmarks, in a file of this folder.
pub fn measure(workspace: &Workspace, folder: &Path) -> Result<()> {
    play_alone(workspace, Build::Release, "figures", &[("EXPIRYTRACK_BENCH_FILE", &folder.join("browser"))])
}

/// The pictures of the documents. A quick build looks like what is handed out.
pub fn take_pictures(workspace: &Workspace) -> Result<()> {
    let folder = workspace.root.join("docs/screenshots");
    play_alone(workspace, Build::Quick, "pictures", &[("EXPIRYTRACK_PICTURES", &folder)])?;
    eprintln!("  written: {}", workspace.shown(&folder));
    Ok(())
}

fn play_alone(workspace: &Workspace, build: Build, tests: &str, environment: &[(&str, &Path)]) -> Result<()> {
    run::build(workspace, build, Database::Plain, System::This)?;
    let binary = workspace.executable_path(build, System::This);
    let tally = play(workspace, &chromium::ensure()?, &binary, tests, &[], environment)?;
    ensure!(tally.failed == 0 && tally.passed > 0, "end2end/{tests} fails in the browser");
    Ok(())
}

/// Looks at every page of what is handed out, where there is a browser to do it with.
pub fn try_release(workspace: &Workspace) -> Result<()> {
    let Some(chromium) = chromium::find() else {
        eprintln!("  – pages of the executable not looked at: Chromium is not here");
        return Ok(());
    };
    let binary = workspace.executable_path(Build::Release, System::This);
    step::step("pages of the executable looked at", || {
        let tally = play(workspace, &chromium, &binary, "release", &[], &[])?;
        ensure!(tally.failed == 0 && tally.passed > 0, "pages of the executable fail in the browser");
        Ok(())
    })
}

fn play(
    workspace: &Workspace,
    chromium: &Path,
    binary: &Path,
    tests: &str,
    arguments: &[String],
    environment: &[(&str, &Path)],
) -> Result<Tally> {
    let npm = NpmPackage::ensure(&workspace.end_to_end())?;

    let report = workspace.end_to_end().join("test-results/report.json");
    if report.exists() {
        fs::remove_file(&report).with_context(|| format!("cannot remove {}", report.display()))?;
    }
    let mut playwright = npm.node("@playwright/test/cli.js");
    playwright.arg("test").args(arguments);
    playwright.env("EXPIRYTRACK_TESTS", tests).envs(environment.iter().copied());
    playwright.env("EXPIRYTRACK_CHROMIUM", chromium).env("EXPIRYTRACK_BINARY", binary);
    let outcome = command::run(&mut playwright);
    Ok(read(&report)?.with_status(outcome.is_ok()))
}

fn read(report: &Path) -> Result<Tally> {
    let Ok(content) = fs::read_to_string(report) else {
        bail!("Playwright ended without a report; its own message is above");
    };
    let report: Value = serde_json::from_str(&content).context("Playwright's report is not JSON")?;
    Ok(tally(&report))
}

/// A flaky test passed in the end, yet it failed: there are no retries, so there should be none.
fn tally(report: &Value) -> Tally {
    let count = |key: &str| report.pointer(&format!("/stats/{key}")).and_then(Value::as_u64).unwrap_or(0);
    Tally { passed: count("expected"), failed: count("unexpected") + count("flaky") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn playwrights_counts() {
        let report =
            serde_json::json!({ "stats": { "expected": 7, "skipped": 1, "unexpected": 2, "flaky": 1 } });
        assert_eq!(tally(&report), Tally { passed: 7, failed: 3 });
    }
}
