//! The figures of the engine, in the release profile: one table, printed, and written down in docs/benchmarks.md beside those
//! of the parts that were not measured this time. The bench itself is `crates/engine/benches/figures`; decision 0005 says
//! what was changed for these figures.

use std::fs;

use anyhow::{Context, Result};

use crate::benchmarks;
use crate::command;
use crate::workspace::{Database, Workspace};

/// All parts, or those that are named.
pub fn bench(workspace: &Workspace, database: Database, parts: &[String]) -> Result<()> {
    let folder = workspace.target.join("xtask/bench");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut cargo = workspace.cargo();
    cargo.args(["bench", "--quiet", "--package", "engine", "--bench", "figures"]);
    database.tell(&mut cargo, "engine");
    cargo.env("EXPIRYTRACK_BENCH_FOLDER", &folder).arg("--").args(parts);
    command::run(&mut cargo)?;
    // What encryption costs stands in decision 0011; the page is of what everybody has.
    if database == Database::Plain {
        benchmarks::write(workspace, &folder)?;
    }
    Ok(())
}
