//! Every snippet of docs/snippets, run on what it is for: an export of the preset of its name, a training set, a replay.
//! One whose package is too special for the engines' environment has a file in docs/snippets/requirements and an
//! environment of its own; where that cannot be installed the snippet is not run, and that is said.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::engines::{Bench, UNDERLYING};
use crate::simulated::Simulated;
use crate::{command, step};

/// What all of them are about.
const EXPIRY: &str = "2025-08-28";
/// A training set of these days, and a replay of the last.
const DAYS: [&str; 2] = ["2025-08-05", "2025-08-13"];
/// So many minutes of a replay go by in a second: no client is slower.
const SPEED: &str = "600";
/// A replay in the broker's own form is told of so many contracts.
const CONTRACTS: &str = "200";

/// All of them; the names of those that were not run.
pub fn run(bench: &Bench<'_>, server: &Simulated) -> Result<Vec<String>> {
    let folder = bench.workspace.root.join("docs/snippets");
    let entries = fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|file| file.extension() == Some(OsStr::new("py")))
        .filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    let mut left_out = Vec::new();
    for name in names {
        match python_for(bench, &folder, &name)? {
            Ok(python) => {
                step::step(&format!("snippet {name}"), || snippet(bench, server, &python, &folder, &name))?;
            }
            Err(why) => {
                eprintln!("  – snippet {name}  NOT RUN: {why:#}");
                left_out.push(name);
            }
        }
    }
    Ok(left_out)
}

/// The Python that has a snippet's packages; else why it cannot be installed.
fn python_for(bench: &Bench<'_>, folder: &Path, name: &str) -> Result<Result<PathBuf>> {
    let requirements = folder.join("requirements").join(format!("{name}.txt"));
    if !requirements.is_file() {
        return Ok(Ok(bench.python()));
    }
    let environment = bench.folder.join(format!("snippet-{name}"));
    let installed =
        bench.ensure_environment(&format!("packages of snippet {name}"), &requirements, &environment);
    Ok(installed.map(|()| environment.join("bin/python")))
}

fn snippet(bench: &Bench<'_>, server: &Simulated, python: &Path, folder: &Path, name: &str) -> Result<()> {
    let mut script = Command::new(python);
    script.arg(folder.join(format!("{name}.py"))).current_dir(&bench.folder);
    if name == "upstox_feed" {
        script.args([UNDERLYING, EXPIRY, DAYS[1], "--speed", SPEED, "--contracts", CONTRACTS]);
        script.args(["--server", &server.address, "--database"]).arg(bench.database());
        return command::run(&mut script);
    }
    let out = bench.folder.join("exports").join(name);
    if out.exists() {
        fs::remove_dir_all(&out).with_context(|| format!("{} cannot be removed", out.display()))?;
    }
    let mut made = server.expirytrack();
    if name == "dataset_sklearn" {
        made.args([
            "dataset", UNDERLYING, "--from", DAYS[0], "--to", DAYS[1], "--slots", "atm3", "--label", "15",
        ]);
    } else {
        // A snippet that is no preset's is refused here, in the executable's own words.
        made.args(["export", UNDERLYING, "--expiry", EXPIRY, "--preset", name]);
    }
    command::run_quietly(made.arg("--out").arg(&out))?;
    command::run(script.arg(&out))
}
