//! REST is fuzzed by schemathesis, against the debug executable and its simulated market: whatever its document allows,
//! and much that it does not, must be answered as the document says, and never with a status of 500 and above. This task
//! alone needs Python; what it installs lies under `target`.

use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::workspace::{Build, Database, System, Workspace};
use crate::{command, run, step};

const ADDRESS: &str = "127.0.0.1:5791";
const VERSION: &str = "schemathesis>=4.32,<5";
/// Whether what a schema allows is accepted no schema can say: that an underlying is known, that two days are in order,
/// that a cursor is of this query.
const LEFT_OUT: &str = "positive_data_acceptance";
/// What would lock the fuzzer out, sign it out, send mail, or fill the disk with copies; streams, which do not end; and a
/// sample, which asks the broker up to 500 times within its limits.
const NOT_ASKED: &str =
    "^/api/v1/(access|session|notices/test|backups|bhavcopy|exports|lake|stream|replay|verify/sample)";
const EXAMPLES: &str = "25";
/// A debug executable with a new data directory is there in a moment; a minute is patience enough.
const LOOK_EVERY: Duration = Duration::from_millis(200);
const LOOKS_MAX: u32 = 300;

/// Ends with the task.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        // One that ended by itself is a failure that was told already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `arguments` go to schemathesis.
pub fn fuzz(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    run::build(workspace, Build::Quick, Database::Plain, System::This)?;
    let python = workspace.target.join("schemathesis");
    step::step("schemathesis", || install(&python))?;
    let data = workspace.target.join("tmp/fuzz-rest");
    if data.exists() {
        std::fs::remove_dir_all(&data).context("the data of the last run cannot be removed")?;
    }
    let mut server = Command::new(workspace.executable_path(Build::Quick, System::This));
    server.args(["serve", "--simulated", "--addr", ADDRESS, "--data-dir"]).arg(&data);
    let server = server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let _served = Served(server.context("the executable cannot be started")?);
    step::step("an expiry is collected", || prepare(workspace, &data))?;
    let mut fuzzer = Command::new(python.join("bin/schemathesis"));
    fuzzer.args(["run", &format!("http://{ADDRESS}/api/v1/openapi.json"), "--url"]);
    fuzzer.arg(format!("http://{ADDRESS}")).args(["--checks", "all", "--exclude-checks", LEFT_OUT]);
    fuzzer.args(["--phases", "examples,coverage,fuzzing", "--exclude-path-regex", NOT_ASKED]);
    fuzzer.args(["--max-examples", EXAMPLES, "--continue-on-failure", "--request-timeout", "60"]);
    // What it remembers of a run it writes where it stands.
    command::run(fuzzer.args(arguments).current_dir(&workspace.target))
}

fn install(python: &Path) -> Result<()> {
    if command::answers(python.join("bin/schemathesis"), "--version") {
        return Ok(());
    }
    command::run_quietly(Command::new("python3").args(["-m", "venv"]).arg(python))?;
    command::run_quietly(Command::new(python.join("bin/pip")).args(["install", "--quiet", VERSION]))
}

/// The commands of the executable go to the server, which owns the directory.
fn prepare(workspace: &Workspace, data: &Path) -> Result<()> {
    let mut looks = 0;
    while TcpStream::connect(ADDRESS).is_err() {
        looks += 1;
        if looks > LOOKS_MAX {
            bail!("the executable does not answer at {ADDRESS}");
        }
        sleep(LOOK_EVERY);
    }
    let executable = workspace.executable_path(Build::Quick, System::This);
    let asked = |arguments: &[&str]| {
        let mut command = Command::new(&executable);
        command.args(arguments).arg("--data-dir").arg(data);
        command
    };
    let mut login = asked(&["login", "--token-stdin"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    login.stdin.take().context("the command takes no token")?.write_all(b"simulated\n")?;
    if !login.wait()?.success() {
        bail!("the sign-in failed; its own message is above");
    }
    command::run_quietly(&mut asked(&["collect", "--underlying", "NIFTY", "--last", "1", "--days", "3"]))
}
