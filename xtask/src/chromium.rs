//! The browser of the browser tests: the system's own Chromium, because Playwright's download is large, comes
//! from one more host and does not exist for every system. The one without a window of its own comes first: it draws the
//! same pages with two thirds of the processor's time.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::command;

const NAMES: [&str; 6] = [
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
];
/// Of Debian, the first that there is.
const PACKAGES: [&str; 2] = ["chromium-headless-shell", "chromium"];

/// Finds Chromium, or installs it where that is possible without a question.
pub fn ensure() -> Result<PathBuf> {
    if let Some(path) = find() {
        return Ok(path);
    }
    install()?;
    find().map_or_else(|| bail!("{ADVICE}"), Ok)
}

const ADVICE: &str = "the browser tests need Chromium or Google Chrome on the PATH: \
    install it (apt install chromium, or https://www.google.com/chrome), or name it in EXPIRYTRACK_CHROMIUM";

/// The one that is named, on the PATH, or where macOS keeps it.
pub fn find() -> Option<PathBuf> {
    if let Some(named) = env::var_os("EXPIRYTRACK_CHROMIUM") {
        return Some(named.into());
    }
    let folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH")?).collect();
    let files = NAMES.map(|name| format!("{name}{}", env::consts::EXE_SUFFIX));
    let on_path =
        files.iter().find_map(|file| folders.iter().map(|f| f.join(file)).find(|path| path.is_file()));
    let mac = PathBuf::from("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");
    on_path.or_else(|| mac.is_file().then_some(mac))
}

fn install() -> Result<()> {
    if !command::answers("apt-get", "--version") {
        bail!("{ADVICE}");
    }
    let prefix: &[&str] = if command::output(Command::new("id").arg("-u"))?.trim() == "0" {
        &[]
    } else if command::answers_with("sudo", &["-n", "true"]) {
        &["sudo", "-n"]
    } else {
        bail!("{ADVICE}");
    };
    eprintln!("  installing Chromium with apt-get: the browser tests need it");
    apt(prefix, &["update"])?;
    let is_there = |package: &&str| command::answers_with("apt-cache", &["show", package]);
    let package = PACKAGES.into_iter().find(is_there).unwrap_or("chromium");
    apt(prefix, &["install", "--yes", "--no-install-recommends", package])
}

fn apt(prefix: &[&str], arguments: &[&str]) -> Result<()> {
    let mut words = prefix.iter().chain(&["apt-get"]);
    let Some(program) = words.next() else { bail!("{ADVICE}") };
    let mut command = Command::new(program);
    command.args(words).args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    command::run_quietly(&mut command)
}
