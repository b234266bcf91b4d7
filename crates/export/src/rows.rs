//! Rows that are at hand, of any kind, as a table: a column is its name and what it takes of a row.

use std::io::Write;
use std::sync::Arc;

use market::{Day, EpochSeconds, Price};

use crate::table::{Batch, Column, Values};
use crate::{ExportError, Format};

pub struct RowTable<'r, R> {
    rows: &'r [R],
    columns: Vec<Column>,
    values: Vec<Values>,
}

impl<'r, R> RowTable<'r, R> {
    pub fn of(rows: &'r [R]) -> Self {
        Self { rows, columns: Vec::new(), values: Vec::new() }
    }

    pub fn text<T: ToString>(self, name: &str, pick: impl Fn(&'r R) -> Option<T>) -> Self {
        let texts = self.rows.iter().map(|row| pick(row).map(|text| Arc::from(text.to_string())));
        let values = Values::Texts(texts.collect());
        self.with(name, values)
    }

    /// A count beyond what a column can hold is left out.
    pub fn whole<T: TryInto<i64>>(self, name: &str, pick: impl Fn(&'r R) -> Option<T>) -> Self {
        let values = Values::Wholes(self.rows.iter().map(|row| pick(row)?.try_into().ok()).collect());
        self.with(name, values)
    }

    pub fn number(self, name: &str, pick: impl Fn(&'r R) -> Option<f64>) -> Self {
        let values = Values::Numbers(self.rows.iter().map(pick).collect());
        self.with(name, values)
    }

    pub fn price(self, name: &str, pick: impl Fn(&'r R) -> Option<Price>) -> Self {
        let values = Values::Prices(self.rows.iter().map(pick).collect());
        self.with(name, values)
    }

    pub fn time(self, name: &str, pick: impl Fn(&'r R) -> Option<EpochSeconds>) -> Self {
        let values = Values::Times(self.rows.iter().map(pick).collect());
        self.with(name, values)
    }

    pub fn day(self, name: &str, pick: impl Fn(&'r R) -> Option<Day>) -> Self {
        let values = Values::Days(self.rows.iter().map(pick).collect());
        self.with(name, values)
    }

    fn with(mut self, name: &str, values: Values) -> Self {
        self.columns.push(Column::new(name, values.kind()));
        self.values.push(values);
        self
    }

    pub fn write(self, format: Format, output: impl Write + Send) -> Result<(), ExportError> {
        format.write_batch(self.columns, &Batch::new(self.values)?, Vec::new(), output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_without_rows_has_its_columns() {
        let table = |rows: &[(u64, Option<&str>)]| {
            let mut csv = Vec::new();
            let table = RowTable::of(rows).whole("count", |row| Some(row.0)).text("word", |row| row.1);
            table.write(Format::Csv, &mut csv).unwrap();
            String::from_utf8(csv).unwrap()
        };
        assert_eq!(table(&[]), "count,word\n");
        assert_eq!(table(&[(3, Some("=1")), (u64::MAX, None)]), "count,word\n3,'=1\n,\n");
    }
}
