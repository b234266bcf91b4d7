//! The files themselves: of which format one is, what is in it, and its rows.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use export::SIMULATED_PREFIX;
use market::{ChartInterval, ExpiredKey, Interval};
use protocol::ExportManifest;
use ring::digest::{Context, SHA256};
use store::{ForeignDatabase, ForeignRows, SourceKind};

use super::csv_file::{self, Packing};
use super::error::ImportError;
use super::parquet_file;
use super::shape::{Keyless, Kind, Known, Shape, ToldInterval, lacks_key};
use crate::exports::MANIFEST_NAME;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Sqlite,
    Parquet,
    Csv(Packing),
}

const ENDINGS: [(&str, Format); 7] = [
    ("db", Format::Sqlite),
    ("sqlite", Format::Sqlite),
    ("sqlite3", Format::Sqlite),
    ("parquet", Format::Parquet),
    ("pq", Format::Parquet),
    ("csv", Format::Csv(Packing::Plain)),
    ("zip", Format::Csv(Packing::Zip)),
];

/// In the metadata of the lake's files, and of an export's.
const SOURCE_KEYS: [&str; 2] = ["source", "expirytrack.source"];
/// Of an export's, whatever its columns are.
const INTERVAL_KEYS: [&str; 1] = ["expirytrack.interval"];
/// How an export names files of contracts, and of an underlying itself.
const OF_CONTRACTS: &str = "candles-";
const OF_UNDERLYING: &str = "underlying-";

/// A file with the tables in it that we can read.
pub(super) struct Opened {
    pub path: PathBuf,
    pub format: Format,
    pub shapes: Vec<Shape>,
    /// Files within a zip of which nothing is read.
    pub passed_over: Vec<String>,
    pub sha256: [u8; 32],
}

/// The export that lies in a folder, read once for all of its files: they are given one after the other.
#[derive(Default)]
pub(super) struct Beside {
    folder: PathBuf,
    export: Option<Export>,
}

/// What a manifest says of the files beside it.
struct Export {
    source: String,
    interval: ChartInterval,
    contracts: Vec<ExpiredKey>,
    files: HashSet<String>,
}

impl Beside {
    /// Of a file that is of the export beside it.
    fn export_of(&mut self, path: &Path, file: &str) -> Option<&Export> {
        let folder = path.parent()?;
        if self.folder != folder {
            *self = Self { folder: folder.to_owned(), export: Export::in_folder(folder) };
        }
        self.export.as_ref().filter(|export| export.files.contains(file))
    }
}

impl Export {
    fn in_folder(folder: &Path) -> Option<Self> {
        let manifest = File::open(folder.join(MANIFEST_NAME)).ok()?;
        let manifest: ExportManifest = serde_json::from_reader(BufReader::new(manifest)).ok()?;
        let ExportManifest { source, order, files, .. } = manifest;
        let files = files.into_iter().map(|file| file.name).collect();
        Some(Self { source, interval: order.interval, contracts: order.contracts, files })
    }

    /// What its manifest knows of one of its files.
    fn knows(&self, file: &str) -> Known {
        let key = match &self.contracts[..] {
            [only] if file.starts_with(OF_CONTRACTS) => Some(only.clone()),
            _ => None,
        };
        Known { interval: Some(self.interval), key, interval_else: None }
    }
}

/// Of what is packed, as it is called once it is unpacked.
const PACKED: &str = ".gz";
/// Packed otherwise, and read by nobody here.
const PACKINGS: [&str; 6] = ["gz", "zst", "bz2", "xz", "7z", "tar"];
const WORKBOOKS: [&str; 4] = ["xlsx", "xlsm", "xls", "ods"];

fn format_of(path: &Path) -> Option<Format> {
    let of = |path: &Path| {
        let ending = path.extension()?.to_str()?;
        ENDINGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(ending)).map(|(_, format)| *format)
    };
    let unpacked = path.to_str().and_then(|path| path.strip_suffix(PACKED)).map(Path::new);
    match unpacked {
        Some(path) => {
            let is_csv = of(path) == Some(Format::Csv(Packing::Plain));
            is_csv.then_some(Format::Csv(Packing::Gzip))
        }
        None => of(path),
    }
}

fn unknown_format(path: &Path) -> ImportError {
    let name = path.display().to_string();
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let is_one_of = |endings: &[&str]| endings.iter().any(|known| known.eq_ignore_ascii_case(ending));
    if is_one_of(&WORKBOOKS) {
        ImportError::Workbook { name }
    } else if is_one_of(&PACKINGS) {
        ImportError::Packed { name }
    } else {
        ImportError::UnknownFormat { name }
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
        Format::Csv(packing) => csv_file::tables(&path, packing)?,
    };
    if tables.is_empty() && format == Format::Csv(Packing::Zip) {
        return Err(ImportError::NoCsvInZip { name });
    }
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let export = if format == Format::Sqlite { None } else { beside.export_of(&path, &file) };
    if let Some(found) = source_of(&path, format, &file, export)?.filter(|found| *found != ours) {
        return Err(ImportError::OtherSource { name, found, wanted: ours });
    }
    if export.is_some() && file.starts_with(OF_UNDERLYING) {
        return Err(ImportError::OfUnderlying { name });
    }
    let known = Known {
        interval_else: interval_within(&path, format)?,
        ..export.map(|export| export.knows(&file)).unwrap_or_default()
    };
    let (mut shapes, mut passed_over) = (Vec::new(), Vec::new());
    for (table, columns) in &tables {
        let called = match format {
            Format::Csv(Packing::Zip) => table.rsplit('/').next().unwrap_or_default(),
            _ => file.strip_suffix(PACKED).unwrap_or(&file),
        };
        match Shape::of(table, columns, called, &known) {
            Some(shape) => shapes.push(shape),
            None if format == Format::Csv(Packing::Zip) => passed_over.push(table.clone()),
            None => {}
        }
    }
    let has_candles = shapes.iter().any(|shape| shape.kind == Kind::Candles);
    if format == Format::Sqlite {
        // It may hold views of its tables too: its first table of candles is the one.
        let mut has_first = false;
        shapes.retain(|shape| shape.kind != Kind::Candles || !std::mem::replace(&mut has_first, true));
    }
    for told in shapes.iter().filter_map(Shape::told_if_needed) {
        match told {
            ToldInterval::Unknown(word) => {
                return Err(ImportError::UnknownInterval { name, word: word.clone() });
            }
            ToldInterval::Of(interval) if interval.collected().is_none() => {
                return Err(ImportError::NotKept { name, interval: *interval });
            }
            ToldInterval::Of(_) | ToldInterval::Nothing => {}
        }
    }
    let is_of_use = has_candles || format != Format::Sqlite && !shapes.is_empty();
    if !is_of_use {
        return Err(of_no_use(name, &tables));
    }
    let sha256 = hash(&path).map_err(|error| ImportError::Broken { name, reason: error.to_string() })?;
    Ok(Opened { path, format, shapes, passed_over, sha256 })
}

fn of_no_use(name: String, tables: &[(String, Vec<String>)]) -> ImportError {
    match tables.iter().find_map(|(_, columns)| lacks_key(columns)) {
        Some(Keyless::OfUnderlying) => return ImportError::OfUnderlying { name },
        Some(Keyless::OfNobody) => return ImportError::NoKey { name },
        None => {}
    }
    let named = |(table, columns): &(String, Vec<String>)| match table.is_empty() {
        true => format!("the columns {}", columns.join(", ")),
        false => table.clone(),
    };
    let found: String = tables.iter().map(named).collect::<Vec<_>>().join(", ");
    let found = if found.is_empty() { "no table".to_owned() } else { found.chars().take(300).collect() };
    ImportError::NoCandles { name, found }
}

/// Whose data a file says that it holds: our Parquet in its metadata, the CSV of an export in the manifest beside it, and
/// single files of simulated data in their names.
fn source_of(
    path: &Path,
    format: Format,
    file: &str,
    export: Option<&Export>,
) -> Result<Option<SourceKind>, ImportError> {
    let said = match format {
        Format::Parquet => parquet_file::metadata(path, &SOURCE_KEYS)?,
        Format::Csv(_) => export.map(|export| export.source.clone()),
        Format::Sqlite => None,
    };
    let said = said.and_then(|word| SourceKind::of_word(&word));
    Ok(said.or_else(|| file.starts_with(SIMULATED_PREFIX).then_some(SourceKind::Simulated)))
}

/// The interval by what is in a file besides its rows: our Parquet says it in its metadata, and the first ExpiryTrack
/// collected everything in minutes.
fn interval_within(path: &Path, format: Format) -> Result<Option<ChartInterval>, ImportError> {
    Ok(match format {
        Format::Sqlite => Some(Interval::Minute1.into()),
        Format::Parquet => parquet_file::metadata(path, &INTERVAL_KEYS)?.and_then(|word| word.parse().ok()),
        Format::Csv(_) => None,
    })
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
        Format::Csv(packing) => csv_file::read(path, packing, &shape.table, &shape.columns, take),
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
