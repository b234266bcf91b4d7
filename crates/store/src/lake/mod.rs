//! What was published into lakes: a row a partition, with its files, written in one transaction once all of it lies
//! there. Whether it still lies there is nothing that a row knows.
//!
//! A partition rests on what was stored when it was written. The stamp says what that was: while it is the same, nothing
//! has come since, and nobody need read a candle to know it.

mod moving;
mod published;
mod stamp;
mod stored;

use market::{Day, EpochSeconds};
use protocol::{LakeState, LakeTable};

pub use self::stored::{LakeRemarks, LakeSeries};
use crate::{ExpiryId, LakePartitionId, UnderlyingId};

/// SHA-256.
type Hash = [u8; 32];

/// What a partition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LakePartitionOf {
    /// The contracts of an expiry, with their candles.
    Expiry(ExpiryId),
    /// The underlying's own candles of the month that begins on this day.
    Month(UnderlyingId, Day),
}

/// A file of a partition, by its path within the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LakeFileRow {
    pub path: String,
    pub table: LakeTable,
    pub rows: u64,
    pub bytes: u64,
    pub sha256: Hash,
    pub row_hash: Hash,
}

/// A partition that lies in a lake, all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLakePartition {
    pub place: String,
    pub of: LakePartitionOf,
    pub manifest_path: String,
    pub manifest_sha256: Hash,
    /// Who published it, as its manifest says. `None`: kept by a version that did not ask.
    pub owner: Option<String>,
    pub version: u32,
    pub rows: u64,
    pub contracts: u64,
    pub row_hash: Hash,
    pub published_at: EpochSeconds,
    /// Of what was stored before the first row was read.
    pub stamp: Hash,
    pub files: Vec<LakeFileRow>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LakePartitionRow {
    pub id: LakePartitionId,
    pub underlying: UnderlyingId,
    pub state: LakeState,
    pub verified_at: Option<EpochSeconds>,
    /// What lies there is known not to be what was published.
    pub is_doubted: bool,
    pub published: NewLakePartition,
}

/// What came of a row about a publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicationKept {
    Kept,
    /// Something came while it was written, so what lies there is older than what is here. It is kept all the same, under
    /// its own stamp, so that the next publication finds the difference.
    Outdated,
}
