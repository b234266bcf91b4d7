//! What programs take: a row each with the format, the columns and the split that it reads without a conversion by hand,
//! and a snippet that reads exactly that (`docs/snippets`, run by `cargo xtask engines`).

use std::str::FromStr;

use protocol::ExportSplit;

use crate::table::Times;
use crate::{CandleField, Format};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    Pandas,
    Polars,
    AmiBroker,
    Excel,
    OpenAlgo,
    VectorBt,
    Backtrader,
    NautilusTrader,
}

/// What an export with a preset is like.
pub struct PresetFacts {
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    pub format: Format,
    pub times: Times,
    pub split: ExportSplit,
    pub columns: &'static [(&'static str, CandleField)],
    /// A file of the preset's own beside the others: its name and what is in it.
    pub beside: Option<(&'static str, &'static str)>,
    /// Where the snippet lies in the source, and the snippet.
    pub snippet: (&'static str, &'static str),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no preset: choose {names}", names = Preset::ALL.map(|preset| preset.facts().name).join(", "))]
pub struct UnknownPreset(String);

const LAKE: &[(&str, CandleField)] = &[
    ("expired_key", CandleField::ExpiredKey),
    ("kind", CandleField::Kind),
    ("strike", CandleField::Strike),
    ("lot_size", CandleField::LotSize),
    ("interval", CandleField::Interval),
    ("time", CandleField::Time),
    ("open", CandleField::Open),
    ("high", CandleField::High),
    ("low", CandleField::Low),
    ("close", CandleField::Close),
    ("volume", CandleField::Volume),
    ("open_interest", CandleField::OpenInterest),
];

/// A program that knows one instrument a file.
const ONE: &[(&str, CandleField)] = &[
    ("time", CandleField::Time),
    ("open", CandleField::Open),
    ("high", CandleField::High),
    ("low", CandleField::Low),
    ("close", CandleField::Close),
    ("volume", CandleField::Volume),
    ("open_interest", CandleField::OpenInterest),
];

const AMIBROKER: &[(&str, CandleField)] = &[
    ("ticker", CandleField::OpenAlgoSymbol),
    ("date", CandleField::Date),
    ("time", CandleField::TimeOfDay),
    ("open", CandleField::Open),
    ("high", CandleField::High),
    ("low", CandleField::Low),
    ("close", CandleField::Close),
    ("volume", CandleField::Volume),
    ("openint", CandleField::OpenInterest),
];

/// For AmiBroker's ASCII importer.
const AMIBROKER_FORMAT: &str = "# ExpiryTrack
$FORMAT Ticker,Date_YMD,Time,Open,High,Low,Close,Volume,OpenInt
$SEPARATOR ,
$SKIPLINES 1
$AUTOADD 1
$CONT 1
";

const EXCEL: &[(&str, CandleField)] = &[
    ("symbol", CandleField::TradingSymbol),
    ("time", CandleField::Time),
    ("open", CandleField::Open),
    ("high", CandleField::High),
    ("low", CandleField::Low),
    ("close", CandleField::Close),
    ("volume", CandleField::Volume),
    ("open_interest", CandleField::OpenInterest),
];

const OPENALGO: &[(&str, CandleField)] = &[
    ("symbol", CandleField::OpenAlgoSymbol),
    ("time", CandleField::Time),
    ("open", CandleField::Open),
    ("high", CandleField::High),
    ("low", CandleField::Low),
    ("close", CandleField::Close),
    ("volume", CandleField::Volume),
    ("oi", CandleField::OpenInterest),
];

const BACKTRADER: &[(&str, CandleField)] = &[
    ("datetime", CandleField::Time),
    ("open", CandleField::Open),
    ("high", CandleField::High),
    ("low", CandleField::Low),
    ("close", CandleField::Close),
    ("volume", CandleField::Volume),
    ("openinterest", CandleField::OpenInterest),
];

macro_rules! snippet {
    ($name:literal) => {
        (
            concat!("docs/snippets/", $name, ".py"),
            include_str!(concat!("../../../docs/snippets/", $name, ".py")),
        )
    };
}

impl Preset {
    pub const ALL: [Self; 8] = [
        Self::Pandas,
        Self::Polars,
        Self::AmiBroker,
        Self::Excel,
        Self::OpenAlgo,
        Self::VectorBt,
        Self::Backtrader,
        Self::NautilusTrader,
    ];

    pub fn facts(self) -> PresetFacts {
        let parquet = |name, title, split, columns, snippet| PresetFacts {
            name,
            title,
            format: Format::Parquet,
            times: Times::Ist,
            split,
            columns,
            beside: None,
            snippet,
        };
        let csv = |name, title, split, columns, snippet| PresetFacts {
            format: Format::Csv,
            ..parquet(name, title, split, columns, snippet)
        };
        let (expiry, contract) = (ExportSplit::Expiry, ExportSplit::Contract);
        match self {
            Self::Pandas => parquet("pandas", "pandas", expiry, LAKE, snippet!("pandas")),
            Self::Polars => parquet("polars", "Polars", expiry, LAKE, snippet!("polars")),
            Self::AmiBroker => PresetFacts {
                beside: Some(("expirytrack.format", AMIBROKER_FORMAT)),
                ..csv("amibroker", "AmiBroker", expiry, AMIBROKER, snippet!("amibroker"))
            },
            Self::Excel => PresetFacts {
                format: Format::Xlsx,
                ..csv("excel", "Excel", contract, EXCEL, snippet!("excel"))
            },
            Self::OpenAlgo => PresetFacts {
                times: Times::Epoch,
                ..csv("openalgo", "OpenAlgo", expiry, OPENALGO, snippet!("openalgo"))
            },
            Self::VectorBt => parquet("vectorbt", "vectorbt", contract, ONE, snippet!("vectorbt")),
            Self::Backtrader => csv("backtrader", "backtrader", contract, BACKTRADER, snippet!("backtrader")),
            Self::NautilusTrader => {
                parquet("nautilus_trader", "NautilusTrader", contract, ONE, snippet!("nautilus_trader"))
            }
        }
    }
}

impl FromStr for Preset {
    type Err = UnknownPreset;

    fn from_str(text: &str) -> Result<Self, UnknownPreset> {
        let found = Self::ALL.into_iter().find(|preset| preset.facts().name == text);
        found.ok_or_else(|| UnknownPreset(text.to_owned()))
    }
}
