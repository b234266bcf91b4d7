//! The Rust of the browser: compiled, given its JavaScript, made small.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::order;
use crate::fingerprint::step_if_changed;
use crate::npm::NpmPackage;
use crate::toolchain::WASM;
use crate::workspace::{Build, Workspace};
use crate::{command, step};

/// What is sent is compressed, and some passes make a module that is smaller and compresses worse: inlining repeats
/// code in many places, `reorder-functions` tears alike functions apart, and `local-cse` hides that code is alike.
/// Measured on 3.0 MB, in brotli after [`order`]: so 517 kB, `-O1` 526, `-Oz` without the first two 524, `-Os`
/// with all three 594.
const OPTIMISATION: [&str; 4] =
    ["-Os", "--skip-pass=inlining-optimizing", "--skip-pass=reorder-functions", "--skip-pass=local-cse"];

/// What the browser runs.
#[derive(Debug)]
pub struct Code {
    /// The folder with the ES module and, below `snippets`, what it imports.
    pub script_folder: PathBuf,
    pub script: PathBuf,
    pub wasm: PathBuf,
}

/// Compiles and binds; what is handed out is optimised, too.
pub fn build(workspace: &Workspace, npm: &NpmPackage, build: Build) -> Result<Code> {
    let compiled = step::step("browser code compiled", || compile(workspace, build))?;
    let script_folder = workspace.workbench(build).join("bindgen");
    let name = &workspace.output_name;
    let bound = script_folder.join(format!("{name}_bg.wasm"));
    step_if_changed("browser code bound to JavaScript", &[&compiled], "", &bound, || {
        bind(&compiled, &script_folder, name)
    })?;
    let script = script_folder.join(format!("{name}.js"));
    let wasm = match build {
        Build::Quick => bound,
        Build::Release => make_small(workspace, npm, &bound)?,
    };
    Ok(Code { script, script_folder, wasm })
}

fn make_small(workspace: &Workspace, npm: &NpmPackage, bound: &Path) -> Result<PathBuf> {
    let name = &workspace.output_name;
    let wasm = workspace.workbench(Build::Release).join(format!("{name}.wasm"));
    let small = workspace.workbench(Build::Release).join(format!("{name}-small.wasm"));
    step_if_changed("browser code made small (wasm-opt)", &[bound], &OPTIMISATION.join(" "), &small, || {
        optimise(npm, bound, &small)
    })?;
    step_if_changed("browser code put in order", &[&small], order::BY, &wasm, || {
        order::order(&small, &wasm)
    })?;
    Ok(wasm)
}

/// Cargo decides itself what has to be compiled again.
fn compile(workspace: &Workspace, build: Build) -> Result<PathBuf> {
    let profile = match build {
        Build::Quick => "dev",
        Build::Release => workspace.frontend_profile.as_str(),
    };
    let package = &workspace.frontend_package;
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--lib", "--package", package, "--target", WASM, "--profile", profile]);
    match build {
        // Nobody debugs it there, and it would be half of the module.
        Build::Quick => cargo.args(["--config", "profile.dev.debug=false"]),
        // Stripping would take the list of WASM features with it, without which wasm-opt refuses the module. The
        // names that stay are removed by the next step.
        Build::Release => cargo.arg("--config").arg(format!("profile.{profile}.strip='none'")),
    };
    // What panics say names the library's file, not the home folder of whoever compiled it.
    let sources = crate::workspace::cargo_home()?;
    let remap = format!("target.{WASM}.rustflags=['--remap-path-prefix={}=']", sources.display());
    cargo.arg("--config").arg(remap);
    command::run(&mut cargo)?;
    let file = format!("{}.wasm", package.replace('-', "_"));
    let folder = if build == Build::Quick { build.folder() } else { profile };
    Ok(workspace.target.join(WASM).join(folder).join(file))
}

/// The library behind wasm-bindgen's command line; the same version as the crate in the lock file.
fn bind(compiled: &Path, folder: &Path, name: &str) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    let mut bindgen = Bindgen::new();
    bindgen.input_path(compiled).out_name(name).typescript(false);
    bindgen.remove_name_section(true).remove_producers_section(true);
    // The page names the address of the WASM, with its hash; the module must not guess another.
    bindgen.web(true)?.omit_default_module_path(true);
    bindgen.generate(folder).context("wasm-bindgen cannot read the compiled frontend")
}

/// No feature flags: the module's own list counts. With `--all-features` Chromium refuses the result.
fn optimise(npm: &NpmPackage, input: &Path, output: &Path) -> Result<()> {
    let mut wasm_opt = npm.node("binaryen/bin/wasm-opt");
    command::run(wasm_opt.args(OPTIMISATION).arg(input).arg("-o").arg(output))
}
