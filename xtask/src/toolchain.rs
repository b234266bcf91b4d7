//! The Rust targets of the browser and of Windows. A fresh Rust lacks them; they are added here, so that nobody has to
//! know.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::command;
use crate::workspace::Workspace;

/// The target that browsers run.
pub const WASM: &str = "wasm32-unknown-unknown";

/// The target of an executable for Windows, and the linker that makes it here.
pub const WINDOWS: &str = "x86_64-pc-windows-gnu";
const WINDOWS_LINKER: &str = "x86_64-w64-mingw32-gcc";

/// Makes sure that the toolchain of this workspace can compile for the browser.
pub fn ensure_wasm_target(workspace: &Workspace) -> Result<()> {
    ensure_target(workspace, WASM, "the pages run in the browser as WebAssembly")
}

/// Makes sure that an executable for Windows can be compiled and linked.
pub fn ensure_windows(workspace: &Workspace) -> Result<()> {
    if !command::answers(WINDOWS_LINKER, "--version") {
        bail!(
            "{WINDOWS_LINKER} is not here, which links for Windows: install mingw-w64 by hand \
             (Debian: sudo apt install gcc-mingw-w64-x86-64)"
        );
    }
    ensure_target(workspace, WINDOWS, "the executable is to run on Windows")
}

fn ensure_target(workspace: &Workspace, target: &str, why: &str) -> Result<()> {
    if has_target(workspace, target)? {
        return Ok(());
    }
    if !command::answers("rustup", "--version") {
        bail!(
            "this Rust cannot compile for {target} and rustup is not here to change that: \
             install the standard library of {target} by hand (with the distribution's package, \
             for example libstd-rust-dev-wasm32), or take Rust from https://rustup.rs"
        );
    }
    eprintln!("  adding the Rust target {target}: {why}");
    let mut rustup = Command::new("rustup");
    command::run(rustup.args(["target", "add", target]).current_dir(&workspace.root))
}

/// A distribution's Rust without rustup has the target when its library folder exists; rustup's too.
fn has_target(workspace: &Workspace, target: &str) -> Result<bool> {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", target]).current_dir(&workspace.root);
    let folder = command::output(rustc.stdin(Stdio::null()))?;
    Ok(std::path::Path::new(folder.trim()).is_dir())
}
