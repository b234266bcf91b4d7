//! The quality report of an underlying: what is stored, and everything about it that somebody who uses it should know.

use market::{ContractKind, Day, EpochSeconds, ExpiredKey, InstrumentKey};
use serde::{Deserialize, Serialize};

use crate::CalendarRemark;

/// Things of one kind that are named.
pub const QUALITY_EXAMPLES: usize = 12;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QualityReport {
    pub underlying: InstrumentKey,
    pub symbol: String,
    pub name: String,
    pub expiries: u64,
    /// Those of which contracts are listed: of the others there is nothing to look at.
    pub listed: u64,
    pub contracts: u64,
    /// Of contracts, in all intervals.
    pub candles: u64,
    /// The expiries whose days were looked at, newest first.
    pub looked_at: Vec<Day>,
    /// Of these: by kind.
    pub remarks: Vec<QualityRemark>,
    pub calendar: Vec<CalendarRemark>,
    /// Refused things that are open, by reason.
    pub refused: Vec<RefusedReason>,
    /// Stored candles that a later answer changed.
    pub revisions: u64,
    pub newest_revisions: Vec<RevisionLine>,
    /// Where lot or tick of one kind of contract is another than of the expiry before.
    pub terms: Vec<TermChange>,
    /// Files of the exchange, and what they prove of this underlying.
    pub proofs: ProofCounts,
}

/// Something about stored days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QualityRemark {
    pub kind: QualityKind,
    pub count: u64,
    pub examples: Vec<QualityExample>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum QualityKind {
    /// Rows of a day like those of the day before: as many minutes, the same volume, open interest and prices.
    CopiesDayBefore,
    /// A day whose last minute lies long before the session's end, of a future or of an option that had a row in nearly
    /// every minute until then; or a last day like that, while others of the expiry were traded on the next one. Of an
    /// option that rested before nothing is said: it may simply not have been traded any more.
    EndsEarly,
    /// A day of a liquid contract with far fewer minutes than its session has, between full ones.
    Hole,
    /// A day that the exchange's file shows to have been traded, without a minute.
    ProvenHole,
    /// The exchange counts another volume.
    VolumeDiffers,
    /// The exchange says that nothing was traded, and a candle with a volume is stored.
    TradedAgainstProof,
    /// Rows outside the session, or on a closed day.
    OutsideSession,
    /// Minutes without a trade that have a candle.
    WithoutTrade,
}

impl QualityKind {
    pub const ALL: [Self; 8] = [
        Self::ProvenHole,
        Self::Hole,
        Self::EndsEarly,
        Self::CopiesDayBefore,
        Self::TradedAgainstProof,
        Self::VolumeDiffers,
        Self::OutsideSession,
        Self::WithoutTrade,
    ];

    /// For people, of several.
    pub fn words(self) -> &'static str {
        match self {
            Self::CopiesDayBefore => "days whose rows copy the day before",
            Self::EndsEarly => {
                "days that end early: of futures, and of options traded in nearly every minute until then"
            }
            Self::Hole => "thin days between full ones",
            Self::ProvenHole => "proven holes",
            Self::VolumeDiffers => "days with another volume than the exchange's",
            Self::TradedAgainstProof => "days with trades that the exchange does not know",
            Self::OutsideSession => "days with rows outside the session",
            Self::WithoutTrade => "days with candles for minutes in which nothing was traded",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QualityExample {
    pub expired_key: ExpiredKey,
    pub expiry: Day,
    pub symbol: String,
    pub day: Day,
    /// What exactly, in words.
    pub words: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefusedReason {
    pub reason: String,
    pub count: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RevisionLine {
    pub symbol: String,
    /// The minute that was changed.
    pub at: EpochSeconds,
    /// When the answer came that changed it.
    pub changed_at: EpochSeconds,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TermChange {
    pub expiry: Day,
    pub kind: ContractKind,
    /// `lot` or `tick`.
    pub what: String,
    pub before: String,
    pub now: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProofCounts {
    /// Days of which a file of the exchange was taken in.
    pub days: u64,
    /// Days of contracts.
    pub traded: u64,
    pub empty: u64,
    /// Shown by a file when it came, and without a minute to this day.
    pub open_holes: u64,
}

impl QualityReport {
    pub fn count(&self, kind: QualityKind) -> u64 {
        self.remarks.iter().find(|remark| remark.kind == kind).map_or(0, |remark| remark.count)
    }
}
