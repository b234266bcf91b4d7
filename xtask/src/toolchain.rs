//! The Rust target of the browser. A fresh Rust lacks it; it is added here, so that nobody has to know.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::command;
use crate::workspace::Workspace;

/// The target that browsers run.
pub const WASM: &str = "wasm32-unknown-unknown";

/// Makes sure that the toolchain of this workspace can compile for the browser.
pub fn ensure_wasm_target(workspace: &Workspace) -> Result<()> {
    if has_wasm_target(workspace)? {
        return Ok(());
    }
    if !command::answers("rustup", "--version") {
        bail!(
            "this Rust cannot compile for the browser and rustup is not here to change that: \
             install the standard library of {WASM} by hand (with the distribution's package, \
             for example libstd-rust-dev-wasm32), or take Rust from https://rustup.rs"
        );
    }
    eprintln!("  adding the Rust target {WASM}: the pages run in the browser as WebAssembly");
    let mut rustup = Command::new("rustup");
    command::run(rustup.args(["target", "add", WASM]).current_dir(&workspace.root))
}

/// A distribution's Rust without rustup has the target when its library folder exists; rustup's too.
fn has_wasm_target(workspace: &Workspace) -> Result<bool> {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", WASM]).current_dir(&workspace.root);
    let folder = command::output(rustc.stdin(Stdio::null()))?;
    Ok(std::path::Path::new(folder.trim()).is_dir())
}
