//! The Rust of the browser: compiled, given its JavaScript, made small.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::order;
use super::parts::{self, Cut, PartFiles};
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
    /// What is loaded when a page needs it; a quick build is one module.
    pub parts: Option<Parts>,
}

/// The parts of the code that are loaded by themselves.
#[derive(Debug)]
pub struct Parts {
    pub files: PartFiles,
    folder: PathBuf,
}

impl Parts {
    pub fn wasm(&self, file: &str) -> PathBuf {
        self.folder.join(format!("{file}.wasm"))
    }
}

/// Compiles and binds; what is handed out is cut into parts and made small, too.
pub fn build(workspace: &Workspace, npm: &NpmPackage, build: Build) -> Result<Code> {
    let compiled = step::step("browser code compiled", || compile(workspace, build))?;
    match build {
        Build::Quick => {
            let bound = bind_if_changed(workspace, build, &compiled)?;
            Ok(Code { script: bound.script, script_folder: bound.folder, wasm: bound.wasm, parts: None })
        }
        Build::Release => in_parts(workspace, npm, &compiled),
    }
}

fn in_parts(workspace: &Workspace, npm: &NpmPackage, compiled: &Path) -> Result<Code> {
    let workbench = workspace.workbench(Build::Release);
    let cut = Cut::within(workbench.join("parts"));
    step_if_changed("browser code cut into parts", &[compiled], "", &cut.list(), || cut.make(compiled))?;
    let bound = bind_if_changed(workspace, Build::Release, &cut.first)?;
    let files = cut.read_list()?;
    let small = workbench.join("small");
    let first = small.join(format!("{}.wasm", workspace.output_name));
    let method = format!("{} {}", OPTIMISATION.join(" "), order::BY);
    step_if_changed("browser code made small", &[&bound.wasm, &cut.list()], &method, &first, || {
        let names: BTreeSet<&String> = files.values().flatten().collect();
        for name in names {
            make_small(npm, &cut.wasm(name), &small.join(format!("{name}.wasm")))?;
        }
        make_small(npm, &bound.wasm, &first)
    })?;
    let parts = Parts { files, folder: small };
    Ok(Code { script: bound.script, script_folder: bound.folder, wasm: first, parts: Some(parts) })
}

/// With fewer and shorter functions, in the order that compresses best.
fn make_small(npm: &NpmPackage, module: &Path, output: &Path) -> Result<()> {
    if let Some(folder) = output.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let optimised = output.with_extension("optimised");
    optimise(npm, module, &optimised)?;
    order::order(&optimised, output)
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
    let remap = format!("--remap-path-prefix={}=", sources.display());
    let flags = match build {
        Build::Quick => format!("target.{WASM}.rustflags=['{remap}']"),
        Build::Release => format!("target.{WASM}.rustflags=['{remap}', '{}']", parts::LINK_ARGUMENT),
    };
    cargo.arg("--config").arg(flags);
    command::run(&mut cargo)?;
    let file = format!("{}.wasm", package.replace('-', "_"));
    let folder = if build == Build::Quick { build.folder() } else { profile };
    Ok(workspace.target.join(WASM).join(folder).join(file))
}

/// What wasm-bindgen made of a module.
struct Bound {
    folder: PathBuf,
    script: PathBuf,
    wasm: PathBuf,
}

fn bind_if_changed(workspace: &Workspace, build: Build, module: &Path) -> Result<Bound> {
    let folder = workspace.workbench(build).join("bindgen");
    let name = &workspace.output_name;
    let wasm = folder.join(format!("{name}_bg.wasm"));
    step_if_changed("browser code bound to JavaScript", &[module], "linker exports kept", &wasm, || {
        bind(module, &folder, name)
    })?;
    Ok(Bound { script: folder.join(format!("{name}.js")), folder, wasm })
}

/// The library behind wasm-bindgen's command line; the same version as the crate in the lock file.
fn bind(compiled: &Path, folder: &Path, name: &str) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    let mut bindgen = Bindgen::new();
    bindgen.input_path(compiled).out_name(name).typescript(false);
    bindgen.remove_name_section(true).remove_producers_section(true);
    // Parts import the table of functions.
    bindgen.keep_lld_exports(true);
    // The page names the address of the WASM, with its hash; the module must not guess another.
    bindgen.web(true)?.omit_default_module_path(true);
    bindgen.generate(folder).context("wasm-bindgen cannot read the compiled frontend")
}

/// No feature flags: the module's own list counts. With `--all-features` Chromium refuses the result.
fn optimise(npm: &NpmPackage, input: &Path, output: &Path) -> Result<()> {
    let mut wasm_opt = npm.node("binaryen/bin/wasm-opt");
    command::run(wasm_opt.args(OPTIMISATION).arg(input).arg("-o").arg(output))
}
