//! Moving the candles of published expiries out of the database, so that the lake alone has them, and bringing them back.

use market::{Day, EpochSeconds, InstrumentKey, Underlying};
use serde::{Deserialize, Serialize};

use crate::PruneChoice;

/// What a person wants moved, or brought back. `K` is how the underlying is named: by its key, or as a person writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArchiveOrder<K = InstrumentKey> {
    pub underlying: K,
    /// Of all, and of those before a day, what is not published as it is stored is left out.
    #[serde(default)]
    pub expiries: PruneChoice,
    /// Into this lake: a folder, or `s3://BUCKET/PREFIX`. `None`: the one that has an expiry; of several that of the
    /// settings. It says nothing of what is brought back.
    #[serde(default)]
    pub lake: Option<String>,
}

impl<K> ArchiveOrder<K> {
    /// The same order with another name for its underlying.
    pub fn of<L>(self, underlying: L) -> ArchiveOrder<L> {
        let Self { expiries, lake, .. } = self;
        ArchiveOrder { underlying, expiries, lake }
    }
}

/// What moving would do, counted before anything is touched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArchivePreview {
    pub underlying: Underlying,
    /// Newest first.
    pub expiries: Vec<ArchivableExpiry>,
    pub candles: u64,
    /// About what comes back to the disk.
    pub bytes: u64,
    /// What of the chosen expiries stays here, and why.
    pub left_out: Vec<NotArchivable>,
    /// Says what was counted: moving takes it, and refuses where that has changed since.
    pub token: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArchivableExpiry {
    pub expiry: Day,
    /// Here.
    pub candles: u64,
    /// The file of the lake that will have them alone.
    pub file: String,
    pub file_bytes: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NotArchivable {
    pub expiry: Day,
    /// A sentence.
    pub why: String,
}

/// An expiry whose candles lie in the lake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArchivedLine {
    pub underlying: Underlying,
    pub expiry: Day,
    pub at: EpochSeconds,
    /// In the lake alone.
    pub candles: u64,
    /// Still here: it was stopped, or is under way.
    pub candles_here: u64,
    pub file: String,
    pub file_bytes: u64,
}

impl ArchivePreview {
    /// What it means, a sentence a line.
    pub fn consequences(&self) -> Vec<String> {
        let mut lines = vec![
            "From then on everything reads these candles from the lake, and they are the same.".to_owned(),
            "Each file is read whole before a candle goes; keep it: it is then the only place where they are, \
             and a backup of the database does not have them."
                .to_owned(),
        ];
        lines.extend(
            self.left_out.iter().map(|left| format!("{} stays: {}.", left.expiry.to_long_text(), left.why)),
        );
        lines
    }
}
