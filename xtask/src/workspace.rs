//! Where things are. The names come from `[workspace.metadata.leptos]` in Cargo.toml, where cargo-leptos would
//! look for them too; nothing else in this crate spells them out.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow};
use serde_json::Value;

use crate::command;
use crate::toolchain::WINDOWS;

/// How server and browser part are compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// For running it here, for tests and everyday work: soon there, also after a change, and larger. Everything in
    /// the profile that `cargo test` uses, so that nothing is compiled twice.
    Quick,
    /// What is handed out: optimised, small.
    Release,
}

impl Build {
    /// The folder that cargo puts the executable into.
    pub fn folder(self) -> &'static str {
        match self {
            Build::Quick => "debug",
            Build::Release => "release",
        }
    }
}

/// Where the executable is to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// On one like this.
    This,
    /// On Windows, built here with mingw.
    Windows,
}

impl System {
    pub fn of_flag(windows: bool) -> Self {
        if windows { Self::Windows } else { Self::This }
    }

    /// The Rust target, where it is not this machine's own.
    pub fn target(self) -> Option<&'static str> {
        match self {
            Self::This => None,
            Self::Windows => Some(WINDOWS),
        }
    }
}

/// Which databases the executable opens: docs/decisions/0011.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    Plain,
    /// With SQLCipher, which wants the system's OpenSSL to build and to run.
    Encrypted,
}

impl Database {
    pub fn of_flag(encrypted: bool) -> Self {
        if encrypted { Self::Encrypted } else { Self::Plain }
    }

    /// Tells cargo, for the package that is built.
    pub fn tell(self, cargo: &mut Command, package: &str) {
        if self == Self::Encrypted {
            cargo.args(["--features", &format!("{package}/encrypted")]);
            // What SQLCipher would say of a wrong key on standard error is said by us, in a sentence.
            cargo.env("LIBSQLITE3_FLAGS", "-DSQLCIPHER_LOG_LEVEL_DEFAULT=SQLCIPHER_LOG_NONE");
        }
    }
}

/// The paths and names of this workspace.
#[derive(Debug)]
pub struct Workspace {
    pub root: PathBuf,
    /// Cargo's target folder.
    pub target: PathBuf,
    /// The base name of the built files and of the site's address.
    pub output_name: String,
    /// The package of the executable, and the executable.
    pub server_package: String,
    pub executable: String,
    /// The package that is compiled to WASM, and its cargo profile.
    pub frontend_package: String,
    pub frontend_profile: String,
    /// What the server of a release embeds; what a quick one embeds lies beside it.
    site: PathBuf,
    /// The part of the site whose names carry hashes.
    pub package_folder: String,
    /// Files that go into the site as they are.
    pub public: PathBuf,
}

impl Workspace {
    /// Asks cargo.
    pub fn find() -> Result<Workspace> {
        let output = command::output(Command::new(cargo()).args([
            "metadata",
            "--format-version=1",
            "--no-deps",
            "--offline",
        ]))?;
        let metadata: Value = serde_json::from_str(&output).context("cargo metadata is not JSON")?;
        Workspace::from_metadata(&metadata)
            .context("Cargo.toml lacks a name that the build needs, under [[workspace.metadata.leptos]]")
    }

    fn from_metadata(metadata: &Value) -> Result<Workspace> {
        let root = PathBuf::from(text(metadata, "workspace_root")?);
        let target = PathBuf::from(text(metadata, "target_directory")?);
        let leptos = metadata.pointer("/metadata/leptos/0").ok_or_else(|| anyhow!("the table is missing"))?;
        Ok(Workspace {
            output_name: text(leptos, "name")?,
            server_package: text(leptos, "bin-package")?,
            executable: text(leptos, "bin-target")?,
            frontend_package: text(leptos, "lib-package")?,
            frontend_profile: text(leptos, "lib-profile-release")?,
            site: root.join(text(leptos, "site-root")?),
            package_folder: text(leptos, "site-pkg-dir")?,
            public: root.join(text(leptos, "assets-dir")?),
            root,
            target,
        })
    }

    /// What the server embeds; `server/src/site.rs` names the same folders.
    pub fn site(&self, build: Build) -> PathBuf {
        match build {
            Build::Quick => self.site.with_file_name("site-quick"),
            Build::Release => self.site.clone(),
        }
    }

    /// Where the steps leave what later steps need.
    pub fn workbench(&self, build: Build) -> PathBuf {
        self.target.join("xtask").join(build.folder())
    }

    /// The npm package of the bundle.
    pub fn frontend(&self) -> PathBuf {
        self.root.join("frontend")
    }

    /// The browser tests.
    pub fn end_to_end(&self) -> PathBuf {
        self.root.join("end2end")
    }

    /// The built executable.
    pub fn executable_path(&self, build: Build, system: System) -> PathBuf {
        match system.target() {
            None => {
                let file = format!("{}{}", self.executable, std::env::consts::EXE_SUFFIX);
                self.target.join(build.folder()).join(file)
            }
            Some(target) => {
                self.target.join(target).join(build.folder()).join(format!("{}.exe", self.executable))
            }
        }
    }

    /// Cargo, at the workspace's root.
    pub fn cargo(&self) -> Command {
        let mut command = Command::new(cargo());
        command.current_dir(&self.root);
        // What the cargo around us says of xtask is not meant for what it compiles: build scripts that look at it would
        // run again whenever a person calls cargo without us.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&*name);
            }
        }
        command
    }

    /// What is built and tested together, with the features that it needs together. Two stand apart: the browser part,
    /// which has a target of its own, and this program. With the features that it needs, all that both need would be
    /// compiled once for it and once more for the rest.
    pub fn selection(&self) -> [&str; 5] {
        ["--workspace", "--exclude", &self.frontend_package, "--exclude", XTASK]
    }

    /// A path as a person writes it: from the workspace's root.
    pub fn shown<'a>(&self, path: &'a Path) -> std::path::Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }
}

/// This package.
pub const XTASK: &str = env!("CARGO_PKG_NAME");

/// The cargo that runs this program, so that a toolchain override holds for everything.
fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// Where cargo keeps the sources of libraries.
pub fn cargo_home() -> Result<PathBuf> {
    std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(std::env::home_dir()?.join(".cargo")))
        .context("neither CARGO_HOME nor a home folder is known")
}

fn text(value: &Value, key: &str) -> Result<String> {
    let found = value.get(key).and_then(Value::as_str).ok_or_else(|| anyhow!("{key:?} is missing"))?;
    Ok(found.to_owned())
}
