//! What is run for hours and not at every change: many more seeds of the simulation, many more kills of the
//! executable, in the release profile. The tests themselves are those of `cargo xtask test`.

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{command, step};

const SEEDS: &str = "1000";
const KILLS: &str = "100";

/// Both, the quick one first.
pub fn soak(workspace: &Workspace) -> Result<()> {
    step::step("1,000 seeds of the simulation", || {
        let mut cargo = workspace.cargo();
        cargo.args(["test", "--release", "--package", "engine", "--test", "simulation"]);
        command::run(cargo.env("EXPIRYTRACK_SEEDS", SEEDS))
    })?;
    step::step("100 kills of the executable", || {
        let mut cargo = workspace.cargo();
        cargo.args(["test", "--release", "--package", &workspace.server_package, "--test", "kill"]);
        command::run(cargo.env("EXPIRYTRACK_KILLS", KILLS))
    })
}
