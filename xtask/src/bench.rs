//! The figures of the engine, in the release profile: one table, printed, and written down in docs/benchmarks.md beside those
//! of the parts that were not measured this time. The bench itself is `crates/engine/benches/figures`, of what a browser
//! shows `end2end/figures`; decision 0005 says what was changed for these figures.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::benchmarks::{self, BROWSER};
use crate::browser_tests;
use crate::command;
use crate::s3_server::{BUCKET, S3Server};
use crate::workspace::{Database, Workspace};

/// Tells the bench of the Python that `cargo xtask engines` has installed, where it has, and of an S3 server of it, which ends
/// with what comes back. Without them their rows say that they were not measured.
fn peers(workspace: &Workspace, parts: &[String], bench: &mut Command) -> Result<Option<S3Server>> {
    let environment = workspace.target.join("engines/python");
    let python = environment.join("bin/python");
    if !python.is_file() {
        return Ok(None);
    }
    bench.env("EXPIRYTRACK_BENCH_PYTHON", &python);
    if !(parts.is_empty() || parts.iter().any(|part| part == "lake")) {
        return Ok(None);
    }
    let s3 = S3Server::start(&environment)?;
    bench.envs(s3.environment()).env("EXPIRYTRACK_BENCH_S3_LAKE", format!("s3://{BUCKET}/bench"));
    Ok(Some(s3))
}

/// All parts, or those that are named.
pub fn bench(workspace: &Workspace, database: Database, parts: &[String]) -> Result<()> {
    let folder = workspace.target.join("xtask/bench");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let of_engine: Vec<String> = parts.iter().filter(|part| *part != BROWSER).cloned().collect();
    if parts.is_empty() || !of_engine.is_empty() {
        bench_engine(workspace, database, &of_engine, &folder)?;
    }
    // What encryption costs stands in decision 0011; the page is of what everybody has.
    if database == Database::Encrypted {
        return Ok(());
    }
    if parts.is_empty() || parts.iter().any(|part| part == BROWSER) {
        browser_tests::measure(workspace, &folder)?;
    }
    benchmarks::write(workspace, &folder)
}

fn bench_engine(workspace: &Workspace, database: Database, parts: &[String], folder: &Path) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["bench", "--quiet", "--package", "engine", "--bench", "figures"]);
    database.tell(&mut cargo, "engine");
    cargo.env("EXPIRYTRACK_BENCH_FOLDER", folder).arg("--").args(parts);
    let s3 = peers(workspace, parts, &mut cargo)?;
    command::run(&mut cargo)?;
    drop(s3);
    Ok(())
}
