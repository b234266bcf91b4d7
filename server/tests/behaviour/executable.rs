//! The executable under test, in an environment of its own: the settings of whoever runs the tests must not
//! count.

use std::process::{Command, Stdio};

use crate::common::Stage;

pub const PATH: &str = env!("CARGO_BIN_EXE_expirytrack");

/// Gives a command that will become the executable its broker, its data directory and nothing else.
pub fn settle<'a>(command: &'a mut Command, stage: &Stage) -> &'a mut Command {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("EXPIRYTRACK_") {
            command.env_remove(name);
        }
    }
    command.env("EXPIRYTRACK_UPSTOX_URL", stage.address.to_string());
    command.env("EXPIRYTRACK_DATA_DIR", stage.data.path());
    command.current_dir(stage.data.path()).stdin(Stdio::null())
}
