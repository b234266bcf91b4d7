//! `build` and `run`: the executable with the browser part inside, and its start.

use std::process::Command;

use anyhow::Result;

use crate::workspace::{Build, Database, System, Workspace};
use crate::{command, site, step, toolchain};

/// The site, then the executable that carries it.
pub fn build(workspace: &Workspace, build: Build, database: Database, system: System) -> Result<()> {
    if system == System::Windows {
        // Before the long steps: what is missing is said at once.
        toolchain::ensure_windows(workspace)?;
    }
    site::build(workspace, build)?;
    build_executable(workspace, build, database, system)?;
    eprintln!("    {}", workspace.shown(&workspace.executable_path(build, system)));
    Ok(())
}

fn build_executable(workspace: &Workspace, build: Build, database: Database, system: System) -> Result<()> {
    step::step("executable", || {
        let mut cargo = workspace.cargo();
        // As the tests.
        cargo.arg("build").args(workspace.selection()).args(["--bin", &workspace.executable]);
        database.tell(&mut cargo, &workspace.server_package);
        if build == Build::Release {
            cargo.arg("--release");
        }
        if let Some(target) = system.target() {
            cargo.args(["--target", target]);
        }
        command::run(&mut cargo)
    })
}

/// Starts a quick build, with the simulated market unless the real one is asked for.
pub fn run(workspace: &Workspace, real: bool, arguments: &[String]) -> Result<()> {
    build(workspace, Build::Quick, Database::Plain, System::This)?;
    let mut serve = Command::new(workspace.executable_path(Build::Quick, System::This));
    serve.arg("serve");
    if !real {
        serve.arg("--simulated");
    }
    serve.arg("--open").args(arguments).current_dir(&workspace.root);
    become_program(serve)
}

/// On Unix this process becomes the server, so that Ctrl-C and the exit status are the server's own.
#[cfg(unix)]
fn become_program(mut program: Command) -> Result<()> {
    use anyhow::Context;
    use std::os::unix::process::CommandExt;
    let error = program.exec();
    Err(error).context("the built executable cannot be started")
}

/// Elsewhere Ctrl-C reaches both; the server ends first and its status is ours.
#[cfg(not(unix))]
fn become_program(mut program: Command) -> Result<()> {
    command::run(&mut program)
}
