//! What can be judged without running anything: formatting, lints, lock files.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::toolchain::{self, WASM};
use crate::workspace::Workspace;
use crate::{command, step};

/// Crates that would bring a second TLS or crypto stack, and a C compiler's troubles with it.
const BANNED_CRATES: [&str; 3] = ["aws-lc-sys", "openssl-sys", "native-tls"];

/// All checks, the quick ones first.
pub fn check(workspace: &Workspace) -> Result<()> {
    step::step("no banned crate in Cargo.lock", || no_banned_crates(workspace))?;
    step::step("no registry address in package-lock.json", || no_registry_addresses(workspace))?;
    step::step("formatting", || command::run(workspace.cargo().args(["fmt", "--all", "--check"])))?;
    step::step("clippy, server", || clippy_native(workspace))?;
    toolchain::ensure_wasm_target(workspace)?;
    step::step("clippy, browser", || clippy_wasm(workspace))
}

fn no_banned_crates(workspace: &Workspace) -> Result<()> {
    let path = workspace.root.join("Cargo.lock");
    let lock = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let found = banned_in(&lock);
    if !found.is_empty() {
        bail!(
            "Cargo.lock holds {}: find who asks for it with `cargo tree --invert {}`, \
             and turn that feature off",
            found.join(", "),
            found[0]
        );
    }
    Ok(())
}

fn banned_in(lock: &str) -> Vec<&'static str> {
    let names: Vec<&str> = lock.lines().filter_map(|line| line.strip_prefix("name = ")).collect();
    BANNED_CRATES.into_iter().filter(|banned| names.contains(&format!("\"{banned}\"").as_str())).collect()
}

/// A lock file with addresses binds everybody to the registry mirror of whoever wrote it.
fn no_registry_addresses(workspace: &Workspace) -> Result<()> {
    for folder in [workspace.frontend(), workspace.end_to_end()] {
        let path = folder.join("package-lock.json");
        let lock = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        if lock.contains("\"resolved\"") {
            bail!(
                "{} names registry addresses: run `npm install --package-lock-only` there, \
                 with the .npmrc beside it",
                workspace.shown(&path)
            );
        }
    }
    Ok(())
}

fn clippy_native(workspace: &Workspace) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["clippy", "--workspace", "--exclude", &workspace.frontend_package, "--all-targets"]);
    command::run(cargo.args(["--", "-D", "warnings"]))
}

/// The pages, compiled for the browser.
fn clippy_wasm(workspace: &Workspace) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["clippy", "--package", &workspace.frontend_package, "--target", WASM]);
    command::run(cargo.args(["--", "-D", "warnings"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn banned_crates_are_found_by_their_whole_name() {
        let lock = "[[package]]\nname = \"ring\"\n\n[[package]]\nname = \"openssl-sys\"\nversion = \"0.9\"\n";
        assert_eq!(banned_in(lock), ["openssl-sys"]);
        assert!(banned_in("name = \"openssl-system\"\nname = \"rustls\"\n").is_empty());
    }
}
