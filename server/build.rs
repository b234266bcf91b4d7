//! Makes sure that the folders of the built site exist, so that this crate also compiles without a site, and
//! tells cargo to compile it again when a site or the commit changed. It builds nothing: `cargo xtask build` does.
//!
//! The commit is `EXPIRYTRACK_COMMIT` where whoever builds sets it, else what git says, else none.

use std::path::{Path, PathBuf};
use std::process::Command;

fn main() -> std::io::Result<()> {
    // Asked when it runs: a copy of the sources may share its target folder, and with it this program, with another.
    let root = std::env::var("CARGO_MANIFEST_DIR").map_err(std::io::Error::other)?;
    let root = Path::new(&root).join("..");
    let mut lines = String::new();
    // That of what is handed out, and that of a quick build.
    for site in ["target/site", "target/site-quick"].map(|site| root.join(site)) {
        std::fs::create_dir_all(&site)?;
        // Cargo looks at every file below; it reads these lines from standard output.
        lines.push_str(&format!("cargo::rerun-if-changed={}\n", site.display()));
    }
    if !root.join("target/site/manifest.json").exists() && is_release() {
        lines.push_str(
            "cargo::warning=the executable will have no pages, because there is no built site to put into it: run \
             `cargo xtask build` first\n",
        );
    }
    lines.push_str("cargo::rerun-if-env-changed=EXPIRYTRACK_COMMIT\n");
    let given = std::env::var("EXPIRYTRACK_COMMIT").ok().filter(|given| !given.is_empty());
    if let Some(commit) = given.or_else(|| commit_of_git(&root)) {
        lines.push_str(&format!("cargo::rustc-env=EXPIRYTRACK_COMMIT={commit}\n"));
    }
    // Written with each commit and each change of branch.
    for moved in ["HEAD", "logs/HEAD"] {
        let path = git(&root, &["rev-parse", "--git-path", moved]).map(|path| root.join(path));
        if let Some(path) = path.filter(|path| path.exists()) {
            lines.push_str(&format!("cargo::rerun-if-changed={}\n", path.display()));
        }
    }
    std::io::Write::write_all(&mut std::io::stdout(), lines.as_bytes())
}

/// Whether it is for more than trying things: what is compiled for tests may be without pages.
fn is_release() -> bool {
    std::env::var("PROFILE").is_ok_and(|profile| profile == "release")
}

/// None where this is not the working tree itself: a copy within another one has not its commits.
fn commit_of_git(root: &Path) -> Option<String> {
    let top = PathBuf::from(git(root, &["rev-parse", "--show-toplevel"])?).canonicalize().ok()?;
    let is_own = root.canonicalize().is_ok_and(|root| root == top);
    if is_own { git(root, &["rev-parse", "--short=12", "HEAD"]) } else { None }
}

/// What git answers in one line; nothing where there is no git, or nothing to say.
fn git(root: &Path, words: &[&str]) -> Option<String> {
    let output = Command::new("git").args(words).current_dir(root).output().ok()?;
    let line = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !line.is_empty()).then_some(line)
}
