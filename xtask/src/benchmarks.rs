//! docs/benchmarks.md: the figures of `cargo xtask bench` as tables and pictures. What a part came to is kept in
//! docs/benchmarks/figures.json until it is measured again, with the day, the machine and the commit of its measuring; the
//! page is made of that alone.

mod picture;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use crate::command;
use crate::workspace::Workspace;

/// The part that is measured in a browser, and not by the bench of the engine.
pub const BROWSER: &str = "browser";

/// The parts as the page shows them.
const PARTS: [(&str, &str); 11] = [
    ("speed", "Collecting: how fast"),
    ("limits", "Collecting: how near to the broker's limits"),
    ("memory", "Collecting: how much memory"),
    ("chart", "The chart of a contract"),
    ("strategy", "A strategy over a year of expiries"),
    ("replay", "A past day as it is played"),
    ("export", "Files"),
    ("lake", "The lake"),
    (BROWSER, "What a person waits for in the browser"),
    ("looking", "A past minute, with a hundred million candles in the file"),
    ("scale", "What grows with the data"),
];

const INTRO: &str = "\
# Benchmarks

Made by `cargo xtask bench` (`-- speed`, `-- scale` and so on for one part); do not edit. Two cores whose speed changes by a
half from minute to minute: trust ratios of one run more than times. A figure without a goal explains its neighbours.
What was done to reach them: [decision 0005](decisions/0005-what-the-engine-reaches.md). How engines that exist read the
lake: [docs/scale](scale/README.md).
";

/// Takes in what lies in `measured`, a file a part.
pub fn write(workspace: &Workspace, measured: &Path) -> Result<()> {
    let folder = workspace.root.join("docs/benchmarks");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let kept = folder.join("figures.json");
    let mut figures = known(&kept)?;
    for (part, _) in PARTS {
        let file = measured.join(part);
        if file.exists() {
            figures.insert(part.to_owned(), of_part(workspace, &file)?);
        }
    }
    put(&kept, &format!("{:#}\n", Value::Object(figures.clone())))?;
    let mut page = INTRO.to_owned();
    for (part, title) in PARTS {
        if let Some(of_part) = figures.get(part) {
            section(&mut page, title, of_part)?;
            for drawn in picture::of_growth(of_part) {
                put(&folder.join(drawn.file), &drawn.svg)?;
                write!(page, "\n![{}](benchmarks/{})\n", drawn.words, drawn.file)?;
            }
        }
    }
    let path = workspace.root.join("docs/benchmarks.md");
    put(&path, &page)?;
    eprintln!("  written: {}", workspace.shown(&path));
    Ok(())
}

fn known(path: &Path) -> Result<Map<String, Value>> {
    if !path.exists() {
        return Ok(Map::new());
    }
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no JSON of figures", path.display()))
}

fn of_part(workspace: &Workspace, file: &Path) -> Result<Value> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let rows: Vec<Value> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let mut git = Command::new("git");
    git.args(["rev-parse", "--short", "HEAD"]).current_dir(&workspace.root);
    let said = |command: &mut Command| command::output(command).map(|text| text.trim().to_owned());
    Ok(json!({
        "day": said(Command::new("date").args(["-u", "+%F"]))?,
        "machine": machine(),
        "commit": said(&mut git)?,
        "rows": rows,
    }))
}

/// Cores and processor, as Linux tells them.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let told = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = told.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    format!("{cores} cores, {}", name.map_or("a processor that does not tell its name", |(_, name)| name))
}

fn section(page: &mut String, title: &str, of_part: &Value) -> Result<()> {
    let text = |key: &str| of_part[key].as_str().unwrap_or_default();
    write!(page, "\n## {title}\n\n{}, {}, commit {}.\n\n", text("day"), text("machine"), text("commit"))?;
    page.push_str("| what | measured | goal | met |\n|---|---:|---|---|\n");
    for row in of_part["rows"].as_array().into_iter().flatten().filter(|row| row["measured"].is_string()) {
        let cell = |key: &str| row[key].as_str().unwrap_or_default();
        let (what, measured, goal, met) = (cell("what"), cell("measured"), cell("goal"), cell("met"));
        writeln!(page, "| {what} | {measured} | {goal} | {met} |")?;
    }
    Ok(())
}

fn put(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
