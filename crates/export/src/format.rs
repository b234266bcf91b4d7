//! The formats that candles are taken out in: all that differs between them stands in this one table.

use std::io::Write;
use std::str::FromStr;

use market::{ChartInterval, Contract};
use protocol::Candles;
use serde::Deserialize;

use crate::csv;
use crate::json::CandlesJson;

#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("the CSV could not be written")]
    Csv(#[from] ::csv::Error),
    #[error("the JSON could not be written")]
    Json(#[from] serde_json::Error),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no format of candles: choose {names}", names = Format::ALL.map(Format::as_str).join(", "))]
pub struct UnknownFormat(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For spreadsheets: times in IST, rupees.
    Csv,
    /// A row a bar.
    Json,
    /// An array a column, as charts read it.
    Columns,
}

impl Format {
    pub const ALL: [Self; 3] = [Self::Csv, Self::Json, Self::Columns];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Columns => "columns",
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json | Self::Columns => "application/json",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json | Self::Columns => "json",
        }
    }

    /// A browser saves it instead of showing it.
    pub fn is_saved(self) -> bool {
        match self {
            Self::Csv => true,
            Self::Json | Self::Columns => false,
        }
    }

    /// With the whole key: contracts of one symbol may be twins, and no two contracts share a name. It holds
    /// letters, digits and `.-_&` alone, so that it can stand in a header and on any disk.
    pub fn file_name(self, contract: &Contract, interval: ChartInterval, simulated: bool) -> String {
        let mark = if simulated { "simulated " } else { "" };
        let key = contract.expired_key.to_string().replace('|', "-");
        self.safe_name(&format!("{mark}{} {key} {interval}", contract.trading_symbol))
    }

    pub(crate) fn safe_name(self, name: &str) -> String {
        let name = format!("{name}.{}", self.extension());
        let safe = name.chars().filter(|c| c.is_ascii_alphanumeric() || " .-_&".contains(*c));
        safe.map(|c| if c == ' ' { '_' } else { c }).collect()
    }

    pub fn write(self, candles: impl Into<Candles>, output: impl Write) -> Result<(), ExportError> {
        let candles = candles.into();
        match self {
            Self::Csv => csv::write(candles, output),
            Self::Json => CandlesJson::rows(candles).write(output),
            Self::Columns => CandlesJson::columns(candles).write(output),
        }
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
        let name = |key| Format::Csv.file_name(&put(key), ChartInterval::Minute5, false);
        let old = name("NSE_FO|52012|28-10-2025");
        assert_eq!(old, "TATAMOTORS_700_PE_28_OCT_25_NSE_FO-52012-28-10-2025_5minute.csv");
        assert_ne!(old, name("NSE_FO|64013|28-10-2025"));
        let simulated = Format::Json.file_name(&put("NSE_FO|52012|28-10-2025"), ChartInterval::Day, true);
        assert!(simulated.starts_with("simulated_") && simulated.ends_with("_day.json"), "{simulated}");
    }

    #[test]
    fn every_format_reads_as_it_is_named_and_no_other_does() {
        for format in Format::ALL {
            assert_eq!(format.as_str().parse(), Ok(format));
            assert_eq!(serde_json::from_value::<Format>(format.as_str().into()).unwrap(), format);
        }
        let unknown = "xlsx".parse::<Format>().unwrap_err().to_string();
        assert_eq!(unknown, "\"xlsx\" is no format of candles: choose csv, json, columns");
    }
}
