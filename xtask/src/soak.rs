//! What is run for hours and not at every change: many more seeds of the simulation, many more kills of the
//! executable, in the release profile. The tests themselves are those of `cargo xtask test`.

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{command, step};

/// Both, the quick one first.
pub fn soak(workspace: &Workspace) -> Result<()> {
    step::step("1,000 seeds of the simulation", || {
        run(workspace, "engine", "simulation", ("EXPIRYTRACK_SEEDS", "1000"))
    })?;
    step::step("100 kills of the executable", || {
        run(workspace, &workspace.server_package, "kill", ("EXPIRYTRACK_KILLS", "100"))
    })
}

/// One test program; the setting says how much of it.
fn run(workspace: &Workspace, package: &str, test: &str, (name, value): (&str, &str)) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["test", "--release", "--package", package, "--test", test]);
    command::run(cargo.env(name, value))
}
