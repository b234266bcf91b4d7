//! The browser part: from Rust, CSS and npm parts to the folder that the server embeds.
//!
//!     frontend → compile → bindgen → wasm-opt ┐
//!     style/main.css → Tailwind              ─┼→ names with hashes, manifest, compressed twins → target/site
//!     public/, chart library, licences       ─┘
//!
//! Debug and release builds carry the same site: the tests see what is handed out, and changing between the
//! two builds repeats nothing.

mod bundle;
mod licences;
mod order;
mod style;
mod wasm;

use anyhow::Result;

use crate::npm::NpmPackage;
use crate::toolchain;
use crate::workspace::Workspace;

/// Builds the site, as far as anything changed.
pub fn build(workspace: &Workspace) -> Result<()> {
    toolchain::ensure_wasm_target(workspace)?;
    let npm = NpmPackage::ensure(&workspace.frontend())?;
    let code = wasm::build(workspace, &npm)?;
    let style = style::build(workspace, &npm)?;
    bundle::build(workspace, &npm, &bundle::Parts { code, style })
}
