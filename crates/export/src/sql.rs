//! The answer to a person's query as a file: rows, columns, or a table. Values are written as they are, a text that
//! a spreadsheet would run with the mark that every CSV of ours gives it.

use std::io::Write;
use std::sync::Arc;

use protocol::{SqlAnswer, SqlColumns, SqlValue};
use serde::Serialize;

use crate::table::{Batch, Column, Kind, Values};
use crate::{ExportError, Format};

/// The answer in either form of JSON.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum SqlJson {
    Rows(SqlAnswer),
    Columns(SqlColumns),
}

impl Format {
    pub fn write_sql(self, answer: SqlAnswer, output: impl Write + Send) -> Result<(), ExportError> {
        match self {
            Self::Json => Ok(serde_json::to_writer(output, &SqlJson::Rows(answer))?),
            Self::Columns => Ok(serde_json::to_writer(output, &SqlJson::Columns(answer.into()))?),
            Self::Csv | Self::CsvGzip | Self::CsvZip | Self::Parquet | Self::Arrow | Self::Xlsx => {
                let (columns, batch) = table(&answer, self)?;
                self.write_batch(columns, &batch, Vec::new(), output)
            }
        }
    }

    pub fn sql_file_name(self, simulated: bool) -> String {
        self.safe_name(if simulated { "simulated query" } else { "query" })
    }
}

/// Nothing where there is nothing. A column is of numbers where all that is in it are, else of text.
fn table(answer: &SqlAnswer, format: Format) -> Result<(Vec<Column>, Batch), ExportError> {
    let names = if format.is_csv() { answer.columns.clone() } else { told_apart(&answer.columns) };
    let column = |(place, name): (usize, String)| {
        let cells = || answer.rows.iter().map(|row| row.get(place).unwrap_or(&SqlValue::Nothing));
        let values = match kind(cells()) {
            Kind::Whole => Values::Wholes(cells().map(whole).collect()),
            Kind::Number => Values::Numbers(cells().map(number).collect()),
            _ => Values::Texts(cells().map(text).collect()),
        };
        (Column::new(name, values.kind()), values)
    };
    let (columns, values) = names.into_iter().enumerate().map(column).unzip();
    Ok((columns, Batch::new(values)?))
}

fn kind<'v>(cells: impl Iterator<Item = &'v SqlValue>) -> Kind {
    let (mut has_whole, mut has_real) = (false, false);
    for cell in cells {
        match cell {
            SqlValue::Nothing => {}
            SqlValue::Integer(_) => has_whole = true,
            SqlValue::Real(_) => has_real = true,
            SqlValue::Text(_) => return Kind::Text,
        }
    }
    match (has_whole, has_real) {
        (_, true) => Kind::Number,
        (true, false) => Kind::Whole,
        (false, false) => Kind::Text,
    }
}

fn whole(cell: &SqlValue) -> Option<i64> {
    if let SqlValue::Integer(number) = cell { Some(*number) } else { None }
}

fn number(cell: &SqlValue) -> Option<f64> {
    match cell {
        SqlValue::Integer(number) => Some(*number as f64),
        SqlValue::Real(number) => Some(*number),
        SqlValue::Nothing | SqlValue::Text(_) => None,
    }
}

fn text(cell: &SqlValue) -> Option<Arc<str>> {
    match cell {
        SqlValue::Nothing => None,
        SqlValue::Integer(number) => Some(Arc::from(number.to_string())),
        SqlValue::Real(number) => Some(Arc::from(number.to_string())),
        SqlValue::Text(text) => Some(Arc::from(text.as_str())),
    }
}

/// A query may call two columns alike, and readers of Parquet take no such file.
fn told_apart(names: &[String]) -> Vec<String> {
    let mut all: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let numbered = |number: usize| if number == 1 { name.clone() } else { format!("{name}_{number}") };
        let free = (1..=names.len() + 1).map(numbered).find(|name| !all.contains(name));
        all.push(free.unwrap_or_else(|| name.clone()));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::SqlReads;

    fn answer() -> SqlAnswer {
        SqlAnswer {
            columns: vec!["a".to_owned(), "a".to_owned()],
            rows: vec![
                vec![SqlValue::Integer(-3), SqlValue::Text("x, \"y\"\nz".to_owned())],
                vec![SqlValue::Text("=1+1".to_owned()), SqlValue::Real(0.1)],
            ],
            more: None,
            reads: SqlReads { candles: Some(0), bytes: Some(0) },
            plan: Vec::new(),
            took_ms: 1,
        }
    }

    fn written(format: Format) -> String {
        let mut text = Vec::new();
        format.write_sql(answer(), &mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn each_format_holds_every_value_and_equal_names_too() {
        assert_eq!(written(Format::Csv), "a,a\n-3,\"x, \"\"y\"\"\nz\"\n'=1+1,0.1\n");
        let parquet = bytes::Bytes::from({
            let mut bytes = Vec::new();
            Format::Parquet.write_sql(answer(), &mut bytes).unwrap();
            bytes
        });
        let columns = vec![Column::new("a", Kind::Text), Column::new("a_2", Kind::Text)];
        let batch = crate::table::ParquetRows::open(parquet, columns).unwrap().next().unwrap().unwrap();
        assert_eq!(batch.columns()[0].cell(1), crate::table::Cell::Text("=1+1"));
        assert_eq!(batch.columns()[1].cell(1), crate::table::Cell::Text("0.1"));
        let rows = r#""columns":["a","a"],"rows":[[-3,"x, \"y\"\nz"],["=1+1",0.1]]"#;
        assert!(written(Format::Json).contains(rows), "{}", written(Format::Json));
        let columns = r#"{"name":"a","values":[-3,"=1+1"]},{"name":"a","values":["x, \"y\"\nz",0.1]}"#;
        assert!(written(Format::Columns).contains(columns), "{}", written(Format::Columns));
    }
}
