//! Stored candles that a later answer changed, one by one: nothing that was ever read from here is lost without a trace.

use market::{Candle, EpochSeconds, ExpiredKey, Interval};
use serde::{Deserialize, Serialize};

/// A candle before and after, in rupees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangedCandle {
    pub id: i64,
    /// `None`: the underlying's own.
    pub expired_key: Option<ExpiredKey>,
    /// A trading symbol, or the name of the underlying.
    pub symbol: String,
    pub interval: Interval,
    /// The minute that was changed.
    pub at: EpochSeconds,
    pub old: CandleFigures,
    /// As it is stored now, whatever changed it last; `None` where it was removed since.
    pub stored: Option<CandleFigures>,
    /// When the answer came that changed it, and as which request.
    pub changed_at: EpochSeconds,
    pub request: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CandleFigures {
    pub open: f64,
    pub high: f64,
    pub low: f64,
    pub close: f64,
    pub volume: i64,
    pub open_interest: i64,
}

impl From<Candle> for CandleFigures {
    fn from(Candle { prices, volume, open_interest, .. }: Candle) -> Self {
        Self {
            open: prices.open.to_rupees(),
            high: prices.high.to_rupees(),
            low: prices.low.to_rupees(),
            close: prices.close.to_rupees(),
            volume,
            open_interest,
        }
    }
}
