//! Other programs: started with the terminal of this one, and with an error that a person can act on.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Runs a program to its end; its output goes where ours goes.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| cannot_start(command))?;
    if !status.success() {
        bail!("`{}` failed ({status}); its own message is above", line(command));
    }
    Ok(())
}

/// Runs a program and shows what it printed only when it failed. For talkative ones.
pub fn run_quietly(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().with_context(|| cannot_start(command))?;
    if !output.status.success() {
        eprint!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        bail!("`{}` failed ({}); its own message is above", line(command), output.status);
    }
    Ok(())
}

/// Runs a program and returns its standard output.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output().with_context(|| cannot_start(command))?;
    if !output.status.success() {
        bail!("`{}` failed ({}); its own message is above", line(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{}` did not print text", line(command)))
}

/// Whether a program can be started at all and says that it is well.
pub fn answers(program: impl AsRef<OsStr>, argument: &str) -> bool {
    answers_with(program, &[argument])
}

/// The same with several arguments.
pub fn answers_with(program: impl AsRef<OsStr>, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn cannot_start(command: &Command) -> String {
    format!("`{}` cannot be started", command.get_program().display())
}

fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
