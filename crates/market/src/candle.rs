//! A candle as the broker sends and the store keeps it, and a bar as a chart or a file shows it.
//! They differ in one thing: a bar may have no prices, where minutes passed without a trade.

use serde::{Deserialize, Serialize};

use crate::{EpochSeconds, Price};

/// One row of history. `volume` and `open_interest` are units, not lots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candle {
    /// Start of the candle; midnight IST for a day.
    pub start: EpochSeconds,
    pub prices: Prices,
    pub volume: i64,
    pub open_interest: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prices {
    pub open: Price,
    pub high: Price,
    pub low: Price,
    pub close: Price,
}

/// One row of an answer. Without `prices` it is a gap that still knows its open interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    pub start: EpochSeconds,
    pub prices: Option<Prices>,
    pub volume: i64,
    pub open_interest: i64,
}

impl From<Candle> for Bar {
    fn from(candle: Candle) -> Self {
        Self {
            start: candle.start,
            prices: Some(candle.prices),
            volume: candle.volume,
            open_interest: candle.open_interest,
        }
    }
}
