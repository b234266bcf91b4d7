//! The answer to a person's query as a file: rows, columns, or CSV. Values are written as they are, a text that
//! a spreadsheet would run with the mark that every CSV of ours gives it.

use std::io::Write;

use protocol::{SqlAnswer, SqlColumns, SqlValue};
use serde::Serialize;

use crate::cell::Cell;
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
    pub fn write_sql(self, answer: SqlAnswer, output: impl Write) -> Result<(), ExportError> {
        match self {
            Self::Csv => write_csv(&answer, output),
            Self::Json => Ok(serde_json::to_writer(output, &SqlJson::Rows(answer))?),
            Self::Columns => Ok(serde_json::to_writer(output, &SqlJson::Columns(answer.into()))?),
        }
    }

    pub fn sql_file_name(self, simulated: bool) -> String {
        self.safe_name(if simulated { "simulated query" } else { "query" })
    }
}

/// An empty field where there is nothing.
fn write_csv(answer: &SqlAnswer, output: impl Write) -> Result<(), ExportError> {
    let mut writer = csv::Writer::from_writer(output);
    writer.write_record(answer.columns.iter().map(|name| Cell::text(name)))?;
    for row in &answer.rows {
        writer.write_record(row.iter().map(cell))?;
    }
    writer.flush().map_err(csv::Error::from)?;
    Ok(())
}

fn cell(value: &SqlValue) -> Cell {
    match value {
        SqlValue::Nothing => Cell::text(""),
        SqlValue::Integer(number) => (*number).into(),
        SqlValue::Real(number) => (*number).into(),
        SqlValue::Text(text) => Cell::text(text),
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
        assert_eq!(written(Format::Csv), "a,a\n-3,\"x, \"\"y\"\"\nz\"\n'=1+1,0.1\n");
        let rows = r#""columns":["a","a"],"rows":[[-3,"x, \"y\"\nz"],["=1+1",0.1]]"#;
        assert!(written(Format::Json).contains(rows), "{}", written(Format::Json));
        let columns = r#"{"name":"a","values":[-3,"=1+1"]},{"name":"a","values":["x, \"y\"\nz",0.1]}"#;
        assert!(written(Format::Columns).contains(columns), "{}", written(Format::Columns));
    }
}
