//! The debug executable serving its simulated market, signed in, for a task that asks it things. Commands go to it, since
//! it owns the data directory.

use std::fs::File;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::workspace::{Build, System, Workspace};

/// A debug executable is there in a moment; a minute is patience enough.
const LOOK_EVERY: Duration = Duration::from_millis(200);
const LOOKS_MAX: u32 = 300;

/// Ends with the task.
pub struct Simulated {
    process: Child,
    executable: PathBuf,
    data: PathBuf,
    pub address: String,
}

impl Simulated {
    /// Over a data directory, which is made where there is none; `environment` is what its process has beside ours.
    pub fn start(workspace: &Workspace, data: &Path, environment: &[(&str, &str)]) -> Result<Self> {
        let executable = workspace.executable_path(Build::Quick, System::This);
        let port = free_port()?;
        let log = data.with_extension("log");
        std::fs::create_dir_all(&workspace.target).context("the target folder cannot be made")?;
        if let Some(folder) = log.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("{} cannot be made", folder.display()))?;
        }
        let log = File::create(&log).with_context(|| format!("{} cannot be written", log.display()))?;
        let mut serve = Command::new(&executable);
        serve.args(["serve", "--simulated", "--rate-limits", "off", "--addr", &format!("127.0.0.1:{port}")]);
        serve.arg("--data-dir").arg(data).envs(environment.iter().copied());
        let process = serve.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        let process = process.context("the executable cannot be started")?;
        let address = format!("http://127.0.0.1:{port}");
        let mut server = Self { process, executable, data: data.to_owned(), address };
        server.wait(port)?;
        server.sign_in()?;
        Ok(server)
    }

    fn wait(&mut self, port: u16) -> Result<()> {
        let told = self.data.with_extension("log");
        for _ in 0..LOOKS_MAX {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(());
            }
            if let Some(status) = self.process.try_wait()? {
                bail!("the executable ended ({status}); {} says why", told.display());
            }
            sleep(LOOK_EVERY);
        }
        bail!("the executable does not answer at {}; {} says what it does", self.address, told.display())
    }

    fn sign_in(&self) -> Result<()> {
        let mut login = self.expirytrack();
        login.args(["login", "--token-stdin"]).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut login = login.stderr(Stdio::null()).spawn().context("the executable cannot be started")?;
        login.stdin.take().context("the command takes no token")?.write_all(b"simulated\n")?;
        if !login.wait()?.success() {
            bail!("the sign-in failed: `expirytrack login` says why");
        }
        Ok(())
    }

    /// A command of the executable about this data directory.
    pub fn expirytrack(&self) -> Command {
        let mut program = Command::new(&self.executable);
        program.arg("--data-dir").arg(&self.data);
        program
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        // One that ended by itself is a failure that was told already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// One that nobody has just now.
pub fn free_port() -> Result<u16> {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).context("no free port")?;
    Ok(free.port())
}
