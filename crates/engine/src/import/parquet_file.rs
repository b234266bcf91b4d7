//! Rows of a Parquet file. A moment without an offset is India's, as in every other file here.

use std::fs::File;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use market::{Day, EpochSeconds, IST_OFFSET_SECONDS};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use store::{ForeignCell, ForeignRows};

use super::error::ImportError;

const BATCH: usize = 5_000;

type CellReader<'c> = Box<dyn Fn(usize) -> ForeignCell + 'c>;

fn builder(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>, ImportError> {
    let file = File::open(path).map_err(|_| ImportError::Missing { path: path.display().to_string() })?;
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| broken(path, error))
}

fn broken(path: &Path, error: impl std::fmt::Display) -> ImportError {
    ImportError::Broken { name: path.display().to_string(), reason: error.to_string() }
}

pub(super) fn columns(path: &Path) -> Result<Vec<String>, ImportError> {
    let builder = builder(path)?;
    Ok(builder.schema().fields().iter().map(|field| field.name().clone()).collect())
}

/// What stands under the first of some keys that is there.
pub(super) fn metadata(path: &Path, keys: &[&str]) -> Result<Option<String>, ImportError> {
    let builder = builder(path)?;
    let said = builder.metadata().file_metadata().key_value_metadata().map_or(&[][..], Vec::as_slice);
    Ok(keys.iter().find_map(|key| said.iter().find(|said| said.key == *key)?.value.clone()))
}

pub(super) fn read(
    path: &Path,
    wanted: &[String],
    mut take: impl FnMut(ForeignRows) -> bool,
) -> Result<(), ImportError> {
    let builder = builder(path)?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), wanted.iter().map(String::as_str));
    let reader = builder.with_projection(mask).with_batch_size(BATCH).build();
    for batch in reader.map_err(|error| broken(path, error))? {
        let batch = batch.map_err(|error| broken(path, error))?;
        if !take(rows(path, &batch, wanted)?) {
            break;
        }
    }
    Ok(())
}

fn rows(path: &Path, batch: &RecordBatch, wanted: &[String]) -> Result<ForeignRows, ImportError> {
    let mut rows: ForeignRows = (0..batch.num_rows()).map(|_| Vec::with_capacity(wanted.len())).collect();
    for name in wanted {
        let column =
            batch.column_by_name(name).ok_or_else(|| broken(path, format!("the column {name} is nested")))?;
        let cell = reader_of(column).ok_or_else(|| {
            broken(
                path,
                format!("the column {name} is of a type that is not read here: {}", column.data_type()),
            )
        })?;
        for (at, row) in rows.iter_mut().enumerate() {
            row.push(if column.is_null(at) { ForeignCell::Nothing } else { cell(at) });
        }
    }
    Ok(rows)
}

/// What reads a cell of a column, by its type.
fn reader_of(column: &ArrayRef) -> Option<CellReader<'_>> {
    macro_rules! integers {
        ($type:ty) => {{
            let values = column.as_primitive::<$type>();
            Box::new(move |at: usize| ForeignCell::Integer(values.value(at) as i64))
        }};
    }
    macro_rules! moments {
        ($type:ty, $per_second:expr, $zone:expr) => {{
            let (values, has_zone) = (column.as_primitive::<$type>(), $zone.is_some());
            Box::new(move |at: usize| moment(values.value(at), $per_second, has_zone))
        }};
    }
    Some(match column.data_type() {
        DataType::Utf8 => {
            let values = column.as_string::<i32>();
            Box::new(move |at| ForeignCell::Text(values.value(at).to_owned()))
        }
        DataType::LargeUtf8 => {
            let values = column.as_string::<i64>();
            Box::new(move |at| ForeignCell::Text(values.value(at).to_owned()))
        }
        DataType::Utf8View => {
            let values = column.as_string_view();
            Box::new(move |at| ForeignCell::Text(values.value(at).to_owned()))
        }
        DataType::Float64 => {
            let values = column.as_primitive::<Float64Type>();
            Box::new(move |at| ForeignCell::Real(values.value(at)))
        }
        DataType::Float32 => {
            let values = column.as_primitive::<Float32Type>();
            // By its digits: 0.05 as a double would be another number.
            Box::new(move |at| ForeignCell::Text(values.value(at).to_string()))
        }
        DataType::Int8 => integers!(Int8Type),
        DataType::Int16 => integers!(Int16Type),
        DataType::Int32 => integers!(Int32Type),
        DataType::Int64 => integers!(Int64Type),
        DataType::UInt8 => integers!(UInt8Type),
        DataType::UInt16 => integers!(UInt16Type),
        DataType::UInt32 => integers!(UInt32Type),
        DataType::UInt64 => integers!(UInt64Type),
        DataType::Decimal128(_, scale) => {
            let (values, per_unit) =
                (column.as_primitive::<Decimal128Type>(), 10_f64.powi(i32::from(*scale)));
            Box::new(move |at| ForeignCell::Real(values.value(at) as f64 / per_unit))
        }
        DataType::Date32 => {
            let values = column.as_primitive::<Date32Type>();
            let day = move |at| Day::from_days_since_1970(values.value(at).into()).to_string();
            Box::new(move |at| ForeignCell::Text(day(at)))
        }
        // As pandas writes a category.
        DataType::Dictionary(..) => of_dictionary(column)?,
        DataType::Timestamp(TimeUnit::Second, zone) => moments!(TimestampSecondType, 1, zone),
        DataType::Timestamp(TimeUnit::Millisecond, zone) => moments!(TimestampMillisecondType, 1_000, zone),
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            moments!(TimestampMicrosecondType, 1_000_000, zone)
        }
        DataType::Timestamp(TimeUnit::Nanosecond, zone) => {
            moments!(TimestampNanosecondType, 1_000_000_000, zone)
        }
        _ => return None,
    })
}

/// Each value once, and for each row which of them it is.
fn of_dictionary(column: &ArrayRef) -> Option<CellReader<'_>> {
    let dictionary = column.as_any_dictionary_opt()?;
    let values = dictionary.values();
    if values.is_empty() {
        return Some(Box::new(|_: usize| ForeignCell::Nothing));
    }
    let (keys, cell) = (dictionary.normalized_keys(), reader_of(values)?);
    Some(Box::new(move |at: usize| match keys.get(at) {
        Some(key) if !values.is_null(*key) => cell(*key),
        _ => ForeignCell::Nothing,
    }))
}

/// As text with its offset; a fraction of a second is kept, and refused later.
fn moment(value: i64, per_second: i64, has_zone: bool) -> ForeignCell {
    let (seconds, rest) = (value.div_euclid(per_second), value.rem_euclid(per_second));
    let seconds = if has_zone { seconds } else { seconds - IST_OFFSET_SECONDS };
    let text = EpochSeconds(seconds).to_ist_text();
    ForeignCell::Text(if rest == 0 { text } else { format!("{text}.{rest}") })
}
