//! The style sheet: Tailwind's utilities and daisyUI's parts, as far as the pages use them.

use std::path::PathBuf;

use anyhow::Result;

use crate::command;
use crate::fingerprint::step_if_changed;
use crate::npm::NpmPackage;
use crate::workspace::{Build, Workspace};

/// Builds the style sheet from style/main.css and the class names in `app`.
pub fn build(workspace: &Workspace, npm: &NpmPackage, build: Build) -> Result<PathBuf> {
    let source = workspace.root.join("style");
    let classes = workspace.root.join("app/src");
    let lock = workspace.frontend().join("package-lock.json");
    let output = workspace.workbench(build).join(format!("{}.css", workspace.output_name));
    step_if_changed("style sheet", &[&source, &classes, &lock], "--minify", &output, || {
        let mut tailwind = npm.node("@tailwindcss/cli/dist/index.mjs");
        tailwind.arg("--input").arg(source.join("main.css")).arg("--output").arg(&output);
        command::run_quietly(tailwind.arg("--minify"))
    })?;
    Ok(output)
}
