//! A table as Parquet, for pandas, Polars, DuckDB and Spark, and read back. A group of rows holds whole contracts, so
//! who wants one reads one or two groups; statistics and the page index say which.
//!
//! The encodings were measured (decision 0018): differences for moments; dictionaries for prices and volume, whose values
//! come again and again; open interest plain, for zstd to find its repetitions; plain too what is computed of each row and
//! never comes again, as volatilities and greeks. `BYTE_STREAM_SPLIT` would save a little more, and Spark reads it only of
//! late.

use std::io::Write;
use std::sync::Arc;

use arrow_schema::Schema;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::file::reader::ChunkReader;
use parquet::schema::types::ColumnPath;

use super::writer::{Counted, TableWriter, Written};
use super::{Batch, Column, Kind, batch_of, record_batch, schema};
use crate::ExportError;

/// A group ends with the first contract that makes it as long as this.
pub const GROUP_ROWS: usize = 128 * 1024;
/// Where no contract ends: a group is held in memory until it is written.
const GROUP_ROWS_MAX: usize = 512 * 1024;
/// Numbers that many rows share; what else is a number is computed of a row.
const SHARED: [&str; 4] = ["strike", "last", "forward", "spot"];
/// Rows that are read at once.
const BATCH_ROWS: usize = 16 * 1024;

pub(super) struct ParquetWriter<W: Write + Send> {
    writer: ArrowWriter<Counted<W>>,
    columns: Vec<Column>,
    schema: Arc<Schema>,
    rows: u64,
}

impl<W: Write + Send> ParquetWriter<W> {
    pub fn new(
        output: Counted<W>,
        columns: Vec<Column>,
        metadata: &[(String, String)],
    ) -> Result<Self, ExportError> {
        let schema = Arc::new(schema(&columns));
        // Without Arrow's own schema every reader takes the types that Parquet itself names.
        let options = ArrowWriterOptions::new()
            .with_properties(properties(&columns, metadata)?)
            .with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(output, Arc::clone(&schema), options)?;
        Ok(Self { writer, columns, schema, rows: 0 })
    }
}

impl<W: Write + Send> TableWriter for ParquetWriter<W> {
    fn write(&mut self, batch: &Batch) -> Result<(), ExportError> {
        batch.check(&self.columns)?;
        self.writer.write(&record_batch(&self.schema, batch)?)?;
        self.rows += batch.rows() as u64;
        Ok(())
    }

    fn part_ends(&mut self) -> Result<(), ExportError> {
        if self.writer.in_progress_rows() >= GROUP_ROWS {
            self.writer.flush()?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Written, ExportError> {
        Ok(self.writer.into_inner()?.finish(self.rows)?)
    }
}

fn properties(columns: &[Column], metadata: &[(String, String)]) -> Result<WriterProperties, ExportError> {
    let metadata = metadata.iter().map(|(name, value)| KeyValue::new(name.clone(), value.clone())).collect();
    let all = WriterProperties::builder()
        .set_created_by(concat!("ExpiryTrack ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(metadata))
        .set_max_row_group_row_count(Some(GROUP_ROWS_MAX))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?));
    Ok(columns.iter().fold(all, encoded).build())
}

fn encoded(properties: WriterPropertiesBuilder, column: &Column) -> WriterPropertiesBuilder {
    let path = ColumnPath::from(column.name.as_str());
    let without_dictionary = |encoding| {
        let properties = properties.clone().set_column_dictionary_enabled(path.clone(), false);
        properties.set_column_encoding(path.clone(), encoding)
    };
    match column.kind {
        Kind::Time => without_dictionary(Encoding::DELTA_BINARY_PACKED),
        Kind::Whole if column.name == "open_interest" => without_dictionary(Encoding::PLAIN),
        Kind::Number if !SHARED.contains(&column.name.as_str()) => without_dictionary(Encoding::PLAIN),
        _ => properties,
    }
}

/// The rows of a Parquet file of ours, a batch after the other.
pub struct ParquetRows {
    columns: Vec<Column>,
    metadata: Vec<(String, String)>,
    records: ParquetRecordBatchReader,
}

impl ParquetRows {
    /// `columns` are those that are wanted of the file; one that it has not is refused when it is read.
    pub fn open(file: impl ChunkReader + 'static, columns: Vec<Column>) -> Result<Self, ExportError> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
        let said = builder.metadata().file_metadata().key_value_metadata().into_iter().flatten();
        let metadata = said.map(|said| (said.key.clone(), said.value.clone().unwrap_or_default())).collect();
        Ok(Self { columns, metadata, records: builder.with_batch_size(BATCH_ROWS).build()? })
    }

    /// What the file says of itself.
    pub fn metadata(&self) -> &[(String, String)] {
        &self.metadata
    }
}

impl Iterator for ParquetRows {
    type Item = Result<Batch, ExportError>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = self.records.next()?;
        Some(record.map_err(ExportError::from).and_then(|record| batch_of(&record, &self.columns)))
    }
}
