//! The lake: complete expiries as Parquet, for good, and what is known here of what lies there.

use std::fmt;

use market::{Day, EpochSeconds, InstrumentKey, Underlying};
use serde::{Deserialize, Serialize};

use crate::words::reads_its_words;
use crate::{HistoricalDays, StorageDeed};

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

/// Which expiries are published.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum LakeChoice {
    /// All that are complete.
    #[default]
    Complete,
    /// These. One that is not known, or not complete, is refused.
    Dates(Vec<Day>),
}

/// What a person wants published. `K` is how the underlying is named: by its key, or as a person writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LakeOrder<K = InstrumentKey> {
    pub underlying: K,
    #[serde(default)]
    pub expiries: LakeChoice,
    /// A folder of the server's machine, or `s3://BUCKET/PREFIX`; `None`: the lake of the settings.
    #[serde(default)]
    pub to: Option<String>,
    /// What "complete" is said of: so many days before the expiry.
    #[serde(default)]
    pub days: HistoricalDays,
    /// With forward, volatility and greeks beside each candle, in files of their own.
    #[serde(default)]
    pub volatility: bool,
    /// Stands in the manifest of what is restated; `None`: what is known of the change.
    #[serde(default)]
    pub why: Option<String>,
}

impl<K> LakeOrder<K> {
    /// The same order with another name for its underlying.
    pub fn of<L>(self, underlying: L) -> LakeOrder<L> {
        let Self { expiries, to, days, volatility, why, .. } = self;
        LakeOrder { underlying, expiries, to, days, volatility, why }
    }
}

/// What lies in a lake of one partition, by what is known here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LakePartition {
    pub place: String,
    pub underlying: Underlying,
    /// `None`: a month of the underlying's own candles.
    pub expiry: Option<Day>,
    /// Its first day.
    pub month: Option<Day>,
    pub state: LakeState,
    pub version: u32,
    /// Candles.
    pub rows: u64,
    pub contracts: u64,
    /// Of all its files.
    pub bytes: u64,
    pub files: Vec<LakeFile>,
    /// Within the place.
    pub manifest: String,
    /// In hexadecimal digits, as all hashes.
    pub manifest_sha256: String,
    /// Over the candles in their order, whatever they are encoded in.
    pub row_sha256: String,
    pub published_at: EpochSeconds,
    /// When it was last read again and found whole.
    pub verified_at: Option<EpochSeconds>,
    /// Something came since that may be in none of its files: publishing again finds out.
    pub is_outdated: bool,
    /// What lies there is known not to be what was published: publishing again writes it anew.
    pub is_doubted: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LakeFile {
    pub table: LakeTable,
    /// Within the place.
    pub path: String,
    pub rows: u64,
    pub bytes: u64,
    pub sha256: String,
}

/// What became of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum LakeOutcome {
    Published,
    /// Published again with other rows.
    Restated,
    /// It is there, with these rows.
    Unchanged,
    /// What a publication that was cut off had left is finished, or removed.
    Recovered,
    /// Not yet: it is not complete.
    Waits,
    /// Read again, and whole.
    Whole,
    /// It cannot be published, or what lies there is not what was published.
    Wrong,
}

/// What was done about one partition, or about the lake as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LakeLine {
    /// As a person names it.
    pub of: String,
    pub outcome: LakeOutcome,
    pub words: String,
}

/// How the last publishing or verifying of this run of the program went, as far as it got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LakeReport {
    pub deed: StorageDeed,
    pub place: String,
    pub began_at: EpochSeconds,
    pub lines: Vec<LakeLine>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LakePicture {
    /// The lake of the settings.
    pub place: Option<String>,
    /// What was published from here, by place, underlying and expiry.
    pub partitions: Vec<LakePartition>,
    pub last: Option<LakeReport>,
}

/// A lake that lies at another place now, whoever has brought it there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LakeMove {
    /// Where it was; `None`: the one place into which something was published from here.
    #[serde(default)]
    pub from: Option<String>,
    /// Where it lies now: a folder of the server's machine, or `s3://BUCKET/PREFIX`.
    pub to: String,
}

/// The lake of the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LakePlace {
    /// `None`: there is none.
    pub place: Option<String>,
}
