//! The files themselves: of which format one is, what is in it, and its rows.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};
use store::{ForeignDatabase, ForeignRows};

use super::error::ImportError;
use super::shape::{Kind, Shape};
use super::{csv_file, parquet_file};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Sqlite,
    Parquet,
    Csv,
}

const ENDINGS: [(&str, Format); 6] = [
    ("db", Format::Sqlite),
    ("sqlite", Format::Sqlite),
    ("sqlite3", Format::Sqlite),
    ("parquet", Format::Parquet),
    ("pq", Format::Parquet),
    ("csv", Format::Csv),
];

/// A file with the tables in it that we can read.
pub(super) struct Opened {
    pub path: PathBuf,
    pub format: Format,
    pub shapes: Vec<Shape>,
    pub sha256: [u8; 32],
}

fn format_of(path: &Path) -> Option<Format> {
    let ending = path.extension()?.to_str()?;
    ENDINGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(ending)).map(|(_, format)| *format)
}

pub(super) fn may_be_ours(path: &Path) -> bool {
    format_of(path).is_some()
}

pub(super) fn open(path: PathBuf) -> Result<Opened, ImportError> {
    let name = path.display().to_string();
    let format = format_of(&path).ok_or_else(|| ImportError::UnknownFormat { name: name.clone() })?;
    let tables = match format {
        Format::Sqlite => {
            File::open(&path).map_err(|_| ImportError::Missing { path: name.clone() })?;
            ForeignDatabase::open(&path)?.tables()?
        }
        Format::Parquet => vec![(String::new(), parquet_file::columns(&path)?)],
        Format::Csv => vec![(String::new(), csv_file::columns(&path)?)],
    };
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut shapes: Vec<Shape> =
        tables.iter().filter_map(|(table, columns)| Shape::of(table, columns, &file)).collect();
    // A database may hold views of its tables too: its first table of candles is the one.
    let mut has_candles = false;
    shapes.retain(|shape| shape.kind != Kind::Candles || !std::mem::replace(&mut has_candles, true));
    let is_of_use = has_candles || format != Format::Sqlite && !shapes.is_empty();
    if !is_of_use {
        let named = |(table, columns): &(String, Vec<String>)| match table.is_empty() {
            true => format!("the columns {}", columns.join(", ")),
            false => table.clone(),
        };
        let found: String = tables.iter().map(named).collect::<Vec<_>>().join(", ");
        let found = if found.is_empty() { "no table".to_owned() } else { found.chars().take(300).collect() };
        return Err(ImportError::NoCandles { name, found });
    }
    let sha256 = hash(&path).map_err(|error| ImportError::Broken { name, reason: error.to_string() })?;
    Ok(Opened { path, format, shapes, sha256 })
}

pub(super) fn read(
    path: &Path,
    format: Format,
    shape: &Shape,
    take: impl FnMut(ForeignRows) -> bool,
) -> Result<(), ImportError> {
    match format {
        Format::Sqlite => {
            Ok(ForeignDatabase::open(path)?.read(&shape.table, &shape.columns, &shape.order(), take)?)
        }
        Format::Parquet => parquet_file::read(path, &shape.columns, take),
        Format::Csv => csv_file::read(path, &shape.columns, take),
    }
}

fn hash(path: &Path) -> std::io::Result<[u8; 32]> {
    let (mut file, mut context) = (File::open(path)?, Context::new(&SHA256));
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => context.update(&buffer[..read]),
        }
    }
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(context.finish().as_ref());
    Ok(sha256)
}
