//! Rows of a CSV, packed by gzip or not, with names in its first line. Every cell is text; what it means is said by its
//! column. A byte that is none of UTF-8 spoils its cell, and nothing else.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use store::{ForeignCell, ForeignRows};

use super::error::ImportError;

const BATCH: usize = 5_000;

fn reader(path: &Path, is_packed: bool) -> Result<csv::Reader<Box<dyn Read>>, ImportError> {
    let file = File::open(path).map_err(|error| broken(path, error))?;
    let text: Box<dyn Read> = if is_packed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    Ok(csv::ReaderBuilder::new().flexible(true).from_reader(text))
}

fn broken(path: &Path, error: impl std::fmt::Display) -> ImportError {
    ImportError::Broken { name: path.display().to_string(), reason: error.to_string() }
}

pub(super) fn columns(path: &Path, is_packed: bool) -> Result<Vec<String>, ImportError> {
    let mut reader = reader(path, is_packed)?;
    let names = reader.byte_headers().map_err(|error| broken(path, error))?;
    // Spreadsheets write a mark before the first one.
    let name = |name| String::from_utf8_lossy(name).trim_start_matches('\u{feff}').to_owned();
    Ok(names.iter().map(name).collect())
}

pub(super) fn read(
    path: &Path,
    is_packed: bool,
    wanted: &[String],
    mut take: impl FnMut(ForeignRows) -> bool,
) -> Result<(), ImportError> {
    let all = columns(path, is_packed)?;
    let places: Vec<usize> =
        wanted.iter().filter_map(|name| all.iter().position(|column| column == name)).collect();
    let mut reader = reader(path, is_packed)?;
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
}

fn cell(bytes: &[u8]) -> ForeignCell {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim();
    if text.is_empty() { ForeignCell::Nothing } else { ForeignCell::Text(text.to_owned()) }
}
