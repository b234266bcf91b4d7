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

/// Each by the name that the program has for it.
type Columns = Vec<(&'static str, CandleField)>;

/// What an export with a preset is like.
pub struct PresetFacts {
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    pub format: Format,
    pub times: Times,
    pub split: ExportSplit,
    pub columns: Columns,
    /// The program has no bar without a price: those in which nothing was traded are left out.
    pub needs_prices: bool,
    /// A file of the preset's own beside the others: its name and what is in it.
    pub beside: Option<(&'static str, &'static str)>,
    /// Where the snippet lies in the source, and the snippet.
    pub snippet: (&'static str, &'static str),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no preset: choose {names}", names = Preset::ALL.map(|preset| preset.facts().name).join(", "))]
pub struct UnknownPreset(String);

/// For AmiBroker's ASCII importer.
const AMIBROKER_FORMAT: &str = "# ExpiryTrack
$FORMAT Ticker,Date_YMD,Time,Open,High,Low,Close,Volume,OpenInt
$SEPARATOR ,
$SKIPLINES 1
$AUTOADD 1
$CONT 1
";

/// As the lake has them, by their own names.
fn lake() -> Columns {
    CandleField::LAKE.map(|field| (field.name(), field)).to_vec()
}

/// What says whose and when, prices and volume by their own names, and open interest by the one that the program has
/// for it.
fn prices(first: &[(&'static str, CandleField)], open_interest: &'static str) -> Columns {
    let fields =
        [CandleField::Open, CandleField::High, CandleField::Low, CandleField::Close, CandleField::Volume];
    let prices = fields.map(|field| (field.name(), field));
    let last = (open_interest, CandleField::OpenInterest);
    first.iter().copied().chain(prices).chain([last]).collect()
}

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
            needs_prices: false,
            beside: None,
            snippet,
        };
        let csv = |name, title, split, columns, snippet| PresetFacts {
            format: Format::Csv,
            ..parquet(name, title, split, columns, snippet)
        };
        let (expiry, contract) = (ExportSplit::Expiry, ExportSplit::Contract);
        let (time, symbol) = (("time", CandleField::Time), CandleField::OpenAlgoSymbol);
        // For a program that knows one instrument a file.
        let one = || prices(&[time], "open_interest");
        match self {
            Self::Pandas => parquet("pandas", "pandas", expiry, lake(), snippet!("pandas")),
            Self::Polars => parquet("polars", "Polars", expiry, lake(), snippet!("polars")),
            Self::AmiBroker => {
                let first =
                    [("ticker", symbol), ("date", CandleField::Date), ("time", CandleField::TimeOfDay)];
                PresetFacts {
                    needs_prices: true,
                    beside: Some(("expirytrack.format", AMIBROKER_FORMAT)),
                    ..csv("amibroker", "AmiBroker", expiry, prices(&first, "openint"), snippet!("amibroker"))
                }
            }
            Self::Excel => {
                let first = [("symbol", CandleField::TradingSymbol), time];
                let columns = prices(&first, "open_interest");
                PresetFacts {
                    format: Format::Xlsx,
                    ..csv("excel", "Excel", contract, columns, snippet!("excel"))
                }
            }
            Self::OpenAlgo => {
                let columns = prices(&[("symbol", symbol), time], "oi");
                PresetFacts {
                    times: Times::Epoch,
                    needs_prices: true,
                    ..csv("openalgo", "OpenAlgo", expiry, columns, snippet!("openalgo"))
                }
            }
            Self::VectorBt => parquet("vectorbt", "vectorbt", contract, one(), snippet!("vectorbt")),
            Self::Backtrader => {
                let columns = prices(&[("datetime", CandleField::Time)], "openinterest");
                PresetFacts {
                    needs_prices: true,
                    ..csv("backtrader", "backtrader", contract, columns, snippet!("backtrader"))
                }
            }
            Self::NautilusTrader => PresetFacts {
                needs_prices: true,
                ..parquet("nautilus_trader", "NautilusTrader", contract, one(), snippet!("nautilus_trader"))
            },
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
