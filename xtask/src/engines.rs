//! `cargo xtask engines`: a lake of the simulated market, on a disk and on an S3 server, asked by the engines that exist
//! (docs/scale), and each export preset read by its snippet (docs/snippets). Python is needed here and nowhere else; what it
//! needs goes into a virtual environment under `target`.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::s3_server::{BUCKET, S3Server};
use crate::simulated::Simulated;
use crate::workspace::{Build, Database, System, Workspace};
use crate::{command, fingerprint, run, snippets, step};

/// What the questions ask about, and what of it is collected: four expiries around theirs, all strikes.
pub const UNDERLYING: &str = "NIFTY";
const EXPIRIES: [&str; 4] = ["2025-08-14", "2025-08-21", "2025-08-28", "2025-09-02"];
/// Spark's way to S3 is in no registry that we ask: docs/scale/README.md.
const ENGINES_OF_S3: &str = "sqlite,duckdb,polars,datafusion,clickhouse";

/// All of it. `arguments` go to `docs/scale/run.py`, for example `--engines duckdb,polars`.
pub fn engines(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    run::build(workspace, Build::Quick, Database::Plain, System::This)?;
    let bench = Bench { workspace, folder: workspace.target.join("engines") };
    fs::create_dir_all(&bench.folder)
        .with_context(|| format!("{} cannot be made", bench.folder.display()))?;
    let name = "engines, into target/engines/python (1.5 GB)";
    bench.ensure_environment(name, &bench.scale().join("requirements.txt"), &bench.folder.join("python"))?;
    let s3 = step::step("an S3 server on loopback", || S3Server::start(&bench.folder.join("python")))?;
    let server = step::step("the simulated market is served", || {
        Simulated::start(workspace, &bench.data(), &s3.environment())
    })?;
    step::step("its candles are collected", || {
        let order = ["collect", "--underlying", UNDERLYING, "--expiry"];
        command::run_quietly(server.expirytrack().args(order.into_iter().chain(EXPIRIES)))
    })?;
    bench.local(&server, arguments)?;
    bench.s3(&server, &s3, arguments)?;
    let left_out = snippets::run(&bench, &server)?;
    if !left_out.is_empty() {
        eprintln!("  not run, because its packages do not install: {}", left_out.join(", "));
    }
    Ok(())
}

pub struct Bench<'a> {
    pub workspace: &'a Workspace,
    /// All that the task makes lies here, and its outcome in docs/scale.
    pub folder: PathBuf,
}

impl Bench<'_> {
    pub fn python(&self) -> PathBuf {
        self.folder.join("python/bin/python")
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub fn database(&self) -> PathBuf {
        self.data().join("expirytrack.db")
    }

    fn scale(&self) -> PathBuf {
        self.workspace.root.join("docs/scale")
    }

    /// A virtual environment with the packages of a file, installed again when the file changes.
    pub fn ensure_environment(&self, name: &str, requirements: &Path, environment: &Path) -> Result<()> {
        fingerprint::step_if_changed(name, &[requirements], "", environment, || {
            if !command::answers("python3", "--version") {
                bail!(
                    "the engines are Python packages: install Python 3 with venv (apt install python3-venv)"
                );
            }
            command::run_quietly(Command::new("python3").args(["-m", "venv"]).arg(environment))?;
            let mut pip = Command::new(environment.join("bin/python"));
            command::run_quietly(pip.args(["-m", "pip", "install", "--quiet", "-r"]).arg(requirements))
        })
    }

    fn publish(&self, server: &Simulated, to: &OsStr) -> Result<()> {
        let order = ["lake", "publish", "--underlying", UNDERLYING, "--all-complete", "--to"];
        command::run_quietly(server.expirytrack().args(order).arg(to))
    }

    fn ask(
        &self,
        lake: &OsStr,
        of_store: &[(&str, &str)],
        given: &[&str],
        arguments: &[String],
    ) -> Result<()> {
        let mut engines = Command::new(self.python());
        engines.arg(self.scale().join("run.py")).arg("--lake").arg(lake);
        engines.arg("--database").arg(self.database());
        engines.args(given).args(arguments).envs(of_store.iter().copied()).current_dir(&self.folder);
        command::run(&mut engines)
    }

    /// Into a new folder, so that what is asked is what this executable writes.
    fn local(&self, server: &Simulated, arguments: &[String]) -> Result<()> {
        let lake = self.folder.join("lake");
        if lake.exists() {
            fs::remove_dir_all(&lake).with_context(|| format!("{} cannot be removed", lake.display()))?;
        }
        step::step("lake published to a folder", || self.publish(server, lake.as_os_str()))?;
        let answers = self.scale().join("answers-local.md");
        step::step("ten questions, local files", || {
            self.ask(lake.as_os_str(), &[], &["--write", path(&answers)?], arguments)
        })
    }

    fn s3(&self, server: &Simulated, store: &S3Server, arguments: &[String]) -> Result<()> {
        let lake = format!("s3://{BUCKET}/lake");
        let lake = OsStr::new(&lake);
        step::step("lake published to S3", || self.publish(server, lake))?;
        let answers = self.scale().join("answers-s3.md");
        let given = ["--endpoint", &store.endpoint, "--write", path(&answers)?, "--engines", ENGINES_OF_S3];
        step::step("ten questions, S3", || self.ask(lake, &store.environment(), &given, arguments))
    }
}

fn path(path: &Path) -> Result<&str> {
    path.to_str().with_context(|| format!("{} is no UTF-8", path.display()))
}
