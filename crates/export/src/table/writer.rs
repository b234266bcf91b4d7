//! Where a table goes: a writer of some format, what it counts on the way, and what is known of a file when it is whole.

use std::io::{self, Write};

use ring::digest::{Context, SHA256};

use super::arrow_stream::ArrowWriter;
use super::csv::CsvWriter;
use super::json::JsonWriter;
use super::packed::{Packed, Packing};
use super::parquet::ParquetWriter;
use super::text::{CellText, Times};
use super::xlsx::XlsxWriter;
use super::{Batch, Column};
use crate::{ExportError, Format, Sha256};

/// What a writer of text holds back before it passes it on.
pub(super) const BUFFER_BYTES: usize = 64 * 1024;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableOptions {
    pub times: Times,
    /// Said in the file itself, where the format has a place for it.
    pub metadata: Vec<(String, String)>,
    /// The file within a zip, and the first sheet of a workbook.
    pub name: String,
}

/// A file as it stands when its last byte is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    pub rows: u64,
    pub bytes: u64,
    pub sha256: Sha256,
}

/// Takes a table a batch at a time. What it was given and did not finish is no file.
pub trait TableWriter {
    fn write(&mut self, batch: &Batch) -> Result<(), ExportError>;

    /// Here one contract ends and another begins: who reads the one need not read the other.
    fn part_ends(&mut self) -> Result<(), ExportError> {
        Ok(())
    }

    /// What comes now has a name of its own: a workbook goes on in a sheet of that name, other formats know no sheets.
    fn section(&mut self, _name: &str) -> Result<(), ExportError> {
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Written, ExportError>;
}

pub(crate) fn open<'w>(
    format: Format,
    columns: Vec<Column>,
    options: &TableOptions,
    output: impl Write + Send + 'w,
) -> Result<Box<dyn TableWriter + Send + 'w>, ExportError> {
    let (output, text) = (Counted::new(output), CellText::new(options.times));
    let csv = |packing, output, text, columns| {
        let name = format!("{}.csv", options.name);
        let packed = Packed::new(packing, output, &name)?;
        Ok(Box::new(CsvWriter::new(packed, columns, text)) as Box<dyn TableWriter + Send + 'w>)
    };
    match format {
        Format::Csv => csv(Packing::Plain, output, text, columns),
        Format::CsvGzip => csv(Packing::Gzip, output, text, columns),
        Format::CsvZip => csv(Packing::Zip, output, text, columns),
        Format::Json => Ok(Box::new(JsonWriter::new(output, columns, text)?)),
        Format::Parquet => Ok(Box::new(ParquetWriter::new(output, columns, &options.metadata)?)),
        Format::Arrow => Ok(Box::new(ArrowWriter::new(output, columns, &options.metadata)?)),
        Format::Xlsx => Ok(Box::new(XlsxWriter::new(output, columns, options)?)),
        Format::Columns => Err(ExportError::NoFile(format)),
    }
}

/// Passes on what is written, and knows how much it was and its SHA-256. After an error nothing more is passed on, and what
/// libraries still write on their way out goes nowhere: the file is lost already, and its end would be told of a second time.
pub(super) struct Counted<W: Write> {
    output: W,
    bytes: u64,
    digest: Context,
    failure: Option<io::ErrorKind>,
}

impl<W: Write> Counted<W> {
    pub fn new(output: W) -> Self {
        Self { output, bytes: 0, digest: Context::new(&SHA256), failure: None }
    }

    /// What went wrong first, for writers whose library has its own words for it.
    pub fn failure(&self) -> Option<io::Error> {
        self.failure.map(io::Error::from)
    }

    pub fn finish(mut self, rows: u64) -> io::Result<Written> {
        if let Some(failure) = self.failure() {
            return Err(failure);
        }
        self.output.flush()?;
        Ok(Written { rows, bytes: self.bytes, sha256: Sha256::of(self.digest) })
    }
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.failure.is_some() {
            return Ok(bytes.len());
        }
        let taken = self.output.write(bytes).inspect_err(|error| {
            self.failure = (error.kind() != io::ErrorKind::Interrupted).then(|| error.kind());
        })?;
        self.digest.update(&bytes[..taken]);
        self.bytes += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.failure.is_some() { Ok(()) } else { self.output.flush() }
    }
}
