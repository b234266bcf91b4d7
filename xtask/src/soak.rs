//! What is run for hours and not at every change, in the release profile: every write that can fail, many more
//! seeds of the simulation, many more kills of the executable. The tests themselves are those of `cargo xtask test`.

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{command, step};

/// All three, the quick ones first.
pub fn soak(workspace: &Workspace) -> Result<()> {
    step::step("every write to the disk, each failing in three ways", || {
        run(workspace, "engine", &["failing_writes"], ("EXPIRYTRACK_WRITES", "all"))
    })?;
    step::step("1,000 seeds of the simulation", || {
        run(workspace, "engine", &["behaviour", "simulation::"], ("EXPIRYTRACK_SEEDS", "1000"))
    })?;
    step::step("100 kills of the executable", || {
        run(workspace, &workspace.server_package, &["behaviour", "kill::"], ("EXPIRYTRACK_KILLS", "100"))
    })
}

/// One test program, or of it what goes by a name; the setting says how much.
fn run(workspace: &Workspace, package: &str, program: &[&str], (name, value): (&str, &str)) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["test", "--release", "--package", package, "--test"]).args(program);
    command::run(cargo.env(name, value))
}
