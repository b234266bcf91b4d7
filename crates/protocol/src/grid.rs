//! A job as a grid of contracts, and what failed in it.
//!
//! A grid is read whole, never patched: the strips of all expiries and the cells of the one that is open. Each
//! cell carries the event that changed it last, so whoever follows `/ws` can tell how old it is.

use market::{ContractKind, Day, EpochSeconds, ExpiredKey, Strike};
use serde::{Deserialize, Serialize};

use crate::Target;

/// How far a piece of a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CellOutcome {
    ToDo,
    /// A worker has it.
    UnderWay,
    Done,
    /// Whole before this job came to it.
    Stored,
    /// Answered, without a row.
    Empty,
    Failed,
}

impl CellOutcome {
    pub const ALL: [Self; 6] =
        [Self::Done, Self::Stored, Self::Empty, Self::Failed, Self::UnderWay, Self::ToDo];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::ToDo => "to_do",
            Self::UnderWay => "under_way",
            Self::Done => "done",
            Self::Stored => "stored",
            Self::Empty => "empty",
            Self::Failed => "failed",
        }
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::ToDo => "to do",
            Self::UnderWay => "under way",
            Self::Done => "done",
            Self::Stored => "stored already",
            Self::Empty => "empty",
            Self::Failed => "failed",
        }
    }
}

/// The expiries of a job, the first ones in its order, and one of them in full.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobGrid {
    pub expiries: Vec<ExpiryStrip>,
    /// The expiry that was asked for, else the one that is worked on; `None` before a contract is known.
    pub open: Option<ExpiryGrid>,
}

/// One expiry in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExpiryStrip {
    pub target: Target,
    /// Of the underlying, for people.
    pub name: String,
    /// Of the underlying, where there is little room.
    pub symbol: String,
    /// Of the listing of its contracts.
    pub listing: CellOutcome,
    /// Why it could not be listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub done: u64,
    pub stored: u64,
    pub empty: u64,
    pub failed: u64,
    pub total: u64,
    /// Listed contracts that the plan's strikes leave out; they are no part of the total.
    #[serde(default)]
    pub left_out: u64,
}

impl ExpiryStrip {
    pub fn finished(&self) -> u64 {
        self.done + self.stored + self.empty + self.failed
    }
}

/// The contracts of one expiry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExpiryGrid {
    pub target: Target,
    /// The future first, then by strike, call before put.
    pub cells: Vec<GridCell>,
}

/// One contract of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GridCell {
    pub expired_key: ExpiredKey,
    pub kind: ContractKind,
    pub strike: Option<Strike>,
    pub outcome: CellOutcome,
    /// Stored, whichever job brought them.
    pub candles: u64,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The event that changed it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<i64>,
}

/// What failed in a job, those of one reason together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobFailures {
    /// The most frequent first.
    pub reasons: Vec<FailureReason>,
    /// As many as were asked for.
    pub units: Vec<UnitFailure>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FailureReason {
    pub reason: String,
    /// How many parts of the job failed for it.
    pub units: u64,
}

/// A part of a job that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnitFailure {
    pub target: Target,
    /// Of the underlying, for people.
    pub name: String,
    /// `None`, and no month: the contracts of the expiry could not be listed.
    pub contract: Option<FailedContract>,
    /// The first day of a month of the underlying's own candles.
    pub month: Option<Day>,
    pub reason: String,
    /// Requests of the last try.
    pub attempts: u32,
    pub at: Option<EpochSeconds>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FailedContract {
    pub expired_key: ExpiredKey,
    pub kind: ContractKind,
    pub strike: Option<Strike>,
}
