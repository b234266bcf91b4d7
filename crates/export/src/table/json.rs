//! A table as JSON: an array of objects, one a line, as pandas, Polars and `jq` read it. For small answers: every row
//! says every name again.

use std::io::Write;

use super::text::CellText;
use super::writer::{BUFFER_BYTES, Counted, TableWriter, Written};
use super::{Batch, Cell, Column};
use crate::ExportError;

pub(super) struct JsonWriter<W: Write> {
    output: Counted<W>,
    columns: Vec<Column>,
    /// `"name":` of each column.
    names: Vec<Vec<u8>>,
    text: CellText,
    buffer: Vec<u8>,
    rows: u64,
}

impl<W: Write> JsonWriter<W> {
    pub fn new(output: Counted<W>, columns: Vec<Column>, text: CellText) -> Result<Self, ExportError> {
        let name = |column: &Column| {
            let mut name = serde_json::to_vec(column.text_name())?;
            name.push(b':');
            Ok(name)
        };
        let names = columns.iter().map(name).collect::<Result<_, serde_json::Error>>()?;
        Ok(Self { output, columns, names, text, buffer: Vec::new(), rows: 0 })
    }

    fn put(&mut self, cell: Cell<'_>) -> Result<(), ExportError> {
        match cell {
            Cell::Missing => self.buffer.extend_from_slice(b"null"),
            Cell::Number(number) if !number.is_finite() => self.buffer.extend_from_slice(b"null"),
            Cell::Text(text) => serde_json::to_writer(&mut self.buffer, text)?,
            Cell::Time(_) if !self.text.has_epochs() => self.put_quoted(cell),
            Cell::Day(_) | Cell::TimeOfDay(_) => self.put_quoted(cell),
            Cell::Whole(_) | Cell::Price(_) | Cell::Number(_) | Cell::Time(_) => {
                self.text.put(&mut self.buffer, cell);
            }
        }
        Ok(())
    }

    fn put_quoted(&mut self, cell: Cell<'_>) {
        self.buffer.push(b'"');
        self.text.put(&mut self.buffer, cell);
        self.buffer.push(b'"');
    }

    fn pass_on(&mut self) -> std::io::Result<()> {
        self.output.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

impl<W: Write> TableWriter for JsonWriter<W> {
    fn write(&mut self, batch: &Batch) -> Result<(), ExportError> {
        batch.check(&self.columns)?;
        for row in 0..batch.rows() {
            self.buffer.extend_from_slice(if self.rows == 0 { b"[\n{" } else { b",\n{" });
            for (place, values) in batch.columns().iter().enumerate() {
                if place > 0 {
                    self.buffer.push(b',');
                }
                self.buffer.extend_from_slice(&self.names[place]);
                self.put(values.cell(row))?;
            }
            self.buffer.push(b'}');
            self.rows += 1;
            if self.buffer.len() >= BUFFER_BYTES {
                self.pass_on()?;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Written, ExportError> {
        self.buffer.extend_from_slice(if self.rows == 0 { b"[]\n" } else { b"\n]\n" });
        self.pass_on()?;
        Ok(self.output.finish(self.rows)?)
    }
}
