//! A table as CSV. A spreadsheet takes a text for a formula that begins with `=`, `+`, `-`, `@` or a control character,
//! and runs it; so such a text gets an apostrophe before it, as OWASP advises, which a spreadsheet takes for "this is
//! text". One that begins with an apostrophe gets another: whoever reads a file takes one away, and has every text as it
//! was. Numbers are no texts, and negative ones stay numbers.

use std::io::Write;

use super::packed::Packed;
use super::text::CellText;
use super::writer::{BUFFER_BYTES, Counted, TableWriter, Written};
use super::{Batch, Cell, Column, Values};
use crate::ExportError;

pub(super) struct CsvWriter<W: Write> {
    output: Packed<Counted<W>>,
    columns: Vec<Column>,
    text: CellText,
    buffer: Vec<u8>,
    rows: u64,
}

impl<W: Write> CsvWriter<W> {
    pub fn new(output: Packed<Counted<W>>, columns: Vec<Column>, text: CellText) -> Self {
        let mut buffer = Vec::with_capacity(BUFFER_BYTES + BUFFER_BYTES / 8);
        for (place, column) in columns.iter().enumerate() {
            if place > 0 {
                buffer.push(b',');
            }
            put_text(&mut buffer, column.text_name());
        }
        buffer.push(b'\n');
        Self { output, columns, text, buffer, rows: 0 }
    }

    fn put(&mut self, cell: Cell<'_>) {
        match cell {
            Cell::Text(text) => put_text(&mut self.buffer, text),
            other => self.text.put(&mut self.buffer, other),
        }
    }

    fn pass_on(&mut self) -> std::io::Result<()> {
        self.output.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

impl<W: Write> TableWriter for CsvWriter<W> {
    fn write(&mut self, batch: &Batch) -> Result<(), ExportError> {
        batch.check(&self.columns)?;
        // What is the same in all rows is written once, and copied.
        let mut same = vec![Vec::new(); batch.columns().len()];
        for (text, values) in same.iter_mut().zip(batch.columns()) {
            if matches!(values, Values::Same(..)) && batch.rows() > 0 {
                let before = self.buffer.len();
                self.put(values.cell(0));
                *text = self.buffer.split_off(before);
            }
        }
        for row in 0..batch.rows() {
            for (place, (values, same)) in batch.columns().iter().zip(&same).enumerate() {
                if place > 0 {
                    self.buffer.push(b',');
                }
                if let Values::Same(..) = values {
                    self.buffer.extend_from_slice(same);
                } else {
                    self.put(values.cell(row));
                }
            }
            self.buffer.push(b'\n');
            if self.buffer.len() >= BUFFER_BYTES {
                self.pass_on()?;
            }
        }
        self.rows += batch.rows() as u64;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Written, ExportError> {
        self.pass_on()?;
        Ok(self.output.finish()?.finish(self.rows)?)
    }
}

fn put_text(buffer: &mut Vec<u8>, text: &str) {
    let runs = text.starts_with(|first: char| {
        // The same in full width, which some spreadsheets read alike.
        "=+-@'＝＋－＠".contains(first) || first.is_control()
    }) && !is_negative_number(text);
    let is_quoted = text.contains(['"', ',', '\n', '\r']);
    if is_quoted {
        buffer.push(b'"');
    }
    if runs {
        buffer.push(b'\'');
    }
    for byte in text.bytes() {
        if byte == b'"' {
            buffer.push(b'"');
        }
        buffer.push(byte);
    }
    if is_quoted {
        buffer.push(b'"');
    }
}

/// A number that stands among texts runs nothing.
fn is_negative_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or_default();
    digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
        && digits.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::put_text;

    #[test]
    fn no_text_runs_in_a_spreadsheet_and_each_reads_back_as_it_was() {
        let texts = [
            "=HYPERLINK(\"http://evil.example\")",
            "+1",
            "-1+cmd|' /C calc'!A0",
            "@SUM(1+1)",
            "\t=1+1",
            "\r=1+1",
            "\n=1+1",
            "\u{0}=1+1",
            "＝1+1",
            "'=1+1",
            "''",
            "TATAMOTORS 700 PE 28 OCT 25",
            "2025-08-01 09:15:00",
            "a, \"b\"; =c",
            "",
        ];
        let mut written = Vec::new();
        for text in texts {
            put_text(&mut written, text);
            written.extend_from_slice(b",-5\n");
        }
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(written.as_slice());
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), texts.len());
        for (row, text) in rows.iter().zip(texts) {
            let field = &row[0];
            let runs = field.starts_with(|first: char| "=+-@＝＋－＠".contains(first) || first.is_control());
            assert!(!runs, "{field:?}");
            assert_eq!(field.strip_prefix('\'').unwrap_or(field), text);
            assert_eq!(&row[1], "-5", "a number is none");
        }
    }
}
