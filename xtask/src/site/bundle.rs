//! The site folder: every file under the name that it is served by, and nothing else.
//!
//! A file that the pages load carries the hash of its content in its name, so that browsers keep it for ever;
//! `manifest.json` tells the server the names. Files of an earlier build are removed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::json;

use super::licences;
use super::wasm::Code;
use crate::command;
use crate::fingerprint::{self, step_if_changed};
use crate::npm::NpmPackage;
use crate::workspace::{Build, Workspace};

/// The chart library as the browser loads it: one ES module with nothing to import.
const CHART: &str = "lightweight-charts/dist/lightweight-charts.standalone.production.mjs";

/// Writes compressed twins; Node's zlib is native code, and Node is here for Tailwind anyway.
const COMPRESS: &str = "compress.mjs";

/// What the earlier steps made.
#[derive(Debug)]
pub struct Parts {
    pub code: Code,
    pub style: PathBuf,
}

/// Fills the site folder, if any part changed.
pub fn build(workspace: &Workspace, npm: &NpmPackage, build: Build, parts: &Parts) -> Result<()> {
    let site = workspace.site(build);
    let chart = npm.modules().join(CHART);
    let compress = workspace.root.join("xtask/src/site").join(COMPRESS);
    let lock = workspace.frontend().join("package-lock.json");
    let code = &parts.code;
    let inputs: [&Path; 7] =
        [&code.script_folder, &code.wasm, &parts.style, &chart, &workspace.public, &lock, &compress];
    let done = workspace.workbench(build).join("site");
    step_if_changed("site folder", &inputs, build.folder(), &done, || {
        let files = files(workspace, npm, parts, &chart)?;
        write_all(&site, &files)?;
        let effort = if build == Build::Release { "most" } else { "least" };
        command::run(std::process::Command::new("node").arg(&compress).arg(&site).arg(effort))?;
        fingerprint::write(&done, b"the site is complete\n")
    })?;
    report_sizes(workspace, &site)
}

/// Contents by the name below the site folder.
type Files = BTreeMap<String, Vec<u8>>;

fn files(workspace: &Workspace, npm: &NpmPackage, parts: &Parts, chart: &Path) -> Result<Files> {
    let mut files = Files::new();
    let name = &workspace.output_name;
    let folder = &workspace.package_folder;
    let mut add_hashed = |stem: &str, ending: &str, content: Vec<u8>| {
        let file = format!("{folder}/{stem}-{}.{ending}", fingerprint::content(&content));
        let address = format!("/{file}");
        files.insert(file, content);
        address
    };
    let manifest = json!({
        "wasm": add_hashed(name, "wasm", read(&parts.code.wasm)?),
        "script": add_hashed(name, "js", read(&parts.code.script)?),
        "style": add_hashed(name, "css", read(&parts.style)?),
        "chart": add_hashed("lightweight-charts", "js", read(chart)?),
    });
    files.insert("manifest.json".to_owned(), format!("{manifest:#}\n").into_bytes());
    let licences = licences::collect(&workspace.frontend(), &npm.modules())?;
    files.insert(format!("{folder}/LICENSES.txt"), licences.into_bytes());
    add_folder(&workspace.public, "", &mut files)?;
    let snippets = parts.code.script_folder.join("snippets");
    if snippets.exists() {
        add_folder(&snippets, &format!("{folder}/snippets/"), &mut files)?;
    }
    Ok(files)
}

fn add_folder(folder: &Path, prefix: &str, files: &mut Files) -> Result<()> {
    let mut paths = Vec::new();
    fingerprint::collect(folder, &mut paths)?;
    for path in paths {
        let relative = path.strip_prefix(folder).context("a file outside the folder that was listed")?;
        let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
        files.insert(format!("{prefix}{}", parts.join("/")), read(&path)?);
    }
    Ok(())
}

/// Writes what differs and removes what is not wanted, compressed twins of vanished files included.
fn write_all(site: &Path, files: &Files) -> Result<()> {
    for (name, content) in files {
        fingerprint::write(&site.join(name), content)?;
    }
    let mut present = Vec::new();
    fingerprint::collect(site, &mut present)?;
    let wanted: Vec<PathBuf> = files.keys().map(|name| site.join(name)).collect();
    for path in present {
        let is_twin = path.extension().is_some_and(|ending| ending == "br" || ending == "gz");
        let plain = if is_twin { path.with_extension("") } else { path.clone() };
        if !wanted.contains(&plain) {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

/// What a browser loads is shown on every build.
fn report_sizes(workspace: &Workspace, site: &Path) -> Result<()> {
    let mut paths = Vec::new();
    fingerprint::collect(&site.join(&workspace.package_folder), &mut paths)?;
    for path in paths.iter().filter(|path| path.extension().is_some_and(|ending| ending == "wasm")) {
        let size = |suffix: &str| {
            let twin = format!("{}{suffix}", path.display());
            fs::metadata(twin).map_or(0, |metadata| metadata.len() / 1000)
        };
        eprintln!("    WASM: {} kB, gzip {} kB, brotli {} kB", size(""), size(".gz"), size(".br"));
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
