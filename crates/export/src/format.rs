//! The formats that candles are taken out in: all that differs between them stands in this one table.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use market::{ChartInterval, Contract};
use protocol::{Candles, ExportSplit};
use serde::{Deserialize, Serialize};

use crate::json::CandlesJson;
use crate::table::{
    Batch, CELL_CHARS_MAX, Column, Misfit, SHEET_ROWS_MAX, TableOptions, TableWriter, UnknownTimes, Written,
    open,
};
use crate::{Made, Origin, UnknownField, VOLATILITY_RULE, candles_as_table};

#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("the JSON could not be written")]
    Json(#[from] serde_json::Error),
    #[error("the file could not be written: {0}")]
    Io(#[from] io::Error),
    #[error("the Parquet could not be written or read: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    #[error("the Arrow data could not be written or read: {0}")]
    Arrow(#[from] arrow_schema::ArrowError),
    #[error("the workbook could not be written: {0}")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    #[error(
        "a sheet of Excel has at most {SHEET_ROWS_MAX} rows, and these are more: take csv, which Excel opens in parts, or parquet"
    )]
    SheetFull,
    #[error(
        "a cell of Excel takes at most {CELL_CHARS_MAX} characters, and a text in column \"{0}\" is longer: take csv or parquet"
    )]
    CellTooLong(String),
    #[error(
        "a sheet lies in {} until it is whole, and it cannot be written there: make room, or set TMPDIR to a folder on another disk",
        .0.display()
    )]
    Temporary(PathBuf),
    #[error("{} is a form of REST, and no file of rows: choose {}", .0.as_str(), Format::file_names())]
    NoFile(Format),
    #[error("column \"{0}\" is missing, or is not as this program writes it")]
    Unreadable(String),
    #[error(transparent)]
    Misfit(#[from] Misfit),
    #[error(transparent)]
    Field(#[from] UnknownField),
    #[error(transparent)]
    Times(#[from] UnknownTimes),
}

impl ExportError {
    /// Whether another format takes what this one cannot.
    pub fn is_of_the_format(&self) -> bool {
        matches!(self, Self::SheetFull | Self::CellTooLong(_) | Self::NoFile(_))
    }
}

/// How the name of a file begins that was made of simulated data.
pub const SIMULATED_PREFIX: &str = "simulated_";

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no format of candles: choose {names}", names = Format::ALL.map(Format::as_str).join(", "))]
pub struct UnknownFormat(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For spreadsheets: times in IST, rupees.
    Csv,
    /// The same packed by gzip.
    #[serde(rename = "csv.gz")]
    CsvGzip,
    /// The same in a zip.
    #[serde(rename = "csv.zip")]
    CsvZip,
    /// A row a bar.
    Json,
    /// An array a column, as charts read it.
    Columns,
    /// For pandas, Polars, DuckDB and Spark.
    Parquet,
    /// A stream of Arrow's messages, for notebooks.
    Arrow,
    /// A workbook, of one sheet or of several.
    Xlsx,
}

/// What differs between formats.
struct Facts {
    name: &'static str,
    media_type: &'static str,
    extension: &'static str,
}

impl Format {
    pub const ALL: [Self; 8] = [
        Self::Csv,
        Self::CsvGzip,
        Self::CsvZip,
        Self::Json,
        Self::Columns,
        Self::Parquet,
        Self::Arrow,
        Self::Xlsx,
    ];
    /// Those that rows of any number are written to.
    pub const FILES: [Self; 7] =
        [Self::Csv, Self::CsvGzip, Self::CsvZip, Self::Json, Self::Parquet, Self::Arrow, Self::Xlsx];

    fn facts(self) -> Facts {
        let (name, media_type, extension) = match self {
            Self::Csv => ("csv", "text/csv; charset=utf-8", "csv"),
            Self::CsvGzip => ("csv.gz", "application/gzip", "csv.gz"),
            Self::CsvZip => ("csv.zip", "application/zip", "csv.zip"),
            Self::Json => ("json", "application/json", "json"),
            Self::Columns => ("columns", "application/json", "json"),
            Self::Parquet => ("parquet", "application/vnd.apache.parquet", "parquet"),
            Self::Arrow => ("arrow", "application/vnd.apache.arrow.stream", "arrows"),
            Self::Xlsx => {
                ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx")
            }
        };
        Facts { name, media_type, extension }
    }

    pub fn as_str(self) -> &'static str {
        self.facts().name
    }

    pub fn media_type(self) -> &'static str {
        self.facts().media_type
    }

    pub fn extension(self) -> &'static str {
        self.facts().extension
    }

    /// As the name of a file says, where it says one.
    pub fn of_file(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_lowercase();
        let ends = |format: &Self| name.ends_with(&format!(".{}", format.extension()));
        Self::FILES.into_iter().find(ends).or_else(|| name.ends_with(".arrow").then_some(Self::Arrow))
    }

    fn file_names() -> String {
        Self::FILES.map(Self::as_str).join(", ")
    }

    pub fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::Columns)
    }

    /// What one file of an export is where nobody says.
    pub fn split(self) -> ExportSplit {
        if self == Self::Xlsx { ExportSplit::Underlying } else { ExportSplit::Expiry }
    }

    /// Packed or not.
    pub fn is_csv(self) -> bool {
        matches!(self, Self::Csv | Self::CsvGzip | Self::CsvZip)
    }

    /// A browser saves it instead of showing it.
    pub fn is_saved(self) -> bool {
        !self.is_json()
    }

    /// With the whole key: contracts of one symbol may be twins, and no two contracts share a name. It holds
    /// letters, digits and `.-_&` alone, so that it can stand in a header and on any disk.
    pub fn file_name(self, contract: &Contract, interval: ChartInterval, simulated: bool) -> String {
        let mark = if simulated { "simulated " } else { "" };
        let key = contract.expired_key.to_string().replace('|', "-");
        self.safe_name(&format!("{mark}{} {key} {interval}", contract.trading_symbol))
    }

    /// With its extension, of what may stand in a header and on any disk.
    pub fn safe_name(self, name: &str) -> String {
        let name = format!("{name}.{}", self.extension());
        let safe = name.chars().filter(|c| c.is_ascii_alphanumeric() || " .-_&".contains(*c));
        safe.map(|c| if c == ' ' { '_' } else { c }).collect()
    }

    pub fn write(
        self,
        candles: impl Into<Candles>,
        origin: &Origin,
        output: impl Write + Send,
    ) -> Result<(), ExportError> {
        let candles = candles.into();
        match self {
            Self::Json => CandlesJson::rows(candles).write(output),
            Self::Columns => CandlesJson::columns(candles).write(output),
            Self::Csv | Self::CsvGzip | Self::CsvZip | Self::Parquet | Self::Arrow | Self::Xlsx => {
                let (columns, batch) = candles_as_table(&candles)?;
                let (interval, rate) = (Some(candles.interval), candles.rate);
                let made = Made { interval, rate, rule: rate.map(|_| VOLATILITY_RULE) };
                self.write_batch(columns, &batch, origin.metadata(made), output)
            }
        }
    }

    /// A writer of a table of any length.
    pub fn table<'w>(
        self,
        columns: Vec<Column>,
        options: &TableOptions,
        output: impl Write + Send + 'w,
    ) -> Result<Box<dyn TableWriter + Send + 'w>, ExportError> {
        open(self, columns, options, output)
    }

    /// A table that is one batch, with what its file says of itself.
    pub(crate) fn write_batch(
        self,
        columns: Vec<Column>,
        batch: &Batch,
        metadata: Vec<(String, String)>,
        output: impl Write + Send,
    ) -> Result<(), ExportError> {
        let options = TableOptions { metadata, ..TableOptions::default() };
        let mut table = self.table(columns, &options, output)?;
        table.write(batch)?;
        table.finish().map(|_: Written| ())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let found = Self::ALL.into_iter().find(|format| format.as_str() == text);
        found.ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::put;

    #[test]
    fn files_of_twins_have_different_names() {
        let name = |key| Format::Csv.file_name(&put(key), ChartInterval::MINUTE_5, false);
        let old = name("NSE_FO|52012|28-10-2025");
        assert_eq!(old, "TATAMOTORS_700_PE_28_OCT_25_NSE_FO-52012-28-10-2025_5minute.csv");
        assert_ne!(old, name("NSE_FO|64013|28-10-2025"));
        let simulated = Format::Json.file_name(&put("NSE_FO|52012|28-10-2025"), ChartInterval::Day, true);
        assert!(simulated.starts_with(SIMULATED_PREFIX) && simulated.ends_with("_day.json"), "{simulated}");
    }

    #[test]
    fn the_name_of_a_file_says_its_format() {
        for format in Format::FILES {
            let name = format!("/a.json/Rows.{}", format.extension().to_uppercase());
            assert_eq!(Format::of_file(Path::new(&name)), Some(format), "{name}");
        }
        assert_eq!(Format::of_file(Path::new("rows.arrow")), Some(Format::Arrow));
        assert_eq!(Format::of_file(Path::new("rows.txt")), None);
        assert_eq!(Format::of_file(Path::new("csv")), None);
    }

    #[test]
    fn every_format_reads_as_it_is_named_and_no_other_does() {
        for format in Format::ALL {
            assert_eq!(format.as_str().parse(), Ok(format));
            assert_eq!(serde_json::from_value::<Format>(format.as_str().into()).unwrap(), format);
        }
        let unknown = "xls".parse::<Format>().unwrap_err().to_string();
        assert_eq!(
            unknown,
            "\"xls\" is no format of candles: choose csv, csv.gz, csv.zip, json, columns, parquet, arrow, xlsx"
        );
    }
}
