//! The answer to a person's query as a file: rows, columns, or a table in any other format. Values are written as they are, a text that
//! a spreadsheet would run with the mark that every CSV of ours gives it.

use std::io::Write;
use std::sync::Arc;

use protocol::{SqlAnswer, SqlColumns, SqlValue};
use serde::Serialize;

use crate::table::{Batch, Column, Kind, Misfit, Values};
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
                let (columns, batch) = table(answer)?;
                self.write_batch(columns, &batch, output)
            }
        }
    }

    pub fn sql_file_name(self, simulated: bool) -> String {
        self.safe_name(if simulated { "simulated query" } else { "query" })
    }
}

/// SQLite's values have kinds and its columns have none: a column of whole numbers is one, of numbers another, and
/// whatever holds a text is a column of texts. Columns of one name are told apart, as files want it.
fn table(answer: SqlAnswer) -> Result<(Vec<Column>, Batch), Misfit> {
    let (mut columns, mut batch) = (Vec::<Column>::new(), Vec::new());
    for (at, name) in answer.columns.iter().enumerate() {
        let values = || answer.rows.iter().map(|row| row.get(at).unwrap_or(&SqlValue::Nothing));
        let kind = values().fold(Kind::Whole, |kind, value| match (kind, value) {
            (_, SqlValue::Text(_)) | (Kind::Text, _) => Kind::Text,
            (_, SqlValue::Real(_)) => Kind::Number,
            (kind, _) => kind,
        });
        batch.push(match kind {
            Kind::Whole => Values::Wholes(values().map(whole).collect()),
            Kind::Number => Values::Numbers(values().map(number).collect()),
            _ => Values::Texts(values().map(text).collect()),
        });
        let earlier = answer.columns[..at].iter().filter(|other| *other == name).count();
        let name = if earlier == 0 { name.clone() } else { format!("{name}_{}", earlier + 1) };
        columns.push(Column::new(name, kind));
    }
    Ok((columns, Batch::new(batch)?))
}

fn whole(value: &SqlValue) -> Option<i64> {
    if let SqlValue::Integer(whole) = value { Some(*whole) } else { None }
}

fn number(value: &SqlValue) -> Option<f64> {
    match value {
        SqlValue::Integer(whole) => Some(*whole as f64),
        SqlValue::Real(number) => Some(*number),
        SqlValue::Nothing | SqlValue::Text(_) => None,
    }
}

fn text(value: &SqlValue) -> Option<Arc<str>> {
    match value {
        SqlValue::Nothing => None,
        SqlValue::Integer(whole) => Some(whole.to_string().into()),
        SqlValue::Real(number) => Some(number.to_string().into()),
        SqlValue::Text(text) => Some(text.as_str().into()),
    }
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
        assert_eq!(written(Format::Csv), "a,a_2\n'-3,\"x, \"\"y\"\"\nz\"\n'=1+1,0.1\n");
        let rows = r#""columns":["a","a"],"rows":[[-3,"x, \"y\"\nz"],["=1+1",0.1]]"#;
        assert!(written(Format::Json).contains(rows), "{}", written(Format::Json));
        let columns = r#"{"name":"a","values":[-3,"=1+1"]},{"name":"a","values":["x, \"y\"\nz",0.1]}"#;
        assert!(written(Format::Columns).contains(columns), "{}", written(Format::Columns));
    }
}
