//! Why it is not told where the underlying stood. The price of an index is told as it is stored; that of a share is held
//! against the forward first, because its old prices are divided after a bonus or a split, and no strike is.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Forward, NoForward, Trade};

/// Why a share's own price may not belong beside its contracts; within a sentence.
pub const DIVIDED_WORDS: &str = "the stored prices of a share itself are divided after a bonus or a split, and those of its contracts are not";

/// One part in so many: more than carry and dividends make until an expiry, and less than any usual bonus or split does.
const DIFFERENCE_PART: f64 = 20.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoSpot {
    /// Nothing of the day tells it.
    NotStored,
    /// A share's, without a forward to hold it against.
    NoForward,
    /// A share's, too far from the forward.
    OffForward,
}

/// Whether a share's own price may stand beside what its contracts say of it, in any unit that both are in.
pub fn fits_contracts(own: f64, implied: f64) -> bool {
    (own - implied).abs() * DIFFERENCE_PART <= implied
}

/// A share's own price, where it is near enough to the forward.
pub(crate) fn believed(spot: Trade, forward: Result<Forward, NoForward>) -> Result<Trade, NoSpot> {
    let forward = forward.map_err(|_| NoSpot::NoForward)?.price;
    fits_contracts(spot.price.to_rupees(), forward).then_some(spot).ok_or(NoSpot::OffForward)
}

/// A sentence for people.
impl fmt::Display for NoSpot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStored => f.write_str("No candle of it is stored of this day by then."),
            Self::NoForward => {
                write!(f, "It is left out: {DIVIDED_WORDS}, and there is no forward to hold it against.")
            }
            Self::OffForward => write!(
                f,
                "It is left out: {DIVIDED_WORDS}, and this one lies more than 5 % from the forward."
            ),
        }
    }
}
