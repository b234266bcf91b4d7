//! Whether the inputs of a step changed since it last ran.
//!
//! A fingerprint covers path, size and time of change of every input file, plus whatever else the step
//! depends on. It is cheap and may be wrong in one direction only: a touched file repeats a step. It never
//! replaces cargo, which judges its own inputs.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result};

use crate::step;

/// A growing 64-bit FNV-1a hash: short, stable across versions of Rust, and with nobody to deceive.
#[derive(Clone, Copy, Debug)]
pub struct Hash(u64);

impl Hash {
    pub fn new() -> Hash {
        Hash(0xcbf2_9ce4_8422_2325)
    }

    pub fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    /// Sixteen hexadecimal digits.
    pub fn digits(self) -> String {
        format!("{:016x}", self.0)
    }
}

/// The hash of one content.
pub fn content(bytes: &[u8]) -> String {
    let mut hash = Hash::new();
    hash.add(bytes);
    hash.digits()
}

/// Does a step unless its inputs, its parameters and its output are as the last run left them.
pub fn step_if_changed(
    name: &str,
    inputs: &[&Path],
    parameters: &str,
    output: &Path,
    work: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let record = record_of(output);
    let current = fingerprint(inputs, parameters)?;
    let last = fs::read_to_string(&record).unwrap_or_default();
    if output.exists() && last == current {
        step::unchanged(name);
        return Ok(());
    }
    // A step that dies half-way must not look done.
    if record.exists() {
        fs::remove_file(&record).with_context(|| format!("cannot remove {}", record.display()))?;
    }
    step::step(name, work)?;
    write(&record, current.as_bytes())
}

fn record_of(output: &Path) -> PathBuf {
    let mut name = output.file_name().unwrap_or_default().to_owned();
    name.push(".fingerprint");
    output.with_file_name(name)
}

fn fingerprint(inputs: &[&Path], parameters: &str) -> Result<String> {
    let mut files = Vec::new();
    for input in inputs {
        collect(input, &mut files)?;
    }
    files.sort();
    let mut hash = Hash::new();
    hash.add(parameters.as_bytes());
    for file in files {
        let metadata = fs::metadata(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let changed = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        hash.add(file.as_os_str().as_encoded_bytes());
        hash.add(&metadata.len().to_le_bytes());
        hash.add(&changed.as_nanos().to_le_bytes());
    }
    Ok(hash.digits())
}

/// All files at or below a path.
pub fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path).with_context(|| format!("cannot list {}", path.display()))? {
        collect(&entry?.path(), files)?;
    }
    Ok(())
}

/// Writes a file and the folders above it, but leaves an equal file alone: its time of change is what the
/// next step and cargo look at.
pub fn write(path: &Path, content: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|present| present == content) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(content(b""), "cbf29ce484222325");
        assert_eq!(content(b"foobar"), "85944171f73967e8");
    }

    #[test]
    fn a_step_runs_once_until_an_input_or_a_parameter_changes() {
        let folder = std::env::temp_dir().join(format!("expirytrack-xtask-{}", std::process::id()));
        let input = folder.join("input");
        let output = folder.join("output");
        write(&input, b"one").unwrap();
        let run = |parameters: &str| {
            let mut ran = false;
            step_if_changed("test", &[&input], parameters, &output, || {
                ran = true;
                write(&output, b"done")
            })
            .unwrap();
            ran
        };
        assert!(run("a"));
        assert!(!run("a"));
        assert!(run("b"));
        write(&input, b"longer").unwrap();
        assert!(run("b"));
        fs::remove_file(&output).unwrap();
        assert!(run("b"));
        fs::remove_dir_all(&folder).unwrap();
    }
}
