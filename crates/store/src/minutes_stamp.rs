//! What changes whenever a day of an expiry may say something else: a candle, and all that is known without one. Whether a
//! day that somebody keeps is stale is decided here alone.

use rusqlite::params;

use crate::columns::count;
use crate::error::Result;
use crate::queries::one_row;
use crate::{ExpiryId, Store, UnderlyingId};

/// Changes whenever a minute of an expiry or of its underlying may have changed, or what is known of the expiry's days and
/// contracts: answers, also empty ones, what the exchange's files prove, days that files brought, lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MinutesStamp {
    of_expiry: u64,
    of_underlying: u64,
    revisions: u64,
    /// Kept by triggers (migrations/0025): what changes without a candle.
    changes: u64,
}

impl Store {
    pub async fn minutes_stamp(&self, expiry: ExpiryId, underlying: UnderlyingId) -> Result<MinutesStamp> {
        self.read(move |connection| {
            one_row(
                connection,
                "SELECT (SELECT coalesce(sum(candles), 0) FROM expiry_series WHERE expiry_id = ?1),
                        (SELECT coalesce(sum(candles), 0) FROM series WHERE underlying_id = ?2),
                        (SELECT coalesce(max(id), 0) FROM revision),
                        (SELECT coalesce(max(changes), 0) FROM expiry WHERE id = ?1)",
                params![expiry.0, underlying.0],
                |row| {
                    let (of_expiry, of_underlying) = (count(row, 0)?, count(row, 1)?);
                    let (revisions, changes) = (count(row, 2)?, count(row, 3)?);
                    Ok(MinutesStamp { of_expiry, of_underlying, revisions, changes })
                },
            )
        })
        .await
    }
}
