//! `cargo xtask …`: builds, starts and checks ExpiryTrack.
//!
//! Why not cargo-leptos: docs/decisions/0001-build-is-an-xtask.md. This crate builds; it knows nothing about
//! the product, and it installs nothing outside the project without saying so first.

mod arguments;
mod bench;
mod benchmarks;
mod browser_tests;
mod check;
mod chromium;
mod command;
mod engines;
mod fingerprint;
mod fuzz_rest;
mod fuzz_streams;
mod npm;
mod run;
mod rust_tests;
mod s3_server;
mod simulated;
mod site;
mod snippets;
mod soak;
mod step;
mod tally;
mod toolchain;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;

use crate::arguments::Task;
use crate::tally::Tally;
use crate::workspace::{Build, Database, System, Workspace};

fn main() -> ExitCode {
    match perform() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform() -> Result<ExitCode> {
    let task = arguments::parse(std::env::args().skip(1))?;
    if matches!(task, Task::Help) {
        eprint!("{}", arguments::HELP);
        return Ok(ExitCode::SUCCESS);
    }
    let workspace = Workspace::find()?;
    match task {
        Task::Help => {}
        Task::Build { build, database, system } => {
            run::build(&workspace, build, database, system)?;
            if (build, database, system) == (Build::Release, Database::Plain, System::This) {
                browser_tests::try_release(&workspace)?;
            }
        }
        Task::Run { real, arguments } => run::run(&workspace, real, &arguments)?,
        Task::Check => check::check(&workspace)?,
        Task::Bench { database, parts } => bench::bench(&workspace, database, &parts)?,
        Task::Engines { arguments } => engines::engines(&workspace, &arguments)?,
        Task::Pictures => browser_tests::take_pictures(&workspace)?,
        Task::Soak => soak::soak(&workspace)?,
        Task::FuzzRest { arguments } => fuzz_rest::fuzz(&workspace, &arguments)?,
        Task::Test => return Ok(conclude(test(&workspace))),
        Task::EndToEnd { arguments } => {
            return Ok(conclude(counted(browser_tests::run(&workspace, &arguments))));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// All tests. Where one half cannot even start, the other still says what it has to say.
fn test(workspace: &Workspace) -> Tally {
    // The site first: without it the executable would be compiled twice.
    if let Err(error) = site::build(workspace, Build::Quick) {
        return counted(Err(error)) + counted(rust_tests::run(workspace));
    }
    let rust = counted(rust_tests::run(workspace));
    rust + counted(browser_tests::run(workspace, &[]))
}

/// Tests that could not run are one failure, so that the summary is always there and always true.
fn counted(outcome: Result<Tally>) -> Tally {
    outcome.unwrap_or_else(|error| {
        eprintln!("\nxtask: {error:#}");
        Tally::one_failure()
    })
}

/// The summary alone on the last line: other programs read it.
fn conclude(tally: Tally) -> ExitCode {
    eprintln!();
    tally.print();
    if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
