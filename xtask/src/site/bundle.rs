//! The site folder: every file under the name that it is served by, and nothing else.
//!
//! A file that the pages load carries the hash of its content in its name, so that browsers keep it for ever;
//! `manifest.json` tells the server the names. Files of an earlier build are removed.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::licences;
use super::parts;
use super::wasm::{Code, Parts as CodeParts};
use crate::command;
use crate::fingerprint::{self, step_if_changed};
use crate::npm::NpmPackage;
use crate::workspace::{Build, Workspace};

/// The chart library as the browser loads it: one ES module with nothing to import.
const CHART: &str = "lightweight-charts/dist/lightweight-charts.standalone.production.mjs";

/// Loads the parts of the code: what is the same of it in every build.
const LOADER: &str = include_str!("loader.mjs");

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
    // The parts are made together with the first module.
    let inputs: [&Path; 7] =
        [&code.script_folder, &code.wasm, &parts.style, &chart, &workspace.public, &lock, &compress];
    let done = workspace.workbench(build).join("site");
    step_if_changed("site folder", &inputs, &format!("{} {LOADER}", build.folder()), &done, || {
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

/// Where the files of each part are, by its name.
type Addresses = BTreeMap<String, Vec<String>>;

fn files(workspace: &Workspace, npm: &NpmPackage, parts: &Parts, chart: &Path) -> Result<Files> {
    let name = &workspace.output_name;
    let folder = &workspace.package_folder;
    let mut package = Package { folder, files: Files::new() };
    let script = read_text(&parts.code.script)?;
    let (mut scripts, parts_of_pages) = match &parts.code.parts {
        None => (vec![package.add(name, "js", script.into_bytes())], Addresses::new()),
        Some(parts) => package.add_parts(name, &script, parts)?,
    };
    let snippets = parts.code.script_folder.join("snippets");
    if snippets.exists() {
        let prefix = format!("{folder}/snippets/");
        add_folder(&snippets, &prefix, &mut package.files)?;
        let names = package.files.keys().filter(|name| name.starts_with(&prefix));
        scripts.extend(names.map(|name| format!("/{name}")));
    }
    let manifest = json!({
        "wasm": package.add(name, "wasm", read(&parts.code.wasm)?),
        "scripts": scripts,
        "parts": parts_of_pages,
        "style": package.add(name, "css", read(&parts.style)?),
        "chart": package.add("lightweight-charts", "js", read(chart)?),
    });
    let mut files = package.files;
    files.insert("manifest.json".to_owned(), format!("{manifest:#}\n").into_bytes());
    let licences = licences::collect(&workspace.frontend(), &npm.modules())?;
    files.insert(format!("{folder}/LICENSES.txt"), licences.into_bytes());
    add_folder(&workspace.public, "", &mut files)?;
    Ok(files)
}

/// The files whose names carry hashes.
struct Package<'a> {
    folder: &'a str,
    files: Files,
}

impl Package<'_> {
    /// Gives the address.
    fn add(&mut self, stem: &str, ending: &str, content: Vec<u8>) -> String {
        let name = format!("{stem}-{}.{ending}", fingerprint::content(&content));
        self.add_as(&name, content)
    }

    fn add_as(&mut self, name: &str, content: Vec<u8>) -> String {
        let file = format!("{}/{name}", self.folder);
        let address = format!("/{file}");
        self.files.insert(file, content);
        address
    }

    /// Adds the parts, what loads them and the script that calls it. Gives the addresses of both scripts, the first of
    /// which is the one to start with, and those of each part.
    fn add_parts(&mut self, name: &str, script: &str, parts: &CodeParts) -> Result<(Vec<String>, Addresses)> {
        let mut addresses = Addresses::new();
        for (part, files) in &parts.files {
            let mut of_part = Vec::new();
            for file in files {
                of_part.push(self.add(parts::public_name(file), "wasm", read(&parts.wasm(file))?));
            }
            addresses.insert(part.clone(), of_part);
        }
        let loader = loader(&addresses)?;
        // Each names the other, so neither can carry the hash of its own text.
        let hash = fingerprint::content(format!("{script}{loader}").as_bytes());
        let (script_name, loader_name) = (format!("{name}-{hash}.js"), format!("loader-{hash}.js"));
        let loader = renamed(&loader, "SCRIPT", &script_name)?;
        let script = renamed(script, parts::LOADER, &loader_name)?;
        let scripts = [(script_name, script), (loader_name, loader)];
        Ok((scripts.map(|(name, text)| self.add_as(&name, text.into_bytes())).into(), addresses))
    }
}

/// The script that loads parts, with the function for each that Rust calls.
fn loader(parts: &Addresses) -> Result<String> {
    let mut script = LOADER.to_owned();
    for (part, files) in parts {
        let files = serde_json::to_string(files)?;
        writeln!(
            script,
            "export const __wasm_split_load_{part} = (callback, data) => loadAll({files}, callback, data);"
        )?;
    }
    Ok(script)
}

/// A script that imports its neighbour by another name. How the module calls the neighbour stays.
fn renamed(script: &str, neighbour: &str, name: &str) -> Result<String> {
    let import = |name: &str| format!(r#"from "./{name}""#);
    ensure!(script.contains(&import(neighbour)), "a script of the browser code does not import {neighbour}");
    Ok(script.replace(&import(neighbour), &import(name)))
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
    paths.sort();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|ending| ending == "wasm")) {
        let size = |suffix: &str| {
            let twin = format!("{}{suffix}", path.display());
            fs::metadata(twin).map_or(0, |metadata| metadata.len() / 1000)
        };
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let name = stem.rsplit_once('-').map_or(&*stem, |(name, _)| name);
        let (plain, gzip, brotli) = (size(""), size(".gz"), size(".br"));
        eprintln!("    WASM {name:<12} {plain:>5} kB, gzip {gzip:>4} kB, brotli {brotli:>4} kB");
    }
    Ok(())
}

fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
