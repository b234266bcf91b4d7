//! What is asked of an expiry as a whole, as page, REST and command line show it: by strike, by day, by expiry or over
//! time. Prices are rupees, volatility is a fraction (0.1136 is 11.36 %), volume and open interest are units of the
//! underlying. A cell that has no value is null, and the row's last one says why.

use std::fmt;
use std::str::FromStr;

use market::{ChartInterval, Day, InstrumentKey};
use serde::{Deserialize, Serialize};

use crate::SeriesColumn;

/// A question that can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum AnalysisName {
    OpenInterestByStrike,
    VolumeByStrike,
    GammaExposure,
    Smile,
    Surface,
    TermStructure,
    OpenInterest,
    PutCallRatio,
    MaxPain,
    Volatility,
    Straddle,
    PremiumByDelta,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no analysis \"{0}\": use one of {names}", names = AnalysisName::ALL.map(AnalysisName::as_str).join(", "))]
pub struct UnknownAnalysis(String);

impl AnalysisName {
    pub const ALL: [Self; 12] = [
        Self::OpenInterestByStrike,
        Self::VolumeByStrike,
        Self::GammaExposure,
        Self::Smile,
        Self::Surface,
        Self::TermStructure,
        Self::OpenInterest,
        Self::PutCallRatio,
        Self::MaxPain,
        Self::Volatility,
        Self::Straddle,
        Self::PremiumByDelta,
    ];

    /// As addresses and the command line write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenInterestByStrike => "open-interest-by-strike",
            Self::VolumeByStrike => "volume-by-strike",
            Self::GammaExposure => "gamma-exposure",
            Self::Smile => "smile",
            Self::Surface => "surface",
            Self::TermStructure => "term-structure",
            Self::OpenInterest => "open-interest",
            Self::PutCallRatio => "put-call-ratio",
            Self::MaxPain => "max-pain",
            Self::Volatility => "volatility",
            Self::Straddle => "straddle",
            Self::PremiumByDelta => "premium-by-delta",
        }
    }
}

impl fmt::Display for AnalysisName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for AnalysisName {
    type Err = UnknownAnalysis;

    fn from_str(text: &str) -> Result<Self, UnknownAnalysis> {
        let found = Self::ALL.into_iter().find(|name| name.as_str() == text);
        found.ok_or_else(|| UnknownAnalysis(text.to_owned()))
    }
}

impl TryFrom<String> for AnalysisName {
    type Error = UnknownAnalysis;

    fn try_from(text: String) -> Result<Self, UnknownAnalysis> {
        text.parse()
    }
}

impl From<AnalysisName> for String {
    fn from(name: AnalysisName) -> Self {
        name.as_str().to_owned()
    }
}

/// What stands in a row: a number, or a text such as a moment, a day or a reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum AnalysisCell {
    Number(f64),
    Text(String),
}

/// By the columns.
pub type AnalysisRow = Vec<Option<AnalysisCell>>;

/// An answer, with what it was made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AnalysisDocument {
    #[serde(flatten)]
    pub head: AnalysisHead,
    /// Upwards by strike, or oldest first.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Vec<Option<AnalysisCell>>>))]
    pub rows: Vec<AnalysisRow>,
}

/// The same, an array a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AnalysisColumns {
    #[serde(flatten)]
    pub head: AnalysisHead,
    /// In the order of `columns`.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Vec<Option<AnalysisCell>>>))]
    pub values: Vec<Vec<Option<AnalysisCell>>>,
}

/// All but the rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AnalysisHead {
    /// `gamma-exposure`.
    pub name: String,
    /// How it is made, for people.
    pub rule: String,
    pub underlying: InstrumentKey,
    /// None where it is made of several.
    pub expiry: Option<Day>,
    /// The minutes that it stands at, in IST: the one that is compared with, and the one that is shown.
    pub since: Option<String>,
    pub at: Option<String>,
    /// The first and the last day with minutes that went into it.
    pub from: Option<Day>,
    pub to: Option<Day>,
    /// Of what is told over time.
    pub interval: Option<ChartInterval>,
    /// A year, continuous, as a fraction; none where no volatility and no forward is in it.
    pub rate: Option<f64>,
    /// The forward of the minute that is shown.
    pub forward: Option<f64>,
    pub columns: Vec<SeriesColumn>,
    /// What the whole of it is without, in sentences.
    pub missing: Vec<String>,
}

/// An analysis that can be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AnalysisKind {
    pub name: String,
    pub rule: String,
    /// What it takes beside the underlying: `expiry`, `at`, `since`, `from`, `to`, `interval`, `rate`.
    pub takes: Vec<String>,
    pub columns: Vec<SeriesColumn>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written_and_no_other_is() {
        for name in AnalysisName::ALL {
            assert_eq!(name.to_string().parse(), Ok(name));
            assert_eq!(serde_json::to_string(&name).unwrap(), format!("\"{name}\""));
        }
        let refused = "smiles".parse::<AnalysisName>().unwrap_err().to_string();
        assert!(refused.starts_with("there is no analysis \"smiles\": use one of open-interest-by-strike, "));
    }

    #[test]
    fn a_row_is_a_flat_list_of_numbers_texts_and_nothing() {
        let row: AnalysisRow =
            vec![Some(AnalysisCell::Text("2025-08-28".to_owned())), Some(AnalysisCell::Number(-0.5)), None];
        let written = serde_json::to_string(&row).unwrap();
        assert_eq!(written, r#"["2025-08-28",-0.5,null]"#);
        assert_eq!(serde_json::from_str::<AnalysisRow>(&written).unwrap(), row);
    }
}
