//! The browser part: from Rust, CSS and npm parts to the folder that the server embeds.
//!
//!     frontend → compile → parts → bindgen → wasm-opt, order ┐
//!     style/main.css → Tailwind              ─┼→ names with hashes, manifest, compressed twins → target/site
//!     public/, chart library, licences       ─┘
//!
//! A quick build leaves out what makes the module small: it is compiled in the profile of the tests, and the steps
//! after wasm-bindgen are for what is handed out.

mod bundle;
mod licences;
mod merge;
mod order;
mod parts;
mod style;
mod wasm;

use anyhow::Result;

use crate::npm::NpmPackage;
use crate::toolchain;
use crate::workspace::{Build, Workspace};

/// Builds the site, as far as anything changed.
pub fn build(workspace: &Workspace, build: Build) -> Result<()> {
    toolchain::ensure_wasm_target(workspace)?;
    let npm = NpmPackage::ensure(&workspace.frontend())?;
    let code = wasm::build(workspace, &npm, build)?;
    let style = style::build(workspace, &npm, build)?;
    bundle::build(workspace, &npm, build, &bundle::Parts { code, style })
}
