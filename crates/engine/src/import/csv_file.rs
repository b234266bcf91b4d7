//! Rows of a CSV, packed by gzip, in a zip or as it is, with names in its first line. Every cell is text; what it means is
//! said by its column. A byte that is none of UTF-8 spoils its cell, and nothing else.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use store::{ForeignCell, ForeignRows};

use super::error::ImportError;

const BATCH: usize = 5_000;
/// Files within a zip that are looked at.
const ENTRIES_MAX: usize = 10_000;
const CSV: &str = ".csv";

/// What a CSV is packed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    Gzip,
    /// Of several files, each by its name.
    Zip,
}

fn broken(path: &Path, error: impl std::fmt::Display) -> ImportError {
    ImportError::Broken { name: path.display().to_string(), reason: error.to_string() }
}

fn archive(path: &Path) -> Result<ZipArchive<BufReader<File>>, ImportError> {
    let file = File::open(path).map_err(|error| broken(path, error))?;
    let archive = ZipArchive::new(BufReader::new(file)).map_err(|error| broken(path, error))?;
    match archive.len() > ENTRIES_MAX {
        true => Err(broken(path, format!("it holds more than {ENTRIES_MAX} files"))),
        false => Ok(archive),
    }
}

/// Does something with the text of a file; of a zip, with that of one of the files in it.
fn with_text<T>(
    path: &Path,
    packing: Packing,
    within: &str,
    work: impl FnOnce(&mut dyn Read) -> Result<T, ImportError>,
) -> Result<T, ImportError> {
    let open = || File::open(path).map_err(|error| broken(path, error));
    match packing {
        Packing::Plain => work(&mut open()?),
        Packing::Gzip => work(&mut MultiGzDecoder::new(open()?)),
        Packing::Zip => {
            let mut archive = archive(path)?;
            let gone = || broken(path, format!("{within} is not in it any more"));
            let place = archive.index_for_name(within).ok_or_else(gone)?;
            let mut entry = archive.by_index(place).map_err(|error| broken(path, error))?;
            work(&mut entry)
        }
    }
}

fn reader(text: &mut dyn Read) -> csv::Reader<&mut dyn Read> {
    csv::ReaderBuilder::new().flexible(true).from_reader(text)
}

fn names(path: &Path, reader: &mut csv::Reader<&mut dyn Read>) -> Result<Vec<String>, ImportError> {
    let names = reader.byte_headers().map_err(|error| broken(path, error))?;
    // Spreadsheets write a mark before the first one.
    let name = |name| String::from_utf8_lossy(name).trim_start_matches('\u{feff}').to_owned();
    Ok(names.iter().map(name).collect())
}

/// The files of a table each, by their names within a zip, with their columns.
pub(super) fn tables(path: &Path, packing: Packing) -> Result<Vec<(String, Vec<String>)>, ImportError> {
    let columns = |within: &str| with_text(path, packing, within, |text| names(path, &mut reader(text)));
    if packing != Packing::Zip {
        return Ok(vec![(String::new(), columns("")?)]);
    }
    let mut found = Vec::new();
    let mut archive = archive(path)?;
    for at in 0..archive.len() {
        let entry = archive.by_index(at).map_err(|error| broken(path, error))?;
        let name = entry.name().map_err(|error| broken(path, error))?.into_owned();
        if entry.is_file() && name.to_ascii_lowercase().ends_with(CSV) {
            found.push(name);
        }
    }
    found.into_iter().map(|within| Ok((within.clone(), columns(&within)?))).collect()
}

pub(super) fn read(
    path: &Path,
    packing: Packing,
    within: &str,
    wanted: &[String],
    mut take: impl FnMut(ForeignRows) -> bool,
) -> Result<(), ImportError> {
    with_text(path, packing, within, |text| {
        let mut reader = reader(text);
        let all = names(path, &mut reader)?;
        let places: Vec<usize> =
            wanted.iter().filter_map(|name| all.iter().position(|column| column == name)).collect();
        let mut record = csv::ByteRecord::new();
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            match reader.read_byte_record(&mut record) {
                Ok(true) => {}
                Ok(false) => break,
                // What stood before it is whole.
                Err(error) => {
                    take(batch);
                    return Err(broken(path, error));
                }
            }
            batch.push(places.iter().map(|place| cell(record.get(*place).unwrap_or_default())).collect());
            if batch.len() == BATCH && !take(std::mem::replace(&mut batch, Vec::with_capacity(BATCH))) {
                return Ok(());
            }
        }
        take(batch);
        Ok(())
    })
}

fn cell(bytes: &[u8]) -> ForeignCell {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim();
    if text.is_empty() { ForeignCell::Nothing } else { ForeignCell::Text(text.to_owned()) }
}
