//! What Upstox sent and could not be taken.

use market::{Day, EpochSeconds};
use serde::{Deserialize, Serialize};

use crate::JobId;

/// Lines of one page, unless another number is asked for, and at most.
pub const REFUSED_LINES: u32 = 50;
pub const REFUSED_LINES_MAX: u32 = 500;

/// What kind of thing it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RefusedKind {
    /// A row of an answer with candles.
    Candle,
    /// A row of a list of contracts.
    Contract,
    /// An entry of a list of expiries.
    Expiry,
    /// A row of the instrument master.
    Instrument,
}

impl RefusedKind {
    /// For people, of several.
    pub fn words(self) -> &'static str {
        match self {
            Self::Candle => "candles",
            Self::Contract => "listed contracts",
            Self::Expiry => "listed expiries",
            Self::Instrument => "rows of the instrument list",
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RefusedQuery {
    /// Only what this job met.
    pub job: Option<JobId>,
    /// Only older ones than this line.
    pub before: Option<i64>,
    pub limit: Option<u32>,
}

/// Newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefusedPage {
    pub lines: Vec<RefusedLine>,
    /// The `before` of the next page.
    pub next: Option<i64>,
}

/// One thing, however often it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefusedLine {
    pub id: i64,
    pub kind: RefusedKind,
    /// Whose: a contract's symbol, or an underlying's name.
    pub of: String,
    /// The expiry in whose list it stood.
    pub expiry: Option<Day>,
    /// The minute of a candle, where it can be read.
    pub at: Option<EpochSeconds>,
    pub reason: String,
    /// As the broker wrote it.
    pub raw: String,
    /// The requests that brought it first and last, as the log of requests numbers them.
    pub first_request: i64,
    pub last_request: i64,
    pub times: u64,
    /// No later answer could be read instead.
    pub open: bool,
}

/// How many of a kind are open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefusedCount {
    pub kind: RefusedKind,
    pub open: u64,
}
