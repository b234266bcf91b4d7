//! Rows of a CSV, with names in its first line. Every cell is text; what it means is said by its column.

use std::fs::File;
use std::path::Path;

use store::{ForeignCell, ForeignRows};

use super::error::ImportError;

const BATCH: usize = 5_000;

fn reader(path: &Path) -> Result<csv::Reader<File>, ImportError> {
    csv::ReaderBuilder::new().flexible(true).from_path(path).map_err(|error| broken(path, error))
}

fn broken(path: &Path, error: impl std::fmt::Display) -> ImportError {
    ImportError::Broken { name: path.display().to_string(), reason: error.to_string() }
}

pub(super) fn columns(path: &Path) -> Result<Vec<String>, ImportError> {
    let mut reader = reader(path)?;
    let names = reader.headers().map_err(|error| broken(path, error))?;
    // Spreadsheets write a mark before the first one.
    Ok(names.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect())
}

pub(super) fn read(
    path: &Path,
    wanted: &[String],
    mut take: impl FnMut(ForeignRows) -> bool,
) -> Result<(), ImportError> {
    let all = columns(path)?;
    let places: Vec<usize> =
        wanted.iter().filter_map(|name| all.iter().position(|column| column == name)).collect();
    let mut reader = reader(path)?;
    let mut record = csv::StringRecord::new();
    let mut batch = Vec::with_capacity(BATCH);
    while reader.read_record(&mut record).map_err(|error| broken(path, error))? {
        batch.push(places.iter().map(|place| cell(record.get(*place).unwrap_or_default())).collect());
        if batch.len() == BATCH && !take(std::mem::replace(&mut batch, Vec::with_capacity(BATCH))) {
            return Ok(());
        }
    }
    take(batch);
    Ok(())
}

fn cell(text: &str) -> ForeignCell {
    let text = text.trim();
    if text.is_empty() { ForeignCell::Nothing } else { ForeignCell::Text(text.to_owned()) }
}
