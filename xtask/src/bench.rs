//! The figures of the engine, in the release profile: one table, printed and not kept. The bench itself is
//! `crates/engine/benches/figures`; what it reached is written down in docs/decisions/0005.

use anyhow::Result;

use crate::command;
use crate::workspace::{Database, Workspace};

/// All parts, or those that are named.
pub fn bench(workspace: &Workspace, database: Database, parts: &[String]) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["bench", "--quiet", "--package", "engine", "--bench", "figures"]);
    database.tell(&mut cargo, "engine");
    cargo.arg("--").args(parts);
    command::run(&mut cargo)
}
