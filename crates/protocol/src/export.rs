//! Exports as they are ordered, watched and told of in the manifest beside their files. What an order means, and which
//! formats, columns and presets there are, is for whoever carries it out to say.

use market::{ChartInterval, ContractKind, Day, ExpiredKey, UnderlyingName};
use serde::{Deserialize, Serialize};

use crate::UnknownWord;

/// Contracts that are named one by one.
pub const EXPORT_CONTRACTS_MAX: usize = 500;
/// Exports that are kept; an order beyond is refused until one is removed.
pub const EXPORTS_MAX: usize = 50;
/// The layout of `manifest.json`.
pub const EXPORT_SCHEMA: u32 = 1;

/// Whose candles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ExportOf {
    #[default]
    Contracts,
    /// Of the underlying itself.
    Underlying,
    /// The underlying's beside those of its contracts.
    Both,
}

/// What is one file. A workbook of an underlying has a sheet for each expiry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ExportSplit {
    #[default]
    Expiry,
    Contract,
    Underlying,
}

/// By what names a row says whose it is, beside the broker's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ExportSymbol {
    /// The broker's trading symbol.
    Broker,
    /// `NIFTY28AUG2524800CE`
    OpenAlgo,
    /// Underlying, expiry, strike and side in columns of their own.
    Parts,
}

macro_rules! words {
    ($name:ident, $what:literal, $($word:ident => $text:literal),+) => {
        impl $name {
            pub const ALL: &[Self] = &[$(Self::$word),+];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$word => $text),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                let found = Self::ALL.iter().copied().find(|word| word.as_str() == text);
                found.ok_or_else(|| UnknownWord::new($what, text))
            }
        }
    };
}

words!(ExportOf, "whose candles are exported", Contracts => "contracts", Underlying => "underlying", Both => "both");
words!(ExportSplit, "what one file of an export is", Expiry => "expiry", Contract => "contract",
       Underlying => "underlying");
words!(ExportSymbol, "symbols", Broker => "broker", OpenAlgo => "openalgo", Parts => "parts");
words!(ExportStatus, "the state of an export", Queued => "queued", Running => "running", Done => "done",
       Failed => "failed", Cancelled => "cancelled");

/// What somebody wants as files. What is not said is as the preset has it, else as each field tells.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct ExportOrder {
    /// These contracts; else those of an underlying.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contracts: Vec<ExpiredKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub underlying: Option<UnderlyingName>,
    /// These expiries; else all, or those from one to another.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub expiries: Vec<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry_from: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry_to: Option<Day>,
    /// All where none is named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<ContractKind>,
    /// Options from this strike on, in rupees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strike_from: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strike_to: Option<f64>,
    /// Where expiries or contracts are named, an underlying's own candles are those of their days.
    pub of: ExportOf,
    /// In place of candles the option chain of one expiry: of a minute (`2025-08-01T10:30`) or of each minute of a day
    /// (`2025-08-01`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chain: Option<String>,
    /// In place of candles a series made of them, with its parameters (`strangle offset=2`): a file each of the expiries
    /// that are named, else one file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
    pub interval: ChartInterval,
    /// Candles from this day on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Day>,
    /// Forward, volatility, greeks and the price's age beside each row.
    pub volatility: bool,
    /// What is one file: an expiry where nobody says, of xlsx an underlying, with a sheet for each expiry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<ExportSplit>,
    /// pandas, polars, amibroker, excel, openalgo, vectorbt, backtrader or nautilus_trader.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// csv, csv.gz, csv.zip, json, parquet, arrow or xlsx; parquet where nobody says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// ist, ist-offset or epoch, in formats of text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<String>,
    /// Names of columns in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub symbols: Vec<ExportSymbol>,
}

/// Contracts that are not in the files, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExportLeftOut {
    pub why: String,
    pub contracts: u64,
    /// The first few.
    pub examples: Vec<String>,
}

/// Reasons for which nothing is missing that was wanted: there are no such rows, or nobody has asked for them yet, as
/// for strikes away from the money.
pub const EXPORT_NEVER_TRADED: &str = "never traded in the days that were asked for";
pub const EXPORT_NOT_ASKED: &str = "not collected";

impl ExportLeftOut {
    /// Whether rows that were wanted, or may have been, are in no file.
    pub fn is_missed(&self) -> bool {
        ![EXPORT_NEVER_TRADED, EXPORT_NOT_ASKED].contains(&self.why.as_str())
    }
}

/// What an order comes to, before it is carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExportEstimate {
    /// About so many.
    pub rows: u64,
    pub bytes: u64,
    pub files: u64,
    pub contracts: u64,
    pub left_out: Vec<ExportLeftOut>,
}

/// A file that is whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExportFile {
    pub name: String,
    pub rows: u64,
    pub bytes: u64,
    /// In 64 hexadecimal digits.
    pub sha256: String,
    pub contracts: u64,
    /// The first and the last row, in epoch seconds.
    pub first: Option<i64>,
    pub last: Option<i64>,
}

/// A column as the files have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExportColumn {
    pub name: String,
    /// text, whole, price, number, time, day or time_of_day.
    pub kind: String,
}

/// `manifest.json`, which lies beside the files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExportManifest {
    pub schema: u32,
    pub program: String,
    /// `upstox`, `simulated` or `other`.
    pub source: String,
    /// In IST.
    pub made_at: String,
    pub order: ExportOrder,
    pub format: String,
    /// How moments are written in text; Parquet and Arrow have them as UTC.
    pub times: String,
    pub columns: Vec<ExportColumn>,
    /// Which stored rows are in no file by rule, and the rule of volatilities.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    pub rows: u64,
    pub contracts: u64,
    /// In IST.
    pub first: Option<String>,
    pub last: Option<String>,
    pub files: Vec<ExportFile>,
    pub left_out: Vec<ExportLeftOut>,
    /// A year, continuous, as a fraction, where volatilities rest on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ExportStatus {
    Queued,
    Running,
    Done,
    Failed,
    Cancelled,
}

impl ExportStatus {
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// An export of the server, as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExportPicture {
    pub id: i64,
    pub status: ExportStatus,
    pub order: ExportOrder,
    /// In epoch seconds.
    pub created_at: i64,
    pub ended_at: Option<i64>,
    pub rows: u64,
    /// What was estimated when it was ordered.
    pub rows_expected: u64,
    pub bytes: u64,
    /// As it goes since it was begun; not told before there is something to count by.
    pub seconds_left: Option<u64>,
    pub files: Vec<ExportFile>,
    /// Why it failed.
    pub problem: Option<String>,
    /// What lies beside the files once it is done: the manifest, and a file of the preset's own.
    #[serde(default)]
    pub beside: Vec<String>,
    /// Where its files lie on the server's disk.
    pub folder: String,
}

/// The exports of the server, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExportsPicture {
    pub exports: Vec<ExportPicture>,
}
