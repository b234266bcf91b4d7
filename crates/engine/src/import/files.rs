//! The files themselves: of which format one is, what is in it, and its rows.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use export::SIMULATED_PREFIX;
use protocol::ExportManifest;
use ring::digest::{Context, SHA256};
use store::{ForeignDatabase, ForeignRows, SourceKind};

use super::error::ImportError;
use super::shape::{Keyless, Kind, Shape, lacks_key};
use super::{csv_file, parquet_file};
use crate::exports::MANIFEST_NAME;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Sqlite,
    Parquet,
    Csv,
    CsvGzip,
}

const ENDINGS: [(&str, Format); 6] = [
    ("db", Format::Sqlite),
    ("sqlite", Format::Sqlite),
    ("sqlite3", Format::Sqlite),
    ("parquet", Format::Parquet),
    ("pq", Format::Parquet),
    ("csv", Format::Csv),
];

/// In the metadata of the lake's files, and of an export's.
const SOURCE_KEYS: [&str; 2] = ["source", "expirytrack.source"];

/// A file with the tables in it that we can read.
pub(super) struct Opened {
    pub path: PathBuf,
    pub format: Format,
    pub shapes: Vec<Shape>,
    pub sha256: [u8; 32],
}

/// The export that lies in a folder, read once for all of its files: they are given one after the other.
#[derive(Default)]
pub(super) struct Beside {
    folder: PathBuf,
    source: String,
    files: HashSet<String>,
}

impl Beside {
    /// Of a file that is of the export beside it.
    fn source_of(&mut self, path: &Path, file: &str) -> Option<String> {
        let folder = path.parent()?;
        if self.folder != folder {
            *self = Self::of(folder);
        }
        self.files.contains(file).then(|| self.source.clone())
    }

    fn of(folder: &Path) -> Self {
        let manifest = File::open(folder.join(MANIFEST_NAME)).ok();
        let manifest: Option<ExportManifest> =
            manifest.and_then(|file| serde_json::from_reader(BufReader::new(file)).ok());
        let (source, files) = manifest.map(|manifest| (manifest.source, manifest.files)).unwrap_or_default();
        let files = files.into_iter().map(|file| file.name).collect();
        Self { folder: folder.to_owned(), source, files }
    }
}

/// Of what is packed, as it is called once it is unpacked.
const PACKED: &str = ".gz";
/// Packed otherwise, and read by nobody here.
const PACKINGS: [&str; 7] = ["gz", "zip", "zst", "bz2", "xz", "7z", "tar"];

fn format_of(path: &Path) -> Option<Format> {
    let of = |path: &Path| {
        let ending = path.extension()?.to_str()?;
        ENDINGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(ending)).map(|(_, format)| *format)
    };
    let unpacked = path.to_str().and_then(|path| path.strip_suffix(PACKED)).map(Path::new);
    match unpacked {
        Some(path) => of(path).filter(|format| *format == Format::Csv).map(|_| Format::CsvGzip),
        None => of(path),
    }
}

fn unknown_format(path: &Path) -> ImportError {
    let name = path.display().to_string();
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    match PACKINGS.iter().any(|packing| packing.eq_ignore_ascii_case(ending)) {
        true => ImportError::Packed { name },
        false => ImportError::UnknownFormat { name },
    }
}

pub(super) fn may_be_ours(path: &Path) -> bool {
    format_of(path).is_some()
}

/// A file of another source's data is refused where it says so: `ours` is whose data are kept here.
pub(super) fn open(path: PathBuf, ours: SourceKind, beside: &mut Beside) -> Result<Opened, ImportError> {
    let name = path.display().to_string();
    let format = format_of(&path).ok_or_else(|| unknown_format(&path))?;
    let tables = match format {
        Format::Sqlite => {
            File::open(&path).map_err(|_| ImportError::Missing { path: name.clone() })?;
            ForeignDatabase::open(&path)?.tables()?
        }
        Format::Parquet => vec![(String::new(), parquet_file::columns(&path)?)],
        Format::Csv => vec![(String::new(), csv_file::columns(&path, false)?)],
        Format::CsvGzip => vec![(String::new(), csv_file::columns(&path, true)?)],
    };
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if let Some(found) = source_of(&path, format, &file, beside)?.filter(|found| *found != ours) {
        return Err(ImportError::OtherSource { name, found, wanted: ours });
    }
    let unpacked = file.strip_suffix(PACKED).unwrap_or(&file);
    let mut shapes: Vec<Shape> =
        tables.iter().filter_map(|(table, columns)| Shape::of(table, columns, unpacked)).collect();
    // A database may hold views of its tables too: its first table of candles is the one.
    let mut has_candles = false;
    shapes.retain(|shape| shape.kind != Kind::Candles || !std::mem::replace(&mut has_candles, true));
    if let Some(word) = shapes.iter().find_map(Shape::unknown_interval) {
        return Err(ImportError::UnknownInterval { name, word: word.to_owned() });
    }
    let is_of_use = has_candles || format != Format::Sqlite && !shapes.is_empty();
    if !is_of_use {
        match tables.iter().find_map(|(_, columns)| lacks_key(columns)) {
            Some(Keyless::OfUnderlying) => return Err(ImportError::OfUnderlying { name }),
            Some(Keyless::OfNobody) => return Err(ImportError::NoKey { name }),
            None => {}
        }
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

/// Whose data a file says that it holds: our Parquet in its metadata, the CSV of an export in the manifest beside it, and
/// single files of simulated data in their names.
fn source_of(
    path: &Path,
    format: Format,
    file: &str,
    beside: &mut Beside,
) -> Result<Option<SourceKind>, ImportError> {
    let said = match format {
        Format::Parquet => parquet_file::metadata(path, &SOURCE_KEYS)?,
        Format::Csv | Format::CsvGzip => beside.source_of(path, file),
        Format::Sqlite => None,
    };
    let said = said.and_then(|word| SourceKind::of_word(&word));
    Ok(said.or_else(|| file.starts_with(SIMULATED_PREFIX).then_some(SourceKind::Simulated)))
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
        Format::Csv => csv_file::read(path, false, &shape.columns, take),
        Format::CsvGzip => csv_file::read(path, true, &shape.columns, take),
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
