//! A server of `moto`, which speaks S3 on loopback, with one bucket. It is for us alone, and takes any key.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

use crate::command;
use crate::simulated::free_port;

pub const BUCKET: &str = "lake-of-the-simulated-market";
const KEY: &str = "test";
const REGION: &str = "us-east-1";
/// How often it is asked whether it answers, a tenth of a second apart.
const ASKED_MAX: u32 = 300;

/// It ends with this value.
pub struct S3Server {
    process: Child,
    pub endpoint: String,
}

impl S3Server {
    /// Of a virtual environment that has it.
    pub fn start(python: &Path) -> Result<Self> {
        let port = free_port()?;
        // By its module: a script's first line is cut where the path to Python is long.
        let process = Command::new(python.join("bin/python"))
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("moto's server cannot be started")?;
        let server = Self { process, endpoint: format!("http://127.0.0.1:{port}") };
        // It is asked until it answers: botocore's own retries are not enough for a slow start.
        let make = format!(
            "import boto3, time\n\
             s3 = boto3.client('s3', endpoint_url='{}', aws_access_key_id='{KEY}', aws_secret_access_key='{KEY}',\n\
                               region_name='{REGION}')\n\
             for left in reversed(range({ASKED_MAX})):\n    \
                 try: s3.create_bucket(Bucket='{BUCKET}'); break\n    \
                 except Exception:\n        \
                     if not left: raise\n        \
                     time.sleep(0.1)\n",
            server.endpoint
        );
        command::run(Command::new(python.join("bin/python")).args(["-c", &make]))?;
        Ok(server)
    }

    /// What programs that speak S3 are told in their environment.
    pub fn environment(&self) -> [(&str, &str); 5] {
        [
            ("AWS_ACCESS_KEY_ID", KEY),
            ("AWS_SECRET_ACCESS_KEY", KEY),
            ("AWS_REGION", REGION),
            ("AWS_ENDPOINT_URL", &self.endpoint),
            ("AWS_ALLOW_HTTP", "true"),
        ]
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        if let Err(error) = self.process.kill().and_then(|()| self.process.wait()) {
            eprintln!("  the S3 server could not be ended: {error}");
        }
    }
}
