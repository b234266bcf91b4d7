//! Cuts the compiled module into what every page loads and the parts that are loaded when a page needs them.
//!
//! Where to cut says `app/src/page_list.rs`; the library behind `leptos::wasm_split` follows the linker's relocations
//! from each place to all that only it needs. It leaves a chunk for every set of parts that share something: the large
//! ones stay by themselves, all others become one file that every part is loaded with.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use wasm_split_cli_support::{Options, transform};

use super::merge;
use crate::fingerprint;

/// What the linker has to leave in the module for that.
pub const LINK_ARGUMENT: &str = "-Clink-args=--emit-relocs";

/// How the script that wasm-bindgen writes calls the one that loads parts, before both have names with hashes.
pub const LOADER: &str = "loader.js";

/// What parts share and is smaller than this, before wasm-opt, has no file of its own: about 6 kB as brotli, which is
/// what a page that does not need it loads for nothing, against a request of every page that does.
const CHUNK_BYTES_MIN: usize = 50_000;

/// The files of each part, without their ending, by the part's name.
pub type PartFiles = BTreeMap<String, Vec<String>>;

/// The names of the files that the small chunks become, and a part.
const SHARED: &str = "shared";
const PART: &str = "split_";
const CHUNK: &str = "chunk_";

/// A module that was cut.
#[derive(Debug)]
pub struct Cut {
    folder: PathBuf,
    /// What every page loads.
    pub first: PathBuf,
}

impl Cut {
    pub fn within(folder: PathBuf) -> Self {
        Self { first: folder.join("first.wasm"), folder }
    }

    /// Written last.
    pub fn list(&self) -> PathBuf {
        self.folder.join("parts.json")
    }

    pub fn wasm(&self, file: &str) -> PathBuf {
        self.folder.join(format!("{file}.wasm"))
    }

    pub fn read_list(&self) -> Result<PartFiles> {
        let list = self.list();
        let text = fs::read_to_string(&list).with_context(|| format!("cannot read {}", list.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} lists no parts", list.display()))
    }

    pub fn make(&self, compiled: &Path) -> Result<()> {
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder)
                .with_context(|| format!("cannot empty {}", self.folder.display()))?;
        }
        let module = fs::read(compiled).with_context(|| format!("cannot read {}", compiled.display()))?;
        let loader = format!("./{LOADER}");
        let mut options = Options::new(&module);
        options.output_dir = &self.folder;
        options.main_out_path = &self.first;
        options.link_name = &loader;
        let made =
            transform(options).map_err(|error| anyhow!("the browser code cannot be cut: {error:#}"))?;
        // The script that it wrote knows files that are merged now: `bundle` writes another.
        let files = self.merge_small_chunks(made.prefetch_map.into_iter().collect())?;
        fingerprint::write(&self.list(), serde_json::to_string_pretty(&files)?.as_bytes())
    }

    fn merge_small_chunks(&self, mut parts: PartFiles) -> Result<PartFiles> {
        let mut small = BTreeMap::new();
        for file in parts.values().flatten().filter(|file| file.starts_with(CHUNK)).collect::<BTreeSet<_>>() {
            let path = self.wasm(file);
            let chunk = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            if chunk.len() < CHUNK_BYTES_MIN {
                small.insert(file.clone(), chunk);
            }
        }
        for files in parts.values_mut() {
            files.retain(|file| !small.contains_key(file));
            files.insert(0, SHARED.to_owned());
        }
        let chunks: Vec<Vec<u8>> = small.into_values().collect();
        fingerprint::write(&self.wasm(SHARED), &merge::merge(&chunks)?)?;
        Ok(parts)
    }
}

/// The name under which the site carries a file.
pub fn public_name(file: &str) -> &str {
    file.strip_prefix(PART).unwrap_or(file)
}
