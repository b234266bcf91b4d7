//! The lake: complete expiries as Parquet, for good, and what is known here of what lies there.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::words::reads_its_words;

/// What the rows of a file of a lake are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum LakeTable {
    Candles,
    Contracts,
    /// The underlying's own candles.
    Spot,
    /// Candles with what the chain of each minute says of them.
    Volatility,
}

impl LakeTable {
    pub const ALL: [Self; 4] = [Self::Candles, Self::Contracts, Self::Spot, Self::Volatility];

    /// Also the name of its folder.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Candles => "candles",
            Self::Contracts => "contracts",
            Self::Spot => "spot",
            Self::Volatility => "volatility",
        }
    }
}

impl fmt::Display for LakeTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

reads_its_words!(LakeTable, "table of a lake");

/// Where the candles of a partition are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum LakeState {
    /// Here, and in the lake.
    Published,
    /// In the lake alone.
    Archived,
}

impl LakeState {
    pub const ALL: [Self; 2] = [Self::Published, Self::Archived];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Archived => "archived",
        }
    }
}

reads_its_words!(LakeState, "state of a partition");
