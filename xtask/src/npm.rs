//! The npm parts: installed from a lock file, without running anybody's install script.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

use crate::{command, step};

/// The oldest Node.js that the tools run on.
const NODE_MAJOR_MIN: u32 = 20;

/// A folder with a `package.json` and its lock file.
#[derive(Debug)]
pub struct NpmPackage {
    folder: PathBuf,
}

impl NpmPackage {
    /// Installs what the lock file names, when `node_modules` is missing or older than the lock file.
    pub fn ensure(folder: &Path) -> Result<NpmPackage> {
        let package = NpmPackage { folder: folder.to_owned() };
        ensure_node()?;
        let name = format!("npm parts of {}", folder.file_name().unwrap_or_default().display());
        if package.is_installed()? {
            step::unchanged(&name);
            return Ok(package);
        }
        step::step(&name, || {
            let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
            npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder);
            // The browser is the system's own; see chromium.rs.
            npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
            command::run_quietly(&mut npm)
        })?;
        Ok(package)
    }

    /// npm writes its own lock file into `node_modules` as the last thing that it does.
    fn is_installed(&self) -> Result<bool> {
        let lock = self.folder.join("package-lock.json");
        let wanted = changed(&lock).with_context(|| format!("{} is missing", lock.display()))?;
        let installed = changed(&self.modules().join(".package-lock.json"));
        Ok(installed.is_ok_and(|installed| installed >= wanted))
    }

    /// Where the packages are.
    pub fn modules(&self) -> PathBuf {
        self.folder.join("node_modules")
    }

    /// Node.js on a script of an installed package, given by its path below `node_modules`.
    pub fn node(&self, script: impl AsRef<OsStr>) -> Command {
        let mut node = Command::new("node");
        node.arg(self.modules().join(Path::new(script.as_ref()))).current_dir(&self.folder);
        // Files outside this folder, as style/main.css, find the packages by this path only.
        node.env("NODE_PATH", self.modules());
        node
    }
}

fn changed(path: &Path) -> Result<SystemTime> {
    Ok(fs::metadata(path)?.modified()?)
}

/// Says in one sentence what to install, before npm says it in a hundred.
fn ensure_node() -> Result<()> {
    let version =
        command::output(Command::new("node").arg("--version")).with_context(|| missing("is not here"))?;
    let major: u32 =
        version.trim_start_matches('v').split('.').next().unwrap_or_default().parse().unwrap_or(0);
    if major < NODE_MAJOR_MIN {
        bail!(missing(&format!("is {}", version.trim())));
    }
    Ok(())
}

fn missing(what: &str) -> String {
    format!(
        "Node.js {what}, and the style sheet and the WebAssembly optimiser need {NODE_MAJOR_MIN} or newer: \
         install it with npm from https://nodejs.org or the system's packages (apt install nodejs npm)"
    )
}
