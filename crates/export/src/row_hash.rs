//! SHA-256 over the rows of a table in their order, whatever they are encoded in: two files hold the same rows where
//! theirs agree. It is taken over each column's name and kind, then over each cell of each row: a byte 0 for what is
//! missing; else a byte 1 and, little-endian, eight bytes of the number (prices in millionths of a rupee, moments in
//! seconds since 1970 UTC, days since 1970, minutes since midnight, other numbers as IEEE 754), or a text's length in
//! eight bytes and its UTF-8.

use ring::digest::{Context, SHA256};

use crate::table::{Batch, Cell, Column, Kind, Values};
use crate::{ExportError, Sha256};

/// What is gathered before it is hashed.
const BUFFER_BYTES: usize = 64 * 1024;

pub struct RowHash {
    columns: Vec<Column>,
    digest: Context,
    buffer: Vec<u8>,
}

impl RowHash {
    pub fn new(columns: Vec<Column>) -> Self {
        let mut buffer = Vec::with_capacity(BUFFER_BYTES + BUFFER_BYTES / 8);
        for column in &columns {
            put(&mut buffer, Cell::Text(&column.name));
            buffer.push(tag(column.kind));
        }
        Self { columns, digest: Context::new(&SHA256), buffer }
    }

    pub fn update(&mut self, batch: &Batch) -> Result<(), ExportError> {
        batch.check(&self.columns)?;
        let same: Vec<Vec<u8>> = batch.columns().iter().map(same).collect();
        for row in 0..batch.rows() {
            for (values, same) in batch.columns().iter().zip(&same) {
                if let Values::Same(..) = values {
                    self.buffer.extend_from_slice(same);
                } else {
                    put(&mut self.buffer, values.cell(row));
                }
            }
            if self.buffer.len() >= BUFFER_BYTES {
                self.digest.update(&self.buffer);
                self.buffer.clear();
            }
        }
        Ok(())
    }

    pub fn finish(mut self) -> Sha256 {
        self.digest.update(&self.buffer);
        Sha256::of(self.digest)
    }
}

/// What is the same in all rows is written once.
fn same(values: &Values) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Values::Same(first, _) = values {
        put(&mut bytes, first.cell(0));
    }
    bytes
}

fn tag(kind: Kind) -> u8 {
    match kind {
        Kind::Text => b't',
        Kind::Whole => b'w',
        Kind::Price => b'p',
        Kind::Number => b'n',
        Kind::Time => b'm',
        Kind::Day => b'd',
        Kind::TimeOfDay => b'c',
    }
}

fn put(buffer: &mut Vec<u8>, cell: Cell<'_>) {
    let number = match cell {
        Cell::Missing => return buffer.push(0),
        Cell::Text(text) => {
            buffer.push(1);
            buffer.extend_from_slice(&(text.len() as u64).to_le_bytes());
            return buffer.extend_from_slice(text.as_bytes());
        }
        Cell::Whole(whole) => whole.to_le_bytes(),
        Cell::Price(price) => price.0.to_le_bytes(),
        Cell::Number(number) => number.to_le_bytes(),
        Cell::Time(time) => time.0.to_le_bytes(),
        Cell::Day(day) => day.days_since_1970().to_le_bytes(),
        Cell::TimeOfDay(time) => i64::from(time.minute_of_day()).to_le_bytes(),
    };
    buffer.push(1);
    buffer.extend_from_slice(&number);
}
