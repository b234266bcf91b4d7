//! Analyses as files: rows, columns, or a table with the reason of what is missing in the last column. Values are written as
//! they are, to the last digit that tells two of them apart.

use std::io::Write;
use std::sync::Arc;

use market::EpochSeconds;
use protocol::{AnalysisCell, AnalysisColumns, AnalysisDocument, AnalysisHead, AnalysisRow, SeriesColumn};
use serde::Serialize;

use crate::table::{Batch, Column, Kind, Values};
use crate::{ExportError, Format, Made, Origin};

/// An analysis in either form of JSON.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum AnalysisJson {
    Rows(AnalysisDocument),
    Columns(AnalysisColumns),
}

impl Format {
    pub fn write_analysis(
        self,
        analysis: AnalysisDocument,
        origin: &Origin,
        output: impl Write + Send,
    ) -> Result<(), ExportError> {
        match self {
            Self::Json => Ok(serde_json::to_writer(output, &AnalysisJson::Rows(analysis))?),
            Self::Columns => Ok(serde_json::to_writer(output, &AnalysisJson::Columns(columns(analysis)))?),
            Self::Csv | Self::CsvGzip | Self::CsvZip | Self::Parquet | Self::Arrow | Self::Xlsx => {
                let AnalysisHead { interval, rate, ref rule, .. } = analysis.head;
                let metadata = origin.metadata(Made { interval, rate, rule: Some(rule) });
                let (columns, batch) = table(analysis)?;
                self.write_batch(columns, &batch, metadata, output)
            }
        }
    }

    /// It holds letters, digits and `.-_&` alone, as that of candles.
    pub fn analysis_file_name(self, of: &AnalysisHead, symbol: &str, simulated: bool) -> String {
        let mark = if simulated { "simulated " } else { "" };
        let expiry = of.expiry.map_or(String::new(), |expiry| format!(" {expiry}"));
        let minute = |at: &str| at.get(..16).unwrap_or(at).replace(':', "");
        let at = of.at.as_deref().map_or(String::new(), |at| format!(" {}", minute(at)));
        let days = of.from.zip(of.to).map_or(String::new(), |(from, to)| format!(" {from} to {to}"));
        self.safe_name(&format!("{mark}{} {symbol}{expiry}{at}{days}", of.name))
    }
}

fn columns(AnalysisDocument { head, rows }: AnalysisDocument) -> AnalysisColumns {
    let mut values: Vec<AnalysisRow> = vec![Vec::with_capacity(rows.len()); head.columns.len()];
    for row in rows {
        for (column, value) in values.iter_mut().zip(row) {
            column.push(value);
        }
    }
    AnalysisColumns { head, values }
}

/// Nothing for what is not there. A column is of text where any of its cells is.
fn table(AnalysisDocument { head, rows }: AnalysisDocument) -> Result<(Vec<Column>, Batch), ExportError> {
    let column = |(place, column): (usize, &SeriesColumn)| {
        let cells = || rows.iter().map(|row| row.get(place).and_then(Option::as_ref));
        if column.name == "timestamp" {
            let time = |cell: &AnalysisCell| match cell {
                AnalysisCell::Text(text) => EpochSeconds::parse_rfc3339(text),
                AnalysisCell::Number(_) => None,
            };
            let times = cells().map(|cell| cell.and_then(time)).collect();
            return (Column::new("time", Kind::Time), Values::Times(times));
        }
        let is_text = cells().flatten().any(|cell| matches!(cell, AnalysisCell::Text(_)));
        if is_text || column.name == "reason" {
            let text = |cell: &AnalysisCell| match cell {
                AnalysisCell::Text(text) => Arc::from(text.as_str()),
                AnalysisCell::Number(number) => Arc::from(number.to_string()),
            };
            let texts = cells().map(|cell| cell.map(text)).collect();
            return (Column::new(column.name.clone(), Kind::Text), Values::Texts(texts));
        }
        let number = |cell: &AnalysisCell| match cell {
            AnalysisCell::Number(number) => Some(*number),
            AnalysisCell::Text(_) => None,
        };
        let numbers = cells().map(|cell| cell.and_then(number)).collect();
        (Column::new(column.name.clone(), Kind::Number), Values::Numbers(numbers))
    };
    let (columns, values) = head.columns.iter().enumerate().map(column).unzip();
    Ok((columns, Batch::new(values)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> AnalysisDocument {
        let column = |name: &str| SeriesColumn { name: name.to_owned(), unit: "rupees".to_owned() };
        let text = |text: &str| Some(AnalysisCell::Text(text.to_owned()));
        let number = |number| Some(AnalysisCell::Number(number));
        AnalysisDocument {
            head: AnalysisHead {
                name: "max-pain".to_owned(),
                rule: "The strike.".to_owned(),
                underlying: "NSE_INDEX|Nifty 50".parse().unwrap(),
                expiry: "2025-08-28".parse().ok(),
                since: None,
                at: Some("2025-08-28T11:00:00+05:30".to_owned()),
                from: "2025-08-27".parse().ok(),
                to: "2025-08-28".parse().ok(),
                interval: None,
                rate: None,
                forward: None,
                columns: vec![column("timestamp"), column("value"), column("reason")],
                missing: Vec::new(),
            },
            rows: vec![
                vec![text("2025-08-28T09:15:00+05:30"), number(-412.55), None],
                vec![text("2025-08-28T09:16:00+05:30"), None, text("=None, \"so\".")],
            ],
        }
    }

    fn written(format: Format) -> String {
        let mut text = Vec::new();
        format.write_analysis(document(), &Origin::default(), &mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn a_csv_holds_the_rows_and_says_why_a_cell_is_empty() {
        assert_eq!(
            written(Format::Csv),
            "timestamp,value,reason\n\
             2025-08-28 09:15:00,-412.55,\n\
             2025-08-28 09:16:00,,\"'=None, \"\"so\"\".\"\n"
        );
    }

    #[test]
    fn columns_hold_what_rows_hold() {
        let rows: AnalysisDocument = serde_json::from_str(&written(Format::Json)).unwrap();
        assert_eq!(rows, document());
        let columns: AnalysisColumns = serde_json::from_str(&written(Format::Columns)).unwrap();
        assert_eq!(columns.head, document().head);
        for (place, row) in document().rows.iter().enumerate() {
            let of_columns: AnalysisRow = columns.values.iter().map(|column| column[place].clone()).collect();
            assert_eq!(&of_columns, row);
        }
    }

    #[test]
    fn a_file_is_named_by_what_it_holds() {
        let name = Format::Csv.analysis_file_name(&document().head, "NIFTY", true);
        assert_eq!(name, "simulated_max-pain_NIFTY_2025-08-28_2025-08-28T1100_2025-08-27_to_2025-08-28.csv");
    }
}
