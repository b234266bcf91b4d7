//! `cargo xtask engines`: a lake of the simulated market, on a disk and on an S3 server, asked by the engines that exist
//! (docs/scale), and each export preset read by its snippet (docs/snippets). Python is needed here and nowhere else; what it
//! needs goes into a virtual environment under `target`.

use std::ffi::OsStr;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace::{Build, Database, System, Workspace};
use crate::{command, fingerprint, run, step};

/// What the questions ask about, and what of it is collected: four expiries around theirs, all strikes.
const UNDERLYING: &str = "NIFTY";
const EXPIRIES: [&str; 4] = ["2025-08-14", "2025-08-21", "2025-08-28", "2025-09-02"];
const BUCKET: &str = "lake-of-the-simulated-market";
/// The S3 server is for us alone, and takes any key.
const S3_KEYS: [(&str, &str); 3] =
    [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_REGION", "us-east-1")];
/// How often the S3 server is asked whether it answers, a tenth of a second apart.
const S3_ASKED_MAX: u32 = 300;

/// All of it. `arguments` go to `docs/scale/run.py`, for example `--engines duckdb,polars`.
pub fn engines(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    run::build(workspace, Build::Quick, Database::Plain, System::This)?;
    let bench = Bench { workspace, folder: workspace.target.join("engines") };
    fs::create_dir_all(&bench.folder)
        .with_context(|| format!("{} cannot be made", bench.folder.display()))?;
    bench.ensure_python()?;
    bench.ensure_candles()?;
    bench.local(arguments)?;
    bench.s3(arguments)?;
    bench.snippets()
}

struct Bench<'a> {
    workspace: &'a Workspace,
    folder: PathBuf,
}

impl Bench<'_> {
    fn python(&self) -> PathBuf {
        self.folder.join("python/bin/python")
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn scale(&self) -> PathBuf {
        self.workspace.root.join("docs/scale")
    }

    /// The program, with the simulated market and the data of this folder.
    fn expirytrack(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut program = Command::new(self.workspace.executable_path(Build::Quick, System::This));
        program.args(["--simulated", "--data-dir"]).arg(self.data()).args(arguments);
        program
    }

    fn ensure_python(&self) -> Result<()> {
        let requirements = self.scale().join("requirements.txt");
        let environment = self.folder.join("python");
        let name = "engines, into target/engines/python (1.5 GB)";
        fingerprint::step_if_changed(name, &[&requirements], "", &environment, || {
            if !command::answers("python3", "--version") {
                bail!(
                    "the engines are Python packages: install Python 3 with venv (apt install python3-venv)"
                );
            }
            command::run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
            let mut pip = Command::new(self.python());
            command::run(pip.args(["-m", "pip", "install", "--quiet", "-r"]).arg(&requirements))
        })
    }

    /// Collected once: the same seed brings the same candles.
    fn ensure_candles(&self) -> Result<()> {
        if self.data().join("expirytrack.db").is_file() {
            step::unchanged("candles of the simulated market");
            return Ok(());
        }
        step::step("candles of the simulated market", || {
            let order = ["collect", "--underlying", UNDERLYING, "--expiry"];
            command::run(&mut self.expirytrack(order.into_iter().chain(EXPIRIES)))
        })
    }

    fn publish(&self, to: &OsStr, of_store: &[(&str, &str)]) -> Result<()> {
        let order = ["lake", "publish", "--underlying", UNDERLYING, "--all-complete", "--to"].map(OsStr::new);
        let mut publish = self.expirytrack(order.into_iter().chain([to]));
        command::run(publish.envs(of_store.iter().copied()))
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
        engines.arg("--database").arg(self.data().join("expirytrack.db"));
        engines.args(given).args(arguments).envs(of_store.iter().copied()).current_dir(&self.folder);
        command::run(&mut engines)
    }

    fn local(&self, arguments: &[String]) -> Result<()> {
        let lake = self.folder.join("lake");
        step::step("lake published to a folder", || self.publish(lake.as_os_str(), &[]))?;
        let answers = self.scale().join("answers-local.md");
        step::step("ten questions, local files", || {
            self.ask(lake.as_os_str(), &[], &["--write", path(&answers)?], arguments)
        })
    }

    fn s3(&self, arguments: &[String]) -> Result<()> {
        let server = step::step("an S3 server on loopback", || S3Server::start(&self.folder.join("python")))?;
        let endpoint = server.endpoint.as_str();
        let of_store: Vec<(&str, &str)> =
            S3_KEYS.into_iter().chain([("AWS_ENDPOINT_URL", endpoint), ("AWS_ALLOW_HTTP", "true")]).collect();
        let lake = format!("s3://{BUCKET}/lake");
        let lake = OsStr::new(&lake);
        step::step("lake published to S3", || self.publish(lake, &of_store))?;
        let answers = self.scale().join("answers-s3.md");
        let write = path(&answers)?;
        // Spark's way to S3 is in no registry that we ask: docs/scale/README.md.
        let given = [
            "--endpoint",
            endpoint,
            "--write",
            write,
            "--engines",
            "sqlite,duckdb,polars,datafusion,clickhouse",
        ];
        step::step("ten questions, S3", || self.ask(lake, &of_store, &given, arguments))
    }

    /// Each preset's export, read by its snippet.
    fn snippets(&self) -> Result<()> {
        let folder = self.workspace.root.join("docs/snippets");
        let entries =
            fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))?;
        let mut names: Vec<String> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|file| file.extension() == Some(OsStr::new("py")))
            .filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned()))
            .collect();
        names.sort();
        for name in names {
            self.snippet(&folder, &name)?;
        }
        Ok(())
    }

    fn snippet(&self, folder: &Path, name: &str) -> Result<()> {
        step::step(&format!("snippet {name}"), || {
            let out = self.folder.join("exports").join(name);
            if out.exists() {
                fs::remove_dir_all(&out).with_context(|| format!("{} cannot be removed", out.display()))?;
            }
            let order =
                ["export", "--underlying", UNDERLYING, "--expiry", EXPIRIES[2], "--preset", name, "--out"];
            command::run(&mut self.expirytrack(order.map(OsStr::new).into_iter().chain([out.as_os_str()])))?;
            command::run(Command::new(self.python()).arg(folder.join(format!("{name}.py"))).arg(&out))
        })
    }
}

/// A server of `moto` with one bucket; it ends with this value.
struct S3Server {
    process: Child,
    endpoint: String,
}

impl S3Server {
    fn start(python: &Path) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|free| free.local_addr())
            .context("no free port")?
            .port();
        let process = Command::new(python.join("bin/moto_server"))
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("moto_server cannot be started")?;
        let server = Self { process, endpoint: format!("http://127.0.0.1:{port}") };
        // It is asked until it answers: botocore's own retries are not enough for a slow start.
        let make = format!(
            "import boto3, time\n\
             s3 = boto3.client('s3', endpoint_url='{}', aws_access_key_id='test', aws_secret_access_key='test',\n\
                               region_name='us-east-1')\n\
             for left in reversed(range({S3_ASKED_MAX})):\n    \
                 try: s3.create_bucket(Bucket='{BUCKET}'); break\n    \
                 except Exception:\n        \
                     if not left: raise\n        \
                     time.sleep(0.1)\n",
            server.endpoint
        );
        command::run(Command::new(python.join("bin/python")).args(["-c", &make]))?;
        Ok(server)
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        if let Err(error) = self.process.kill().and_then(|()| self.process.wait()) {
            eprintln!("  the S3 server could not be ended: {error}");
        }
    }
}

fn path(path: &Path) -> Result<&str> {
    path.to_str().with_context(|| format!("{} is no UTF-8", path.display()))
}
