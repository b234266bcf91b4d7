//! The licences of the npm parts that leave the house: what the pages load, and what the style sheet is made
//! from. Tools that only run here are not shipped and not listed.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

/// Build tools whose text is part of their output: Tailwind's base rules, daisyUI's components.
const INSIDE_THE_STYLE_SHEET: [&str; 2] = ["tailwindcss", "daisyui"];

/// The attribution that the chart library asks for; its npm package leaves its NOTICE file out.
const CHART_NOTICE: &str = "TradingView Lightweight Charts™\n\
    Copyright (c) 2026 TradingView, Inc. https://www.tradingview.com/\n\n";

/// All licences and notices in one text.
pub fn collect(package: &Path, modules: &Path) -> Result<String> {
    let mut names: BTreeSet<String> = INSIDE_THE_STYLE_SHEET.map(str::to_owned).into();
    add_dependencies(package, modules, &mut names)?;
    let mut text = String::from("ExpiryTrack's pages contain these works of others.\n");
    for name in names {
        describe(&name, &modules.join(&name), &mut text)?;
    }
    Ok(text)
}

/// What a package needs at run time, and what that needs.
fn add_dependencies(package: &Path, modules: &Path, names: &mut BTreeSet<String>) -> Result<()> {
    let manifest = manifest(package)?;
    let Some(dependencies) = manifest.get("dependencies").and_then(Value::as_object) else { return Ok(()) };
    for name in dependencies.keys() {
        if names.insert(name.clone()) {
            add_dependencies(&modules.join(name), modules, names)?;
        }
    }
    Ok(())
}

fn describe(name: &str, folder: &Path, text: &mut String) -> Result<()> {
    let manifest = manifest(folder)?;
    let field = |key: &str| manifest.get(key).and_then(Value::as_str).unwrap_or("not stated");
    writeln!(text, "\n{}\n{name} {}\nLicence: {}\n", "=".repeat(80), field("version"), field("license"))?;
    if name == "lightweight-charts" {
        text.push_str(CHART_NOTICE);
    }
    let files = licence_files(folder)?;
    if files.is_empty() {
        writeln!(text, "By {}. The package carries no licence text of its own.", field("author"))?;
    }
    for file in files {
        text.push_str(&fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?);
    }
    Ok(())
}

fn licence_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let wanted = ["license", "licence", "notice", "copying"].iter().any(|start| name.starts_with(start));
        if wanted && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn manifest(folder: &Path) -> Result<Value> {
    let path = folder.join("package.json");
    let content = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&content).with_context(|| format!("{} is not JSON", path.display()))
}
